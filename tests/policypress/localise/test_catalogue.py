"""PO text -> entries: an approval holds for exactly two texts, a broken file names its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policypress.errors import ProblemsError
from policypress.localise.catalogue import approval, parse_catalogue, stamped
from tests.policypress.localise.world import catalogue, entry, po

PAIR = ("You may object.", "Қарсы болуға құқылысыз.")
STAMP = f"approved: {approval(*PAIR)}"


def _entry(*texts, **options):
    source, translation = texts or PAIR
    found = catalogue("kk", entry("rights", source, translation, **options))
    return found.find("rights", source)


def test_an_entry_is_found_by_section_and_clause():
    """The anchor and the clause together name an entry; one of them alone does not."""
    found = catalogue("kk", entry("rights", *PAIR))
    assert PAIR[1] == found.find("rights", PAIR[0]).translation
    assert found.find("use", PAIR[0]) is None
    assert found.find("rights", "Other.") is None


def test_every_entry_knows_its_line():
    """A check names the line in the PO file."""
    assert 4 == _entry().line


@pytest.mark.parametrize(
    ("texts", "options", "current", "approved"),
    [
        (PAIR, {"comment": STAMP}, True, True),
        (PAIR, {}, True, False),
        (PAIR, {"comment": "approved: 0000000000000000"}, True, False),
        (("You may not object.", PAIR[1]), {"comment": STAMP}, True, False),
        ((PAIR[0], "Қарсы болуға құқылы емессіз."), {"comment": STAMP}, True, False),
        ((PAIR[0], ""), {"comment": STAMP}, False, False),
        (PAIR, {"comment": STAMP, "fuzzy": True}, False, True),
    ],
)
def test_an_approval_is_of_both_texts(texts, options, current, approved):
    """One more word on either side, or a merge that pairs two other texts, and the approval is dead."""
    found = _entry(*texts, **options)
    assert (current, approved) == (found.current, found.approved)


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_two_pairs_have_two_digests(one, two, three, four):
    """No two pairs of texts share an approval, wherever the words stand."""
    assert ((one, two) == (three, four)) == (approval(one, two) == approval(three, four))


def test_a_stamp_replaces_a_stamp_and_leaves_the_rest():
    """A translator's notes beside the approval stay."""
    assert "a note\napproved: bbbb" == stamped("a note\napproved: 0123456789abcdef", "bbbb")
    assert "a note" == stamped("approved: 0123456789abcdef\na note", None)
    assert "" == stamped("", None)


def test_obsolete_entries_are_no_part_of_the_catalogue():
    """What the source no longer says is kept in the file and printed nowhere."""
    text = po() + '\n#~ msgctxt "rights"\n#~ msgid "Gone."\n#~ msgstr "Кетті."\n'
    assert {} == parse_catalogue(text, "kk", "kk.po").entries


def test_the_previous_source_is_kept():
    """`#| msgid` is what a fuzzy translation was made from."""
    text = po('#, fuzzy\n#| msgid "Old."\nmsgctxt "a"\nmsgid "New."\nmsgstr "Жаңа."')
    assert "Old." == parse_catalogue(text, "kk", "kk.po").find("a", "New.").previous


@pytest.mark.parametrize("text", ["", "\n\n", po()])
def test_an_empty_catalogue_is_a_catalogue(text):
    """A new locale begins with nothing."""
    assert {} == parse_catalogue(text, "kk", "kk.po").entries


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (po(entry("a", "x", "y")) + 'msgid "b\n', 7),
        (po() + "<<<<<<< HEAD\n", 3),
        (po(entry("a", "x", "y"), entry("a", "x", "z")), 8),
    ],
)
def test_a_broken_file_names_its_line(text, line):
    """An unclosed quotation, a merge conflict, one clause translated twice: file and line."""
    with pytest.raises(ProblemsError) as caught:
        parse_catalogue(text, "kk", "locales/kk/LC_MESSAGES/policy.po")
    problem = caught.value.problems[0]
    assert ("po-syntax", "locales/kk/LC_MESSAGES/policy.po") == (problem.rule, problem.file)
    assert line == problem.line
