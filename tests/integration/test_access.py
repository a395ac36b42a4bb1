"""The published site for those who use no mouse, big letters, narrow screens, their own colours or no motion."""

from __future__ import annotations

import re
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests.integration.test_browser import PAGES, RELEASE, announced, browser, page

__all__ = ["announced", "browser", "page"]
#: Whole pages of one language that have all that a reader can reach.
WALKED = ("kk/", f"kk/changes/{RELEASE}/", "ar/compare/?with=en", "ru/archive/", "en/on/", "kk/search/?q=дерек")
#: A desk's screen; the same at 200 %; a telephone.
SCREENS = {"desk": (1280, 800, 1), "at 200 %": (640, 400, 2), "telephone": (320, 640, 2)}
#: Whether the focused element can be seen: somewhere on the screen, and not behind anything else.
SEEN = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return "";
  const inside = ({ left, right, top, bottom }) => right > 0 && left < innerWidth && bottom > 0 && top < innerHeight;
  const shown = [...one.getClientRects()].filter(inside).some((box) => {
    const x = Math.min(Math.max((box.left + box.right) / 2, 1), innerWidth - 1);
    const y = Math.min(Math.max((box.top + box.bottom) / 2, 1), innerHeight - 1);
    const there = document.elementFromPoint(x, y);
    return there && (one.contains(there) || there.contains(one) || there.closest("label")?.control === one);
  });
  return shown ? "" : one.outerHTML.slice(0, 160);
}"""
FOCUSED = "() => document.activeElement === document.body ? '' : document.activeElement.outerHTML.slice(0, 200)"


@contextmanager
def screen(browser, name: str, **more):
    """Open a page on a kind of screen."""
    width, height, scale = SCREENS[name]
    context = browser.new_context(viewport={"width": width, "height": height}, device_scale_factor=scale, **more)
    try:
        yield context.new_page()
    finally:
        context.close()


class TestKeyboard:
    @pytest.mark.parametrize("path", WALKED)
    def test_the_first_stop_leads_to_the_content(self, page, announced, path) -> None:
        """Tab and Enter pass by all that is the same on every page."""
        page.goto(announced + path)
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("Tab")
        expect(page.locator(".md-skip")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('#pp-content, .pp-footer') !== null")

    @pytest.mark.slow
    @pytest.mark.parametrize("name", SCREENS)
    @pytest.mark.parametrize("key", ["Tab", "Shift+Tab"])
    def test_what_is_focused_is_never_hidden(self, browser, announced, name, key) -> None:
        """Forwards and backwards, on any screen, each stop is seen whole or in part (WCAG 2.2, 2.4.11)."""
        with screen(browser, name) as sheet:
            for path in WALKED[:2]:
                sheet.goto(announced + path)
                hidden = []
                for _ in range(45):
                    sheet.keyboard.press(key)
                    if lost := sheet.evaluate(SEEN):
                        hidden.append(lost)
                assert [] == hidden, path

    def test_the_languages_are_closed_by_escape(self, page, announced) -> None:
        """Open on focus, closed by Escape and open again when gone into; closed they let the pointer through."""
        page.goto(f"{announced}kk/")
        menu, button = page.locator("header .md-select__inner"), page.locator("header .md-select button")
        expect(menu).to_have_css("opacity", "0")
        assert page.evaluate(f"({THROUGH})()")
        button.focus()
        expect(menu).to_have_css("opacity", "1")
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        expect(button).to_be_focused()
        expect(menu).to_have_css("opacity", "0")
        page.keyboard.press("Tab")
        expect(menu).to_have_css("opacity", "1")

    def test_the_contents_open_and_lead_on(self, browser, announced) -> None:
        """Where there are no columns at the side, Enter opens the contents, and their links lead to section and page."""
        for name in ("at 200 %", "telephone"):
            with screen(browser, name) as sheet:
                sheet.goto(f"{announced}kk/")
                reach(sheet, "summary")
                sheet.keyboard.press("Enter")
                expect(sheet.locator(".pp-contents nav")).to_be_visible()
                reach(sheet, 'href="#updates"')
                sheet.keyboard.press("Enter")
                expect(sheet.locator("h2#updates")).to_be_in_viewport()
                sheet.goto(f"{announced}kk/")
                reach(sheet, "summary")
                sheet.keyboard.press("Enter")
                reach(sheet, "archive/")
                sheet.keyboard.press("Enter")
                sheet.wait_for_url(f"{announced}kk/archive/")

    def test_from_the_archive_to_a_release_and_its_changes(self, page, announced) -> None:
        """A release and what it changed are reached from the list by Tab and Enter."""
        page.goto(f"{announced}ru/archive/")
        reach(page, f'href="../../ru/changes/{RELEASE}/"')
        page.keyboard.press("Enter")
        page.wait_for_url(f"{announced}ru/changes/{RELEASE}/")

    def test_closing_the_announcement_goes_on_at_the_title(self, page, announced) -> None:
        """The button is reached by Tab; once it is gone, focus is not lost."""
        page.goto(f"{announced}ar/archive/")
        reach(page, "pp-close")
        page.keyboard.press("Enter")
        expect(page.locator(".md-banner")).to_be_hidden()
        expect(page.locator("main h1")).to_be_focused()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('article') !== null")


#: Whether a point where the open list of languages would be belongs to the page below.
THROUGH = """() => {
  const box = document.querySelector("header .md-select button").getBoundingClientRect();
  return !document.elementFromPoint(box.left + 4, box.bottom + 60).closest(".md-select");
}"""


def reach(sheet, part: str) -> None:
    """Press Tab until the focused element has a part in its mark-up."""
    for _ in range(120):
        sheet.keyboard.press("Tab")
        if part in sheet.evaluate(FOCUSED):
            return
    pytest.fail(f"Tab never reaches {part}")


def test_nothing_runs_over_at_200_percent(browser, announced) -> None:
    """At twice the size every kind of page is read by scrolling in one direction."""
    with screen(browser, "at 200 %") as sheet:
        wide = []
        for path in PAGES:
            sheet.goto(announced + path)
            if sheet.evaluate("document.documentElement.scrollWidth") > SCREENS["at 200 %"][0]:
                wide.append(path)
        assert [] == wide


def test_more_room_between_letters_hides_nothing(page, announced) -> None:
    """With the spacing of WCAG 1.4.12 no text of a page is cut or runs over, on a telephone too."""
    page.set_viewport_size({"width": 375, "height": 800})
    for path in WALKED:
        page.goto(announced + path)
        page.evaluate(SPACED)
        assert (path, 375) == (path, page.evaluate("document.documentElement.scrollWidth"))
        assert [] == page.evaluate(CUT), path


#: Not by an element: the policy of the site allows no style that it does not know.
SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
    p { margin-block-end: 2em !important; }`);
  document.adoptedStyleSheets = [sheet];
}"""
CUT = """() => [...document.querySelectorAll("article :is(p, li, h1, h2, h3, dd, a, summary, strong), .md-banner p")]
  .filter((one) => one.offsetParent && getComputedStyle(one).overflow !== "visible" && !one.closest(".pp-sr"))
  .filter((one) => one.scrollHeight > one.clientHeight + 1).map((one) => one.outerHTML.slice(0, 120))"""


