"""Markdown <-> Document: nothing is lost, in any script."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policypress.document import (
    Clause,
    Document,
    Section,
    fold,
    merge,
    parse,
    placeholders,
    plain,
    split_attributes,
    visible,
    write,
)
from tests import needs

CASES = Path(__file__).parents[1] / "cases" / "document"

#: Words of every script that is printed, mark-up and placeholders among them.
WORDS = st.sampled_from(
    [
        "data",
        "third-party",
        "don’t",
        "деректер",
        "құпиялылық",
        "персональные",
        "البيانات",
        "كِتَابٌ",
        "个人信息",
        "ข้อมูล",
        "👩‍💻",
        "{{ facts.support_url }}",
        "“{{ ref('rights') }}”",
        "**bold**",
        "_soft_",
        "`code`",
        "[words](https://example.org/a?b=c)",
        "<https://example.org/>",
        "10 %",
        r"\*star\*",
        "é",
        "a < b",
        "{curly}",
    ]
)
LETTERS = st.text(st.characters(categories=("Lu", "Ll", "Lo", "Nd"), max_codepoint=0xFFFF), min_size=1, max_size=8)


@st.composite
def texts(draw, *, breaks=True):
    """Return a clause's text: a word first, so that no block mark opens it, NFC, perhaps with hard breaks."""
    lines = []
    for _ in range(draw(st.integers(1, 3 if breaks else 1))):
        words = draw(st.lists(WORDS | LETTERS, min_size=1, max_size=6))
        lines.append(" ".join(("Word", *words)))
    return unicodedata.normalize("NFC", "\\\n".join(lines))


LANGS = st.sampled_from(["", "", "", "ru", "kk", "ar"])
IDS = st.sampled_from(["", "", "", "clause-1", "a"])


@st.composite
def bodies(draw):
    """Return the clauses of a section: paragraphs, nested lists of both kinds, tables."""
    clauses: list[Clause] = []
    depth = 0
    for _ in range(draw(st.integers(0, 7))):
        kind = draw(st.sampled_from(["paragraph", "item", "item", "table"]))
        if kind == "paragraph":
            depth = draw(st.integers(0, depth)) if depth else 0
            clauses.append(Clause(kind="paragraph", text=draw(texts()), depth=depth, id=draw(IDS), lang=draw(LANGS)))
        elif kind == "item":
            deepest = depth + 1 if clauses and clauses[-1].kind == "item" else max(depth, 1)
            depth = draw(st.integers(1, deepest))
            marker = draw(st.sampled_from(["-", "1.", "2.", "10.", "3)"]))
            clauses.append(
                Clause(kind="item", text=draw(texts()), depth=depth, marker=marker, id=draw(IDS), lang=draw(LANGS))
            )
        else:
            depth = 0
            columns, rows = draw(st.integers(1, 3)), draw(st.integers(0, 3))
            for row in range(rows + 1):
                cells = [draw(texts(breaks=False)) for _ in range(columns)]
                clauses.append(Clause(kind="row", text=" | ".join(cells), marker="" if row else "header"))
    return tuple(clauses)


@st.composite
def documents(draw):
    """Return a document as `parse` makes them of our Markdown."""
    sections = []
    for index in range(draw(st.integers(0, 4))):
        numbered = draw(st.booleans())
        sections.append(
            Section(
                anchor=f"anchor-{index}",
                level=draw(st.integers(1, 6)),
                heading=Clause(kind="heading", text=draw(texts(breaks=False)), lang=draw(LANGS)),
                clauses=draw(bodies()),
                number=draw(st.sampled_from(["", "1.", "2.1", "3.1.4"])) if numbered else "",
                numbered=numbered,
            )
        )
    return Document(sections=tuple(sections))


@settings(max_examples=60, deadline=None)
@given(documents())
def test_what_is_written_is_read_back(document):
    """`parse(write(d)) == d` for every document of headings, paragraphs, lists, tables, in every script."""
    text = write(document)
    assert document == parse(text)
    # a digest of a print stays what it is: writing what was read changes no byte
    assert text == write(parse(text))


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from(list("ab \n-#1.*|>`{}[]()_\\:")), max_size=60))
def test_any_text_is_read_without_failing(text):
    """Whatever an editor types is read: there is no such thing as invalid Markdown."""
    parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "- a\n\n2. b",
        "1. a\n\n1) b",
        "1. a\n   - b\n   - c\n2. d",
        "- a\n\n  para\n\n- b",
        "10. a\n\n    para\n11. b\n    - c",
        "- a\n    - b\n        - c\n- d",
        "- a\n\n  ```py\n  x\n\n  y\n  ```\n- b",
        "~~~\na\n```\nb\n~~~",
        "```toml\nx = 1\n```",
        "| A | B |\n|---|---|\n| x \\| y | z |\n|  | z |",
        "| A |\n|---|\n| x |\n\npara\n\n| B |\n|---|\n| y |",
        "a  \nb",
        "a\\\n- b",
        "- a\\\n  b",
        "---",
        "<div>\nraw\n</div>",
        "1986\\. A good year",
        "foo\n\n[ref]: http://example.org 'T'",
        "# H #",
        "- \n- b",
    ],
)
def test_awkward_blocks_survive(text):
    """Lists that touch, code inside lists, fences inside fences, escaped bars: written and read back, the same."""
    document = parse(text)
    assert document == parse(write(document))


