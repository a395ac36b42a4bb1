"""The Word report: all changes accepted it is the new text, all rejected the old one, whatever the texts are."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policypress.changes import align
from policypress.comparison import Comparison, compare_prints, compare_texts, find_print
from policypress.document import parse
from policypress.materiality import Verdict
from policypress.reports import docx
from policypress.source import worktree
from tests.policypress.conftest import FIRST, SECOND

DATE = datetime(2026, 12, 1, tzinfo=UTC)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TRACKED = {"ins", "del", "moveFrom", "moveTo"}


def part(data: bytes, name: str = "word/document.xml"):
    """Return a part of a document as a tree."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return ET.fromstring(packed.read(name))


def resolved(data: bytes, *, accept: bool) -> list[str]:
    """Return the paragraphs after all changes are accepted or rejected, as ECMA-376 17.13.5 says.

    What leaves goes with its content; a paragraph whose mark leaves runs into the next one.
    """
    leaving = {f"{W}{tag}" for tag in (("del", "moveFrom") if accept else ("ins", "moveTo"))}
    paragraphs, carried = [], ""
    for paragraph in part(data).iter(f"{W}p"):
        marks = {mark.tag for mark in paragraph.findall(f"{W}pPr/{W}rPr/*")}
        carried += "".join(_words(child, leaving) for child in paragraph)
        if not marks & leaving:
            paragraphs.append(carried)
            carried = ""
    assert "" == carried
    return paragraphs


def _words(element, leaving) -> str:
    if element.tag in leaving or element.tag == f"{W}pPr":
        return ""
    own = {f"{W}tab": "\t", f"{W}br": "\n"}.get(element.tag, "")
    own += element.text or "" if element.tag in (f"{W}t", f"{W}delText") else ""
    return own + "".join(_words(child, leaving) for child in element)


def readers_text(markdown: str) -> list[str]:
    """Return the paragraphs a reader of one text sees, and the empty one that closes every report."""
    document = parse(markdown)
    return [*("".join(t for _, t in line.runs) for line in docx.lines(align(document, document), locale="en")), ""]


def check(comparison, old: str, new: str) -> bytes:
    """Hold both resolutions of a report against both texts."""
    data = docx.render(comparison, date=DATE)
    assert readers_text(new) == resolved(data, accept=True)
    assert readers_text(old) == resolved(data, accept=False)
    return data


WORDS = st.sampled_from(
    [
        "we",
        "keep",
        "data",
        "for",
        "12 months",
        "24\u00a0months",
        "деректер",
        "بيانات",
        "数据",
        "a_b",
        "<x>",
        "&",
        "“q”",
        "1.",
    ]
)
SENTENCE = st.lists(WORDS, min_size=1, max_size=9).map(" ".join)
BLOCK = st.one_of(
    SENTENCE,
    SENTENCE.map("- {}".format),
    SENTENCE.map("3. {}".format),
    SENTENCE.map("  - {}".format),
    SENTENCE.map("| {} | b |\n| --- | --- |".format),
    SENTENCE.map("```\n{}\n\tx\n```".format),
    st.just("***"),
    st.tuples(st.sampled_from("abc"), SENTENCE, st.sampled_from(["#", "##"])).map(
        lambda p: f"{p[2]} {p[1]} {{#{p[0]}}}"
    ),
)
TEXT = st.lists(BLOCK, max_size=7).map("\n\n".join)


@settings(max_examples=60, deadline=None)
@given(old=TEXT, new=TEXT)
def test_accepting_and_rejecting_give_both_texts(old: str, new: str) -> None:
    """For any two texts, in any script and order of blocks."""
    pairs = align(parse(old), parse(new))
    verdict = Verdict(findings=())
    check(Comparison(old="o", new="n", locale="en", verdict=verdict, rows=(), pairs=pairs), old, new)


@pytest.fixture(scope="module")
def comparison(moulds):
    """Return what the second release changed, in English."""
    root = moulds["twice"]
    return compare_prints(worktree(root), find_print(root, FIRST), find_print(root, SECOND), "en")


@pytest.mark.parametrize("locale", ["en", "kk"])
def test_two_releases(moulds, locale) -> None:
    """Both printed texts come out of the one document, in every locale."""
    root = moulds["twice"]
    old, new = find_print(root, FIRST), find_print(root, SECOND)
    compared = compare_prints(worktree(root), old, new, locale)
    check(compared, old.files[f"{locale}.md"], new.files[f"{locale}.md"])


def test_changes_are_marked_word_by_word() -> None:
    """One changed word is one deletion and one insertion; the rest of the clause is left alone."""
    sides = ("# A {#a}\n\nWe keep your name for 12 months.\n", "# A {#a}\n\nWe keep your name for 24 months.\n")
    tree = part(docx.render(compare_texts(*sides, names=("a", "b"), locale="en"), date=DATE))
    assert ["12 months"] == [node.text for node in tree.iter(f"{W}delText")]
    assert ["24 months"] == [node.text for ins in tree.iter(f"{W}ins") for node in ins.iter(f"{W}t")]


