"""One clause -> HTML and text: safe to embed, marked in words, lists and tables well nested."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policypress.document import Clause, Section, parse
from policypress.redline import redline
from policypress.render import (
    Marks,
    assemble,
    clause_block,
    heading_block,
    inline,
    linked,
    redlined,
    text,
)

MARKS = Marks(added="added:", removed="removed:", end="end")


class _Nesting(HTMLParser):
    """Checks that what is opened is closed, in order."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.addresses = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.addresses += [value for name, value in attrs if name in ("href", "src")]
        if tag not in ("hr", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert [tag] == self.open[-1:]
        self.open.pop()


def _nested(html):
    parser = _Nesting()
    parser.feed(html)
    parser.close()
    assert [] == parser.open
    return parser


def _html(markdown):
    return assemble([clause_block(clause) for clause in parse(markdown).sections[0].clauses])


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("a **b** _c_", "a <strong>b</strong> <em>c</em>"),
        ("[x](https://x.org)", '<a href="https://x.org">x</a>'),
        ("<me@x.org>", '<a href="mailto:me@x.org" dir="ltr">me@x.org</a>'),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("1 < 2 & 3", "1 &lt; 2 &amp; 3"),
        ("дербес **деректер**", "дербес <strong>деректер</strong>"),
        ("a\\\nb", "a<br />\nb"),
    ],
)
def test_inline(markdown, html):
    """Emphasis and links become HTML; raw HTML and unsafe addresses are shown as text."""
    assert html == inline(markdown)


@pytest.mark.parametrize(
    ("plain", "html"),
    [
        ("see [x](https://x.org) now", 'see <a href="https://x.org">x</a> now'),
        ("at <https://x.org>", 'at <a href="https://x.org" dir="ltr">https://x.org</a>'),
        ("to <me@x.org>", 'to <a href="mailto:me@x.org" dir="ltr">me@x.org</a>'),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("[x](data:text/html,y)", "[x](data:text/html,y)"),
        ("<b>", "&lt;b&gt;"),
        ('[a"b](https://x.org/"onclick=")', '<a href="https://x.org/&quot;onclick=&quot;">a"b</a>'),
        ("[<i>](#a)", '<a href="#a">&lt;i&gt;</a>'),
    ],
)
def test_linked(plain, html):
    """Plain text with links, as the redline has it; only addresses of the web, mail and the page are linked."""
    assert html == linked(plain)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from([*"ab <>&\"'[]()#:/", "javascript:", "https://x", "<script>", "mailto:"]), max_size=30))
def test_no_text_becomes_markup(parts):
    """Whatever a clause holds, HTML has no element but links, and no address that runs."""
    words = "".join(parts)
    for html in (linked(words), redlined(redline("", words), MARKS)):
        parser = _nested(html)
        assert {"a", "ins", "span"} >= set(parser.seen)
        assert not any(address.startswith(("javascript:", "data:")) for address in parser.addresses)


def test_marks_are_said_in_words():
    """`<ins>` and `<del>` say what they are and where they end, for whoever does not see them; the space is outside."""
    html = redlined(redline("Kept 30 days.", "Kept 60 days."), MARKS)
    assert (
        'Kept <del><span class="pp-sr">removed:\u00a0</span>30 days<span class="pp-sr">\u00a0(end)</span></del> '
        '<ins><span class="pp-sr">added:\u00a0</span>60 days<span class="pp-sr">\u00a0(end)</span></ins>.'
    ) == html.replace("</del><ins>", "</del> <ins>")


def test_no_visible_space_stands_before_an_added_comma():
    """Without the words for screen readers a line reads as it was written."""
    html = redlined(redline("We tell you by mail.", "We tell you, in time, by mail."), MARKS)
    shown = re.sub(r"<span class=.pp-sr.>[^<]*</span>|</?(ins|del)>", "", html)
    assert "We tell you, in time, by mail." == shown


