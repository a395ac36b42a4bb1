"""The HTML report: one file that asks nothing of the network, says marks in words, and obeys no policy's mark-up."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from policypress.comparison import compare_prints, compare_texts, find_print
from policypress.materiality import taxonomy
from policypress.reports import html
from policypress.source import worktree
from tests.policypress.conftest import FIRST, SECOND

_VOID = {"meta", "br", "hr", "img", "link", "input"}


class Tags(HTMLParser):
    """Every tag of a page with its attributes; open ones are counted off."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert tag == self.open.pop()

    def named(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


def compared(old: str, new: str, locale: str = "en"):
    """Return the comparison of two one-section texts."""
    return compare_texts(f"# A {{#a}}\n\n{old}\n", f"# A {{#a}}\n\n{new}\n", names=("a.md", "b.md"), locale=locale)


@pytest.fixture(scope="module")
def comparison(moulds):
    """Return what the second release changed, in English."""
    root = moulds["twice"]
    return compare_prints(worktree(root), find_print(root, FIRST), find_print(root, SECOND), "en")


def test_nothing_is_fetched(comparison) -> None:
    """No script, picture, font or style sheet comes from elsewhere, and the page forbids itself to ask."""
    page = html.render(comparison)
    tags = Tags(page)
    assert [] == [tag for tag, _ in tags.found if tag in ("script", "link", "img", "iframe", "object")]
    assert [] == re.findall(r"@import|url\(", page)
    policies = [meta["content"] for meta in tags.named("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    assert ["default-src 'none'; style-src 'unsafe-inline'"] == policies


def test_every_element_is_closed(comparison) -> None:
    """The page is well nested to its end."""
    assert [] == Tags(html.render(comparison)).open


def test_contents_lead_to_the_sections(comparison) -> None:
    """Each changed section stands once in the table of contents, which links to its heading."""
    tags = Tags(html.render(comparison))
    targets = {heading["id"] for heading in tags.named("h2")}
    links = [a["href"][1:] for a in tags.named("a") if a["href"].startswith("#")]
    assert len({row.heading for row in comparison.rows}) == len(links)
    assert set(links) <= targets


def test_class_categories_reasons_and_fingerprints_are_told(comparison) -> None:
    """Whoever decides has the class, the source of law, each reason and the name of each change."""
    page = html.render(comparison)
    assert '<span class="badge material">material</span>' in page
    assert taxonomy()["retention"].source in page
    assert [] == [row.finding.fingerprint for row in comparison.rows if row.finding.fingerprint not in page]


def test_marks_are_said_in_words() -> None:
    """A screen reader says what was added and removed; colour alone says nothing."""
    page = html.render(compared("We keep it for 12 months.", "We keep it for 24 months."))
    assert '<del><span class="sr" lang="en" dir="ltr">removed: </span>12 months' in page
    assert '<ins><span class="sr" lang="en" dir="ltr">added: </span>24 months' in page


def test_a_policy_cannot_act_in_the_report() -> None:
    """Tags, scripts and javascript: addresses of a text are shown, not obeyed."""
    page = html.render(compared("one", "one <script>x</script> [y](javascript:alert) </article>"))
    tags = Tags(page)
    assert [] == tags.named("script")
    assert [] == [a["href"] for a in tags.named("a") if a["href"].startswith("javascript:")]
    assert [] == tags.open


def test_names_of_files_are_escaped() -> None:
    """What was compared is shown as it is called."""
    page = html.render(compare_texts("# A\n", "# B\n", names=("<a>.md", "b&c.md"), locale="en"))
    assert "<h1>&lt;a&gt;.md → b&amp;c.md</h1>" in page


def test_right_to_left() -> None:
    """An Arabic redline runs from the right; the report's own words do not."""
    page = html.render(compared("نحتفظ بالبيانات 12 شهرًا.", "نحتفظ بالبيانات 24 شهرًا.", "ar"))
    assert '<p class="redline" lang="ar" dir="rtl">' in page
    assert '<html lang="en">' in page


def test_nothing_changed() -> None:
    """Equal texts are said to be equal."""
    assert "<p>No clause changed.</p>" in html.render(compared("x", "x"))
