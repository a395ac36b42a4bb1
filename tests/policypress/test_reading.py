"""Foreign files become documents: Markdown with HTML in it, HTML, plain text."""

from __future__ import annotations

import pytest

from policypress.changes import align, changed
from policypress.document import plain, visible
from policypress.errors import UsageError
from policypress.reading import flatten, literal, read


def _clauses(text, file):
    return [(clause.kind, clause.text) for _, clause in read(text, file=file).clauses()]


def test_html_is_read_by_blocks():
    """Headings, paragraphs, lists, table rows and links of a page, whatever is left unclosed."""
    page = """<!doctype html><html><head><title>No</title><style>p {}</style></head><body>
    <h1 id="top">Privacy</h1><p>We <b>run</b> it &amp; see <a href="/a">this</a>.<p>And
    that.<ul><li>one<li>two<ol><li>deep</ol></ul>
    <table><thead><tr><th>What</th><th>Why</th></tr></thead><tr><td>Name<td>Mail</tr></table>
    <script>alert("no")</script>"""
    assert [
        ("heading", "Privacy"),
        ("paragraph", "We run it & see [this](/a)."),
        ("paragraph", "And that."),
        ("item", "one"),
        ("item", "two"),
        ("item", "deep"),
        ("row", "What | Why"),
        ("row", "Name | Mail"),
    ] == _clauses(page, "a.html")


def test_html_keeps_anchors_levels_depths_and_markers():
    """An `id` of a heading is its anchor; lists nest and count."""
    document = read('<h2 id="use">Use</h2><ol><li>a<ul><li>b</ul></ol><h3>Next</h3><p>c</p>', file="a.htm")
    assert [("use", 2), ("next", 3)] == [(section.anchor, section.level) for section in document.sections]
    assert [("1.", 1), ("-", 2)] == [(clause.marker, clause.depth) for clause in document.sections[0].clauses]


def test_html_knows_its_lines():
    """A clause says on which line it stands."""
    assert [1, 3] == [clause.line for _, clause in read("<p>a</p>\n\n<p>b</p>", file="a.html").clauses()]


@pytest.mark.parametrize("words", ["a * b * c", "[not](a link)", "x < y", "&amp; as text", "under_score_d", "`tick`"])
def test_words_of_foreign_files_are_no_markdown(words):
    """What looks like mark-up in a page or a plain text is shown as it stands there."""
    assert words == plain(literal(words))
    assert words == plain(read(words, file="a.txt").sections[0].clauses[0].text)


def test_a_page_and_its_markdown_are_the_same_words():
    """HTML turned into Markdown changes no word a reader sees."""
    page = "<h2>Use</h2><p>We <em>run</em> <a href='/a'>it</a>.</p><ul><li>one</li></ul>"
    old, new = read(page, file="a.html"), read("## Use\n\nWe *run* [it](/a).\n\n- one\n", file="a.md")
    assert [visible(c.text) for _, c in old.clauses()] == [visible(c.text) for _, c in new.clauses()]


def test_blocks_of_html_in_markdown_are_clauses():
    """A block of raw HTML is read as what it says; a comment says nothing."""
    text = "## Use {#use}\n\n<div>\n<p>One.</p><p>Two.</p>\n</div>\n\n<!-- nothing -->\n\nThree.\n"
    assert ["Use", "One.", "Two.", "Three."] == [text for _, text in _clauses(text, "a.md")]
    assert [1, 4, 4, 9] == [clause.line for _, clause in read(text, file="a.md").clauses()]


def test_plain_text_is_read_by_blank_lines():
    """Lines of a block are one clause; bullets are items; short numbered lines and capitals are headings."""
    text = "PRIVACY POLICY\n\n1. What we read\n\nYour name\nand town.\n\n• one\n- two\n3. We never sell what we read.\n"
    assert [
        ("heading", "PRIVACY POLICY"),
        ("heading", "What we read"),
        ("paragraph", "Your name and town."),
        ("item", "one"),
        ("item", "two"),
        ("item", "We never sell what we read."),
    ] == _clauses(text, "a.txt")


def test_plain_text_without_blank_lines_is_read_by_lines():
    """Where no line is blank, each is a clause; a line under a heading is none."""
    assert [("paragraph", "One."), ("paragraph", "Two.")] == _clauses("One.\nTwo.\n", "a.TXT")
    assert [("heading", "Use"), ("paragraph", "One.")] == _clauses("Use\n---\n\nOne.\n", "a.txt")


@pytest.mark.parametrize(
    ("text", "flat"),
    [
        ("We <strong>run</strong> it", "We run it"),
        ('see <a class="x" href="/a b">this</a>', "see [this](/a%20b)"),
        ("a<br>b", "a b"),
        ("AT&amp;T <b>x</b> &lt;", "AT&amp;T x &lt;"),
        ("see <https://a.org/x> <b>now</b>", "see <https://a.org/x> now"),
        ("we <del>never</del> sell", "we <del>never</del> sell"),
        ("10<sup>2</sup>", "10<sup>2</sup>"),
        ("a < b and c > d", "a < b and c > d"),
        ("`<b>` is code", "`<b>` is code"),
        ("a <!-- no --> <b>b</b>", "a  b"),
    ],
)
def test_inline_tags_that_dress_words_are_dropped(text, flat):
    """Tags are read by a parser; addresses, entities, and tags that say something stay."""
    assert flat == flatten(text)


def test_a_merge_conflict_is_refused():
    """File and line of the first conflict; a heading underlined by equal signs is none."""
    text = "# A\n\n<<<<<<< HEAD\nold\n=======\nnew\n>>>>>>> b\n"
    with pytest.raises(UsageError, match=r"a\.md:3: a merge conflict"):
        read(text, file="a.md")
    assert changed(align(read("A\n=======\n\nb", file="a.md"), read("# A\n\nb", file="b.md"))) == ()