@needs.corpus
def test_real_policies_survive():
    """Every text of the corpus of real policies is written and read back without a difference."""
    broken = []
    for path in sorted(needs.CORPUS.rglob("*.md")):
        document = parse(path.read_text(encoding="utf-8"))
        if document != parse(write(document)):
            broken.append(path)
    assert [] == broken


def _cases():
    return sorted(path for path in CASES.iterdir() if path.is_dir())


@pytest.mark.parametrize("case", _cases(), ids=lambda path: path.name)
def test_case_is_read_as_listed(case):
    """`source.md` has the blocks that `blocks.txt` lists: a line each, `kind depth marker | text`."""
    document = parse((case / "source.md").read_text(encoding="utf-8"))
    lines = []
    for section, clause in document.clauses():
        name = f"h{section.level} #{section.anchor} [{section.number}]" if clause.kind == "heading" else clause.kind
        place = f"{clause.depth} {clause.marker}".strip()
        marks = "".join(f" {name}={value}" for name, value in (("id", clause.id), ("lang", clause.lang)) if value)
        lines.append(f"{name} {place}{marks} | {clause.text!r}")
    assert (case / "blocks.txt").read_text(encoding="utf-8").splitlines() == lines


# Headings


def test_attributes_are_split_off():
    """A closing `{#id .class lang=xx}` is no text."""
    assert ("Title", {"id": "rights", "class": "unnumbered", "lang": "ru"}) == split_attributes(
        "Title {#rights .unnumbered lang=ru}"
    )


@pytest.mark.parametrize("text", ["{{ facts.name }}", "a {b}", "set {a, b}", "{#not} at the end of it", "x {{#a}}"])
def test_what_is_no_attribute_stays_text(text):
    """Placeholders and other curly brackets are left alone."""
    assert (text, {}) == split_attributes(text)


@pytest.mark.parametrize(
    ("typed", "number", "title"),
    [
        ("3. How we share", "3.", "How we share"),
        ("3.1 How we share", "3.1", "How we share"),
        ("3.1.2. How we share", "3.1.2.", "How we share"),
        ("3) How we share", "3)", "How we share"),
        ("IV. How we share", "IV.", "How we share"),
        ("2024 in figures", "", "2024 in figures"),
        ("3 things to know", "", "3 things to know"),
        ("5.", "", "5."),
    ],
)
def test_typed_number_is_split_off(typed, number, title):
    """A number typed before a heading is a number and not a word of it; a year or a count is a word."""
    section = parse(f"## {typed} {{#share}}").sections[0]
    assert (number, title) == (section.number, section.heading.text)


def test_title_shows_the_number():
    """A section's title is what a reader sees: the number and the heading."""
    assert "3.1 How we share" == parse("### 3.1 How we share {#share}").sections[0].title


def test_unnumbered_heading():
    """`.unnumbered` keeps a heading out of the numbering."""
    assert [False, True] == [s.numbered for s in parse("## About {#a .unnumbered}\n\n## Use {#u}").sections]


def test_missing_anchor_is_made_and_marked():
    """A heading without an anchor gets a slug in its own script, and is known not to have been given one."""
    sections = parse("## Сіздің құқықтарыңыз\n\n## حقوقك\n\n## Rights {#rights}").sections
    assert ["сіздің-құқықтарыңыз", "حقوقك", "rights"] == [section.anchor for section in sections]
    assert [False, False, True] == [section.explicit for section in sections]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(["Rights", "rights", "Rights 2", "!!!", "Құқық", "rights-2"]), max_size=8))
def test_slugs_are_unique(headings):
    """No two headings share a made anchor, however alike they are."""
    anchors = [section.anchor for section in parse("\n\n".join(f"## {one}" for one in headings)).sections]
    assert len(anchors) == len(set(anchors))


def test_a_made_slug_never_takes_a_written_anchor():
    """An anchor written by hand further down belongs to its own heading alone."""
    assert ["rights-2", "rights"] == [s.anchor for s in parse("## Rights\n\n## Your rights {#rights}").sections]


