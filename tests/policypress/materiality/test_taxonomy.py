"""The categories of change and the words that suggest them, as data."""

from __future__ import annotations

import pytest

from policypress.materiality.lexicon import lexicon
from policypress.materiality.taxonomy import taxonomy

CATEGORIES = [
    "controller",
    "new_data",
    "new_purpose",
    "legal_basis",
    "recipients",
    "tracking",
    "transfer",
    "retention",
    "rights",
    "contact",
    "security",
    "minors",
    "automated",
    "effective_date",
    "scope",
]


def test_there_are_fifteen_categories():
    """All of them, in the order of the table in the design."""
    assert CATEGORIES == list(taxonomy())


@pytest.mark.parametrize("name", CATEGORIES)
def test_every_category_has_a_label_and_a_source(name):
    """A category says what it is in words and where its rule comes from."""
    category = taxonomy()[name]
    assert name == category.id
    assert len(category.label) > 3
    assert any(word in category.source for word in ("WP260", "GDPR", "Colorado", "CalOPPA", "CFR"))


def test_consent_is_asked_where_the_table_says_so():
    """More data, purposes, recipients, tracking, automated decisions, and whatever concerns minors."""
    asked = [name for name, category in taxonomy().items() if category.consent]
    assert ["new_data", "new_purpose", "recipients", "tracking", "minors", "automated"] == asked


def test_english_words_suggest_every_category():
    """Each category has cues, and no cue names a category that does not exist."""
    assert set(CATEGORIES) == set(lexicon("en").cues)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Example GmbH is the controller", "controller"),
        ("we collect your birthday", "new_data"),
        ("in order to train models", "new_purpose"),
        ("our legitimate interests", "legal_basis"),
        ("third parties see it", "recipients"),
        ("a cookie is set", "tracking"),
        ("countries outside the EEA", "transfer"),
        ("we delete it", "retention"),
        ("your right to object", "rights"),
        ("contact us", "contact"),
        ("it is encrypted", "security"),
        ("parents and children", "minors"),
        ("profiling happens", "automated"),
        ("takes effect in June", "effective_date"),
        ("this policy applies to", "scope"),
    ],
)
def test_cues(text, category):
    """One sentence for each category."""
    assert lexicon("en").cues[category].search(text)


def test_a_region_shares_its_languages_words():
    """`en-GB` reads the words of `en`."""
    assert lexicon("en").veto == lexicon("en-GB").veto


def test_an_unknown_language_has_no_words():
    """No words match nothing, and the lexicon says that it is not complete."""
    unknown = lexicon("xx")
    assert (False, None, {}) == (unknown.complete, unknown.veto.search("not"), unknown.cues)