def test_nothing_moves_for_those_who_asked_for_that(page, announced) -> None:
    """With reduced motion there is no transition, no animation and no smooth scrolling on any kind of page."""
    page.emulate_media(reduced_motion="reduce")
    for path in PAGES:
        page.goto(announced + path)
        assert [] == page.evaluate(MOVING), path
    page.emulate_media(reduced_motion="no-preference")
    page.goto(f"{announced}kk/")
    assert [] != page.evaluate(MOVING)


MOVING = """() => [...document.querySelectorAll("*")].filter((one) => {
  const style = getComputedStyle(one);
  const moves = (times) => times.split(",").some((time) => parseFloat(time) > 0);
  return moves(style.transitionDuration) || style.animationName !== "none" || style.scrollBehavior === "smooth";
}).map((one) => one.outerHTML.slice(0, 80))"""


class TestColoursOfTheReader:
    def test_marks_and_states_do_not_hang_on_colour(self, page, announced) -> None:
        """In forced colours what came is underlined, what went is struck through, and states have an edge."""
        page.emulate_media(forced_colors="active")
        page.goto(f"{announced}kk/changes/{RELEASE}/")
        for mark, line in (("ins", "underline"), ("del", "line-through")):
            expect(page.locator(mark).first).to_have_css("text-decoration-line", line)
        expect(page.locator(".pp-badge").first).to_have_css("border-top-style", "solid")
        expect(page.locator(".pp-status:visible")).to_have_css("border-top-style", "solid")

    def test_a_clause_that_is_linked_to_is_seen(self, page, announced) -> None:
        """The clause of a comparison that the address names has an outline in the colours of the system."""
        page.emulate_media(forced_colors="active")
        page.goto(f"{announced}en/compare/#c1")
        expect(page.locator(".pp-row--target")).to_have_css("outline-style", "solid")

    def test_marks_are_told_in_words(self, page, announced) -> None:
        """A screen reader hears where text came or went, and where that ends, in the page's language."""
        for path in (f"kk/changes/{RELEASE}/", f"kk/compare/?from=2024-08-08&to={RELEASE}"):
            page.goto(announced + path)
            for mark, words in (("ins", "Қосылған мәтін:"), ("del", "Алып тасталған мәтін:")):
                one = page.locator(mark).first
                expect(one).to_be_attached()
                told = one.text_content()
                assert told.startswith(words)
                assert re.search(r"\(өзгерістің соңы\)$", told.strip())


def test_paper_has_the_text_and_what_it_is(page, announced) -> None:
    """Printed, each kind of page keeps its statements and its marks, and loses what only a screen can use."""
    page.emulate_media(media="print")
    for path in WALKED[:4]:
        page.goto(announced + path)
        expect(page.locator("main h1")).to_be_visible()
        for gone in (".md-header", ".md-sidebar", ".pp-contents", ".md-banner", ".pp-compare-form", ".headerlink"):
            assert 0 == page.locator(f"{gone}:visible").count(), (path, gone)
    page.goto(f"{announced}en/compare/")
    said = page.locator(".pp-compare-state")
    expect(said).to_have_text("Version of 8 August 2024 – Version of 1 December 2026 · 9 changes")
    page.goto(f"{announced}kk/changes/{RELEASE}/")
    expect(page.locator(".pp-status:visible")).to_be_visible()
    expect(page.locator("del").first).to_have_css("text-decoration-line", "line-through")