def test_text_before_any_heading_is_a_section_of_level_0():
    """A preamble is kept, without an anchor."""
    section = parse("Hello.\n\n# Title {#t}").sections[0]
    assert ("", 0, "Hello.") == (section.anchor, section.level, section.clauses[0].text)


def test_document_knows_its_title_and_its_sections():
    """The title is the first heading; a section is found by its anchor, None where there is none."""
    document = parse("Before.\n\n# Privacy {#title}\n\n## Rights {#rights}")
    assert "Privacy" == document.title
    assert "Rights" == document.section("rights").heading.text
    assert document.section("nowhere") is None
    assert "" == parse("").title


def test_merge_keeps_order():
    """Files are joined section by section."""
    merged = merge([parse("## A {#a}"), parse("## B {#b}\n\n## C {#c}")])
    assert ["a", "b", "c"] == [section.anchor for section in merged.sections]


# The bytes an editor saves


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_of_other_systems_are_the_same_text(end):
    """CRLF and CR read as LF."""
    text = "## Rights {#rights}\n\nYou have\nrights.\n\n- one\n- two\n"
    assert parse(text) == parse(text.replace("\n", end))


def test_byte_order_mark_is_no_text():
    """A BOM before the first heading is dropped."""
    assert parse("# Title {#t}") == parse("\ufeff# Title {#t}")


def test_front_matter_is_no_clause():
    """YAML between `---` lines is skipped, and the lines behind it keep their numbers."""
    document = parse("---\ntitle: x\n---\n# Title {#t}\n\nText.\n", file="a.md")
    assert [("Title", 4), ("Text.", 6)] == [(clause.text, clause.line) for _, clause in document.clauses()]


def test_every_clause_knows_its_place():
    """File and line are kept for messages and are no part of what a clause is."""
    document = parse("# T {#t}\n\nOne\ntwo.\n\n- three\n", file="text/a.md")
    assert [("text/a.md", 1), ("text/a.md", 3), ("text/a.md", 6)] == [(c.file, c.line) for _, c in document.clauses()]
    assert document == parse("# T {#t}\n\n\n\nOne two.\n\n\n- three\n", file="b.md")


def test_clauses_are_nfc():
    """Letters typed in two pieces are one letter, so that equal texts are equal."""
    assert "é" == parse("e\u0301").sections[0].clauses[0].text


def test_soft_breaks_join_and_hard_breaks_stay():
    """A wrapped line is one line; two spaces or a backslash keep a line break."""
    texts = [clause.text for _, clause in parse("a\nb\n\nc  \nd\n\ne\\\n  f").clauses()]
    assert ["a b", "c\\\nd", "e\\\nf"] == texts


def test_nothing_is_an_empty_document():
    """An empty file has no sections and prints nothing."""
    assert Document(sections=()) == parse("")
    assert "" == write(parse(""))


# Inline text


@pytest.mark.parametrize(
    ("markdown", "text", "seen"),
    [
        ("a **b** _c_ `d`", "a b c d", "a b c d"),
        ("see [our *site*](https://x.org)", "see [our site](https://x.org)", "see our site"),
        ("at <https://x.org/a>", "at <https://x.org/a>", "at https://x.org/a"),
        ("to <me@x.org>", "to <me@x.org>", "to me@x.org"),
        ("in [the part](#rights)", "in [the part](#rights)", "in the part"),
        (r"5 \* 6 \[x\]", "5 * 6 [x]", "5 * 6 [x]"),
        ("fish &amp; chips", "fish & chips", "fish & chips"),
        ("a\\\nb", "a b", "a b"),
        ("a  b\u00a0c", "a b\u00a0c", "a b\u00a0c"),
        ("![a picture](x.png) b", "a picture b", "a picture b"),
        ("<b>raw</b>", "<b>raw</b>", "<b>raw</b>"),
        ("**жеке** мәлімет", "жеке мәлімет", "жеке мәлімет"),
    ],
)
def test_inline_text(markdown, text, seen):
    """`plain` drops mark-up and keeps addresses; `visible` keeps the words a reader sees."""
    assert text == plain(markdown)
    assert seen == visible(markdown)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_folding_is_idempotent(text):
    """Folded text is folded."""
    assert fold(text) == fold(fold(text))


def test_no_break_space_is_kept():
    """CLDR's narrow no-break space in a date is part of the text, not white space to fold."""
    assert "2024\u202fж. 8 тамыз" == fold("2024\u202fж.  8 тамыз")


def test_placeholders_are_listed_in_order():
    """The expressions of a text, white space folded."""
    assert ("facts.a", "ref('b')", "date(release.effective)") == placeholders(
        "x {{ facts.a }} y {{ref('b')}} z {{  date(release.effective)  }}"
    )