def test_a_move_has_two_halves_of_one_name() -> None:
    """A clause that changed places is moved, not struck and written again; both ranges end where they began."""
    first, second, third = "We like you very much.", "Our door is always open.", "Come and see us."
    old, new = ("\n\n".join(("# A {#a}", *order)) for order in ((first, second, third), (second, third, first)))
    tree = part(check(compare_texts(old, new, names=("a", "b"), locale="en"), old, new))
    for half in ("moveFrom", "moveTo"):
        (start,), (end,) = tree.iter(f"{W}{half}RangeStart"), tree.iter(f"{W}{half}RangeEnd")
        assert ("move1", start.get(f"{W}id")) == (start.get(f"{W}name"), end.get(f"{W}id"))
        assert first == "".join(node.text for mark in tree.iter(f"{W}{half}") for node in mark.iter(f"{W}t"))
    assert [] == [*tree.iter(f"{W}del"), *tree.iter(f"{W}ins")]


def test_every_change_names_author_and_date_and_has_a_number(comparison) -> None:
    """Nothing is dated by the clock, and no two annotations share a number."""
    tree = part(docx.render(comparison, date=DATE))
    marks = [node for node in tree.iter() if node.tag.removeprefix(W) in TRACKED]
    assert {("Policypress", "2026-12-01T00:00:00Z")} == {(m.get(f"{W}author"), m.get(f"{W}date")) for m in marks}
    assert len(marks) == len({mark.get(f"{W}id") for mark in marks})


def test_the_same_comparison_gives_the_same_bytes(comparison) -> None:
    """A report can be compared by its digest."""
    assert docx.render(comparison, date=DATE) == docx.render(comparison, date=DATE)


def test_comments_say_why(comparison) -> None:
    """Each change carries a comment with its class, categories, reasons and fingerprint, at its clause."""
    data = docx.render(comparison, date=DATE)
    comments = ["\n".join(p.itertext()) for p in part(data, "word/comments.xml")]
    assert len(comparison.rows) == len(comments)
    for row in comparison.rows:
        comment = next(text for text in comments if row.finding.fingerprint in text)
        assert [] == [word for word in (*row.finding.categories, *row.finding.reasons) if word not in comment]
    tree = part(data)
    numbers = [
        [node.get(f"{W}id") for node in tree.iter(f"{W}{tag}")] for tag in ("commentRangeStart", "commentRangeEnd")
    ]
    assert numbers[0] == numbers[1]
    assert {"2026-12-01T00:00:00Z"} == {c.get(f"{W}date") for c in part(data, "word/comments.xml")}


def test_right_to_left() -> None:
    """Arabic paragraphs and runs are said to run from the right, and the document to be Arabic."""
    sides = ("# أ {#a}\n\nنحتفظ بالبيانات 12 شهرًا.\n", "# أ {#a}\n\nنحتفظ بالبيانات 24 شهرًا.\n")
    data = check(compare_texts(*sides, names=("a", "b"), locale="ar"), *sides)
    *paragraphs, _ = part(data).iter(f"{W}p")
    assert [True, True] == [p.find(f"{W}pPr/{W}bidi") is not None for p in paragraphs]
    runs = [run for run in part(data).iter(f"{W}r") if run.find(f"{W}commentReference") is None]
    assert [] == [run for run in runs if run.find(f"{W}rPr/{W}rtl") is None]
    assert {"ar"} == {lang.get(f"{W}bidi") for lang in part(data, "word/styles.xml").iter(f"{W}lang")}


def test_a_clause_that_fell_back_bears_its_language() -> None:
    """A Russian clause in a Kazakh text is said to be Russian."""
    text = "# A {#a}\n\nЭто по-русски. {lang=ru}\n"
    data = docx.render(compare_texts("", text, names=("a", "b"), locale="kk"), date=DATE)
    assert {"ru"} == {lang.get(f"{W}val") for lang in part(data).iter(f"{W}lang")}


def test_a_heading_of_another_level_is_a_tracked_change() -> None:
    """The form a paragraph had is kept beside the one it has."""
    sides = ("# A {#a}\n\nx\n\n## B {#b}\n", "# A {#a}\n\nx\n\n### B {#b}\n")
    tree = part(docx.render(compare_texts(*sides, names=("a", "b"), locale="en"), date=DATE))
    (change,) = tree.iter(f"{W}pPrChange")
    assert ["Heading2"] == [style.get(f"{W}val") for style in change.iter(f"{W}pStyle")]


def test_signs_that_xml_cannot_hold_are_replaced() -> None:
    """A control character in a source does not break the document."""
    data = docx.render(compare_texts("", "# A {#a}\n\nbell\x07here\n", names=("a", "b"), locale="en"), date=DATE)
    assert "bell\ufffdhere" in resolved(data, accept=True)