def test_words_of_marks_are_escaped():
    """A translator's words are text."""
    assert "&lt;b&gt;" in redlined(redline("", "x"), Marks(added="<b>", removed="", end=""))


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("- a\n  1. b\n  2. c\n- d", "<ul><li>a<ol><li>b</li><li>c</li></ol></li><li>d</li></ul>"),
        ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
        ("- a\n\n1. b", "<ul><li>a</li></ul><ol><li>b</li></ol>"),
        ("- a\n\n  p\n- b", "<ul><li>a<p>p</p></li><li>b</li></ul>"),
        ("- a\n\np", "<ul><li>a</li></ul><p>p</p>"),
        (
            "| A | B |\n|---|---|\n| c | d |",
            "<table><thead><tr><th>A</th><th>B</th></tr></thead><tbody><tr><td>c</td><td>d</td></tr></tbody></table>",
        ),
        ("a\n\n---\n\nb", "<p>a</p><hr><p>b</p>"),
        ("```\n<x>\n```", "<pre><code>&lt;x&gt;</code></pre>"),
        ("<div>\nraw\n</div>", "<p>&lt;div&gt;raw&lt;/div&gt;</p>"),
        ("p {#here}", '<p id="here">p</p>'),
    ],
)
def test_blocks(markdown, html):
    """Lists are nested, rows gathered, raw HTML shown as text, ids kept."""
    assert html == _html(markdown).replace("\n", "")


def test_an_escaped_bar_stays_in_its_cell():
    """An escaped bar in a table is a sign of the cell."""
    assert "<td>x | y</td><td>z</td>" in _html("| A | B |\n|---|---|\n| x \\| y | z |")


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["item", "item", "paragraph", "row", "head", "rule"]), st.integers(0, 4), st.booleans()
        ),
        max_size=10,
    )
)
def test_what_is_opened_is_closed(rows):
    """Whatever the order of the blocks, the HTML is well nested."""
    clauses = []
    for kind, depth, ordered in rows:
        match kind:
            case "item":
                clauses.append(Clause(kind="item", text="x", depth=depth + 1, marker="1." if ordered else "-"))
            case "row" | "head":
                clauses.append(Clause(kind="row", text="x | y", marker="header" if kind == "head" else ""))
            case _:
                clauses.append(Clause(kind=kind, text="x", depth=depth if kind == "paragraph" else 0))
    _nested(assemble([clause_block(clause) for clause in clauses]))


def test_a_heading_has_its_anchor_and_number():
    """The permanent address, the number, and a link that is named in words."""
    section = Section(anchor="use", level=2, heading=Clause(kind="heading", text="A & B"), number="3.")
    block = heading_block(section, inline(section.heading.text), 'Link "here"')
    html = assemble([block])
    assert html.startswith('<h2 id="use"><span class="pp-number">3.</span> A &amp; B<a class="headerlink" href="#use"')
    assert "Link &quot;here&quot;" in html
    assert html.endswith("</a></h2>")


def test_the_title_has_no_link():
    """Nobody links to the top of a page by its title."""
    section = parse("# Privacy {#title}").sections[0]
    assert '<h1 id="title">Privacy</h1>' == assemble([heading_block(section, "Privacy", "Link")])


def test_a_redline_stands_in_for_a_clauses_own_text():
    """A block keeps its place and attributes while its words are marked."""
    clause = Clause(kind="item", text="x", depth=1, marker="-", id="a")
    assert '<ul>\n<li id="a" lang="ru"><ins>y</ins>\n</li></ul>' == assemble(
        [clause_block(clause, "<ins>y</ins>", ' lang="ru"')]
    )


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("see **[our site](https://x.org)**", "see our site (https://x.org)"),
        ("see [2. Rights](#rights)", "see 2. Rights"),
        ("at <https://x.org>, <me@x.org>", "at https://x.org, me@x.org"),
        ("_a_ `b`", "a b"),
    ],
)
def test_text(markdown, plain):
    """For a mail or a terminal: words, and addresses behind them."""
    assert plain == text(markdown)
