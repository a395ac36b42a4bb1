"""Clauses followed through releases: one number for ever, the days of their words, the anchors that sections had."""

from __future__ import annotations

from datetime import date

from policypress.lineage import trace
from policypress.pages import make_pages
from tests.policypress.conftest import FIRST, SECOND, TRANSLATIONS


def numbers(editions):
    """Return the number of each clause of the source by its words, release by release."""
    lineage = trace(editions.editions)
    return [
        {clause.text: lineage.numbers[edition.record.id][place] for place, (_, clause) in enumerate(clauses)}
        for edition in editions.editions
        for clauses in [edition.printed.documents["en"].clauses()]
    ]


def test_a_clause_keeps_its_number(editions) -> None:
    """Unchanged and reworded clauses have one number in both releases; no number stands for two."""
    old, new = numbers(editions)
    assert old["your name;"] == new["your name;"]
    assert (
        old["We keep your data as long as your account exists."]
        == new["We keep your data for 24 months after you close your account."]
    )
    assert len(set(new.values())) == len(new)


def test_since_when_words_stand(editions) -> None:
    """The spelling changed in English alone, the corrected sentence in Kazakh alone."""
    lineage = trace(editions.editions)
    said = {}
    for locale in ("en", "kk", "ru"):
        clauses = editions.get(SECOND).printed.documents[locale].clauses()
        said[locale] = [
            section.anchor
            for (section, _), release in zip(clauses, lineage.since[SECOND, locale], strict=True)
            if release == SECOND
        ]
        assert {FIRST} == set(lineage.since[FIRST, locale])
    assert {
        "en": ["privacy-policy", "retention", "updates"],
        "kk": ["privacy-policy", "retention", "updates"],
        "ru": ["privacy-policy", "retention"],
    } == said


def test_a_renamed_anchor_still_leads_to_its_section(once) -> None:
    """A section whose address was changed keeps the old one beside it, without a script."""
    once.edit("policy_src/text/02-retention.md", "{#retention}", "{#keeping}")
    once.edit("policy_src/text/01-collection.md", "ref('retention')", "ref('keeping')")
    once.edit("policy_src/practices.toml", 'section = "retention"', 'section = "keeping"')
    words = {
        key.replace("'retention'", "'keeping'"): tuple(one.replace("'retention'", "'keeping'") for one in both)
        for key, both in TRANSLATIONS.items()
    }
    once.translate(words=words)
    once.commit()
    once.release("2025-01-01", date(2025, 1, 1), historic=True)
    editions = once.editions()
    assert {"keeping": ("retention",)} == trace(editions.editions).former["2025-01-01"]
    html = {page.path: page.html for page in make_pages(editions, date(2025, 1, 2))}
    for locale in ("en", "kk", "ru"):
        assert '<span id="retention"></span>' in html[f"{locale}/"]
        assert '<span id="retention"></span>' not in html[f"{locale}/archive/{FIRST}/"]
