"""The pull-request report: class, categories, what starts, languages, what is missing, the redline folded."""

from __future__ import annotations

import re
from html import unescape

import pytest
from markdown_it import MarkdownIt

from policypress.comparison import compare_texts
from policypress.localise.progress import Counts, Status
from policypress.materiality import taxonomy
from policypress.reports import markdown

#: What a report is made of.
TAGS = set("h2 h3 p strong table thead tbody tr th td ul li details summary code blockquote ins del".split())  # noqa: SIM905
HTML = MarkdownIt("commonmark", {"html": True}).enable("table")


def compared(old: str, new: str, names=("a.md", "b.md")):
    """Return the comparison of two one-section texts."""
    return compare_texts(f"# A {{#a}}\n\n{old}\n", f"# A {{#a}}\n\n{new}\n", names=names, locale="en")


SHARING = compared("We keep your name.", "We sell your name and your telephone number to advertisers.")


def test_categories_stand_with_label_and_source() -> None:
    """A reviewer reads what is touched and which rule says so."""
    shown = HTML.render(markdown.render(SHARING))
    for name in SHARING.verdict.categories:
        assert f"<td>{name}</td>\n<td>{taxonomy()[name].label}</td>" in shown


def test_what_starts_is_told_first() -> None:
    """Sections that ask for consent are listed before the changes."""
    shown = markdown.render(SHARING)
    assert SHARING.verdict.consent
    assert shown.index("### What starts happening") < shown.index("- **A**: ") < shown.index("### Changes")


def test_nothing_starts_without_consent() -> None:
    """A change that asks for no consent has no such heading."""
    assert "What starts happening" not in markdown.render(compared("We recieve it.", "We receive it."))


def test_languages_are_a_table() -> None:
    """How far each translation is stands in a row of its own."""
    state = Status(
        locale="kk",
        counts=Counts(total=10, approved=7, unapproved=1, fuzzy=0, missing=2),
        sections={},
        changes={},
    )
    shown = HTML.render(markdown.render(SHARING, locales=[state]))
    assert "<td>kk</td>\n<td>7 of 10</td>\n<td>1</td>\n<td>0</td>\n<td>0</td>\n<td>2</td>" in shown


def test_what_a_release_needs_is_a_list_to_tick() -> None:
    """Each missing thing is a task."""
    shown = markdown.render(SHARING, needs=["kk: 2 clauses are not translated", "1. a decision"])
    assert "### What a release still needs\n\n- [ ] kk: 2 clauses are not translated\n- [ ] 1\\. a decision\n" in shown


def test_without_languages_and_needs_there_are_no_headings() -> None:
    """What was not asked is not shown empty."""
    shown = markdown.render(SHARING)
    assert "### Languages" not in shown
    assert "still needs" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "a <img src=x onerror=y> tag",
        "a &lt;b&gt; entity \\& more",
        "# not a heading",
        "1\\. not a list",
        "a | b | c",
        "*stars* and _lines_ and ~~waves~~",
        "</details> the end",
    ],
)
def test_a_clause_is_shown_as_its_readers_see_it(text: str) -> None:
    """Rendered, the report has the words of the clause and no element that a clause smuggled in."""
    found = compared("Something else entirely stands here.", text)
    shown = HTML.render(markdown.render(found))
    tags = set(re.findall(r"<([a-z]\w*)", shown))
    assert tags <= TAGS
    words = unescape(re.sub(r"<[^>]+>", "", shown))
    assert [] == [row.new for row in found.rows if row.new and row.new not in words]
    assert shown.count("<details>") == shown.count("</details>")


def test_nobody_is_called() -> None:
    """A name behind an at sign notifies nobody, and a number behind a hash links no issue."""
    shown = markdown.render(compared("Nothing of that kind.", "Ask @octocat about #12 or write to help@example.org."))
    assert "@<!-- -->octocat" in shown
    assert "\\#<!-- -->12" in shown
    assert "help@example.org" in shown


def test_headings_in_a_summary_are_html() -> None:
    """Markdown does not work inside a summary, so its signs are not escaped there, and HTML's are."""
    found = compare_texts("# A_b <i> {#a}\n\none\n", "# A_b <i> {#a}\n\ntwo\n", names=("a", "b"), locale="en")
    assert "<summary>A_b &lt;i&gt; (material)</summary>" in markdown.render(found)


def test_names_are_escaped() -> None:
    """What was compared may be called anything."""
    assert markdown.render(compared("x", "y", ("_a_.md", "<b>.md"))).startswith("## \\_a\\_.md → \\<b\\>.md (en)")
