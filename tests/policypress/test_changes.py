"""Two documents -> aligned clauses: no clause is lost, none is counted twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policypress import changes
from policypress.changes import Pair, Placed, align, changed, fingerprint, similarity
from policypress.document import fold, parse

CASES = Path(__file__).parents[1] / "cases" / "changes"


def _cases():
    return sorted(path for path in CASES.iterdir() if path.is_dir())


def _pairs(old, new):
    return [(pair.kind, pair.old_text, pair.new_text) for pair in align(parse(old), parse(new))]


def _line(pair):
    old, new = (fold(text).replace(" | ", " / ") for text in (pair.old_text, pair.new_text))
    return f"{pair.kind} | {old} | {new}"


@pytest.mark.parametrize("case", _cases(), ids=lambda path: path.name)
def test_case_is_aligned_as_listed(case):
    """`old.md` against `new.md` gives the pairs of `pairs.txt`: kind, text before, text after."""
    old, new = (parse((case / name).read_text(encoding="utf-8")) for name in ("old.md", "new.md"))
    assert (case / "pairs.txt").read_text(encoding="utf-8").splitlines() == [_line(pair) for pair in align(old, new)]


SENTENCES = st.sampled_from(
    [
        "We keep your data safe.",
        "We keep your data safe and sound.",
        "Біз деректеріңізді сақтаймыз.",
        "Мы не продаём ваши данные.",
        "لا نبيع بياناتك.",
        "You may object.",
        "one two three four five six",
        "one two three four five seven",
        "",
    ]
)


@st.composite
def documents(draw):
    """Return a document of a few sections whose clauses often stand twice."""
    parts = []
    for anchor in draw(st.lists(st.sampled_from("abcd"), unique=True, max_size=4)):
        parts.append(f"## Heading {draw(st.sampled_from('xyz'))} {{#{anchor}}}")
        parts += draw(st.lists(SENTENCES, max_size=5))
    return parse("\n\n".join(parts))


def _identity(placed):
    return placed.index


@settings(max_examples=60, deadline=None)
@given(documents())
def test_a_document_is_the_same_as_itself(document):
    """Nothing changed: every pair is `same`, in reading order."""
    pairs = align(document, document)
    assert {"same"} >= {pair.kind for pair in pairs}
    assert [clause for _, clause in document.clauses()] == [pair.new.clause for pair in pairs]
    assert () == changed(pairs)


@settings(max_examples=100, deadline=None)
@given(documents(), documents())
def test_every_clause_occurs_exactly_once(old, new):
    """No clause of either side is lost or paired twice, and the new ones keep their order."""
    pairs = align(old, new)
    olds = sorted(pair.old.index for pair in pairs if pair.old)
    news = [pair.new.index for pair in pairs if pair.new]
    assert list(range(len(list(old.clauses())))) == olds
    assert list(range(len(list(new.clauses())))) == news


@settings(max_examples=60, deadline=None)
@given(documents(), documents())
def test_the_kind_says_what_the_pair_holds(old, new):
    """`same` pairs have equal keys, added ones no old side, removed ones no new side."""
    for pair in align(old, new):
        assert (pair.kind == "added") == (pair.old is None)
        assert (pair.kind in ("removed", "duplicate")) == (pair.new is None)
        if pair.kind == "same":
            assert pair.old.key == pair.new.key
        if pair.kind == "reworded":
            assert pair.old.key != pair.new.key


@settings(max_examples=60, deadline=None)
@given(documents(), documents())
def test_a_duplicate_still_stands_elsewhere(old, new):
    """A removal is called a duplicate exactly where its text still stands in the new document."""
    standing = {fold(clause.text) for _, clause in new.clauses()}
    for pair in align(old, new):
        if pair.new is None:
            assert (pair.kind == "duplicate") == (pair.old.key in standing)


@settings(max_examples=60, deadline=None)
@given(documents(), documents())
def test_what_came_one_way_goes_the_other(old, new):
    """Words added from old to new are words removed from new to old."""
    there, back = align(old, new), align(new, old)
    came = Counter(fold(pair.new_text) for pair in there) - Counter(fold(pair.old_text) for pair in there)
    went = Counter(fold(pair.old_text) for pair in back) - Counter(fold(pair.new_text) for pair in back)
    assert came == went


def test_numbers_of_headings_are_no_text():
    """A section that is renumbered because another came before it did not change."""
    pairs = _pairs("## 1. Use {#use}\n\nA b c.", "## 0. New {#new}\n\nX y z.\n\n## 2. Use {#use}\n\nA b c.")
    assert [
        ("added", "", "New"),
        ("added", "", "X y z."),
        ("same", "Use", "Use"),
        ("same", "A b c.", "A b c."),
    ] == pairs


def test_a_heading_with_no_word_in_common_is_still_the_sections_heading():
    """A section whose anchor stayed has one heading: it is reworded, not removed and added."""
    assert [("reworded", "Use", "Purposes")] == _pairs("## Use {#use}", "## Purposes {#use}")


def test_a_changed_written_anchor_pairs_by_heading():
    """Where an anchor was corrected, the heading and the clauses say that it is the same section."""
    kinds = {kind for kind, *_ in _pairs("## Use {#use}\n\nA b c d.", "## Use {#usage}\n\nA b c d.")}
    assert {"same"} == kinds


def test_clauses_of_different_sections_are_not_mixed_up():
    """The same boilerplate under two headings stays where it is."""
    text = "## A {#a}\n\nAs the law says.\n\n## B {#b}\n\nAs the law says.\n"
    assert {"same"} == {kind for kind, *_ in _pairs(text, text)}
    removed = [pair for pair in _pairs(text, text.replace("\n\nAs the law says.\n\n##", "\n\n##")) if pair[0] != "same"]
    assert [("duplicate", "As the law says.", "")] == removed


def test_unlike_clauses_are_not_the_same_clause():
    """Below the least similarity a clause went and another came."""
    pairs = _pairs("## A {#a}\n\nWe sell flowers.", "## A {#a}\n\nCookies measure visits.")
    assert ["same", "removed", "added"] == sorted((kind for kind, *_ in pairs), key=["same", "removed", "added"].index)


def test_a_full_rewrite_is_not_compared_pair_by_pair(monkeypatch):
    """2,000 clauses rewritten: the words of far fewer pairs than 2,000 x 2,000 are counted."""
    calls = 0

    def counted(one, two, original=similarity):
        nonlocal calls
        calls += 1
        return original(one, two)

    monkeypatch.setattr(changes, "similarity", counted)
    old = "## A {#a}\n\n" + "\n\n".join(f"old{i} common words stand here o{i % 97} p{i % 89}" for i in range(2000))
    new = "## A {#a}\n\n" + "\n\n".join(f"new{i} other terms come there q{i % 97} common" for i in range(2000))
    pairs = align(parse(old), parse(new))
    assert 4001 == len(pairs)
    assert calls < 4000 * 60


def test_a_long_document_with_one_change_compares_only_that():
    """2,000 clauses of which one is reworded give one changed pair."""
    lines = [f"Clause number {i} says what number {i * 7} says." for i in range(2000)]
    old = "## A {#a}\n\n" + "\n\n".join(lines)
    lines[1000] += " And no more."
    assert ["reworded"] == [
        pair.kind for pair in changed(align(parse(old), parse("## A {#a}\n\n" + "\n\n".join(lines))))
    ]


# Similarity and fingerprints


def _placed(text):
    section = parse(f"## A {{#a}}\n\n{text}").sections[0]
    return Placed(0, section, section.clauses[0])


@settings(max_examples=60, deadline=None)
@given(SENTENCES.filter(bool), SENTENCES.filter(bool))
def test_similarity_is_symmetric_and_bounded(one, two):
    """From 0 to 1, the same both ways, 1 for a text and itself."""
    assert similarity(_placed(one), _placed(two)) == similarity(_placed(two), _placed(one))
    assert 0 <= similarity(_placed(one), _placed(two)) <= 1
    assert 1.0 == similarity(_placed(one), _placed(one))


def test_a_fingerprint_dies_with_the_text_and_the_place():
    """Another word, another section or another kind is another fingerprint; another wrapping is the same."""
    base = fingerprint("use", "reworded", "We keep it.", "We keep it safe.")
    others = [
        fingerprint("rights", "reworded", "We keep it.", "We keep it safe."),
        fingerprint("use", "moved", "We keep it.", "We keep it safe."),
        fingerprint("use", "reworded", "We keep it!", "We keep it safe."),
        fingerprint("use", "reworded", "We keep it.", "We keep it safer."),
        fingerprint("use", "reworded", "We keep it. We keep it safe.", ""),
    ]
    assert 6 == len({base, *others})
    assert base == fingerprint("use", "reworded", "We  keep\nit.", "We keep it safe. ")
    assert 16 == len(base)


def test_pairs_of_equal_text_in_two_places_have_two_fingerprints():
    """The place is part of what a decision is about."""
    old = "## A {#a}\n\nX y z.\n\n## B {#b}\n\nX y z."
    pairs = changed(align(parse(old), parse(old.replace("X y z.", "X y z now."))))
    assert 2 == len({pair.fingerprint for pair in pairs})


def test_a_pair_shows_its_new_side_else_its_old():
    """Section and clause of a pair are those of the new text, of a removal those of the old."""
    pair = align(parse("## A {#a}\n\nGone."), parse("## A {#a}"))[1]
    assert ("a", "Gone.", "") == (pair.section.anchor, pair.clause.text, pair.new_text)


def test_a_pair_without_sides_is_a_mistake():
    """A pair has at least one side."""
    with pytest.raises(ValueError, match="at least one side"):
        _ = Pair(kind="same").section


def test_where_a_clause_stands_in_its_file_is_no_change():
    """Files and lines differ between a print and the source; the text does not."""
    old = parse("## A {#a}\n\nX y z.", file="old.md")
    new = parse("\n\n## A {#a}\n\n\n\nX y z.", file="new.md")
    assert () == changed(align(old, new))
    assert () == changed(align(old, replace(new, sections=tuple(replace(s, level=3) for s in new.sections))))
