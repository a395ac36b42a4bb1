"""What a reader does with the published site in a real browser: days that pass, comparisons, search, what is remembered."""

from __future__ import annotations

import re
import shutil
from datetime import date
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from policypress.builder import build
from policypress.document import plain
from policypress.edition import make_editions
from policypress.redline import redline, stop_words, tokens
from policypress.source import worktree
from tests.integration.test_browser import RELEASE, ROOT, announced, browser, page, served

__all__ = ["announced", "browser", "page"]
FIRST = "2024-08-08"
#: The last second before the release takes effect in Almaty, and the first one of its day.
EVE, DAY = "2027-01-14T18:59:59Z", "2027-01-14T19:00:00Z"
LOCALES = ("kk", "ru", "ar")


@pytest.fixture(scope="module")
def editions():
    """Return the releases of the shipped policy."""
    return make_editions(worktree(ROOT))


class TestTheDay:
    @pytest.mark.parametrize(("moment", "badge"), [(EVE, "in-force"), (DAY, "superseded")])
    def test_the_page_in_force_turns_without_a_rebuild(self, page, announced, moment, badge) -> None:
        """Until its last second the old text is in force; from the first second of the day it leads to the new one."""
        page.clock.set_fixed_time(moment)
        page.goto(f"{announced}kk/")
        shown = page.locator(".pp-status:visible")
        expect(shown).to_have_count(1)
        expect(shown).to_have_class(re.compile(f"pp-status--{badge}"))
        if badge == "superseded":
            shown.locator(f'a[href$="kk/archive/{RELEASE}/"]').last.click()
            expect(page.locator(".pp-status:visible")).to_have_class(re.compile("pp-status--in-force"))

    def test_the_announcement_turns(self, page, announced, editions) -> None:
        """`We are changing` becomes `Changed on`, with the same link."""
        say = editions.words["en"].say
        for moment, words in (
            (EVE, say("mail-opening", date="15 January 2027")),
            (DAY, say("changed-on", date="15 January 2027")),
        ):
            page.clock.set_fixed_time(moment)
            page.goto(f"{announced}en/archive/")
            assert words == page.locator(".pp-announcement p > span:visible").inner_text()

    def test_a_closed_announcement_stays_closed_and_the_next_one_shows(self, page, announced) -> None:
        """It is closed by keyboard, for this release and this date alone."""
        page.goto(f"{announced}kk/archive/")
        page.locator(".pp-close").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".md-banner")).to_be_hidden()
        page.goto(f"{announced}ru/")
        expect(page.locator(".md-banner")).to_be_hidden()
        page.evaluate("""() => { const key = Object.keys(localStorage).find((one) => one.endsWith(":closed"));
            localStorage.setItem(key, localStorage.getItem(key).replace("2027-01-15", "2027-01-14")); }""")
        page.reload()
        expect(page.locator(".pp-announcement")).to_be_visible()


class TestDates:
    @pytest.mark.parametrize(
        ("day", "release"), [("2024-08-08", FIRST), ("2027-01-14", FIRST), ("2027-01-15", RELEASE)]
    )
    def test_a_day_leads_to_the_text_that_applied(self, page, announced, day, release) -> None:
        """The first and the last day of a period count; the text says which day was asked for."""
        page.goto(f"{announced}kk/on/?date={day}")
        page.wait_for_url(f"{announced}kk/archive/{release}/?on={day}")
        expect(page.locator(".pp-applied")).to_contain_text(day[:4])

    def test_a_day_before_everything(self, page, announced, editions) -> None:
        """Nothing applied, and the page says so."""
        page.goto(f"{announced}ru/on/?date=2020-01-01")
        expect(page.locator(".pp-on-none")).to_contain_text(editions.words["ru"].say("none-applied"))

    def test_the_address_of_a_day(self, page, announced) -> None:
        """`/kk/on/<date>` is no file: the page for unknown addresses goes on to the text."""
        lost = announced + "404.html"
        page.route(re.compile(r"/kk/on/2026-03-03$"), lambda route: route.fulfill(response=route.fetch(url=lost)))
        page.goto(f"{announced}kk/on/2026-03-03")
        page.wait_for_url(f"{announced}kk/archive/{FIRST}/?on=2026-03-03")


class TestCompare:
    def test_two_languages_side_by_side_as_printed(self, page, announced, editions) -> None:
        """Each clause that changed in Kazakh stands beside the same in Russian, with the marks of the printed page."""
        page.goto(f"{announced}kk/compare/?from={FIRST}&to={RELEASE}&lang=kk&with=ru")
        changed = page.locator("tr.pp-row--changed")
        expect(changed.first).to_be_visible()
        for locale in ("kk", "ru"):
            text = editions.get(RELEASE).bundle.locales[locale]
            there = changed.locator(f"td[lang={locale}]").evaluate_all(
                "cells => cells.map((cell) => cell.innerHTML.replaceAll('&nbsp;', '\u00a0'))"
            )
            assert len(text.changes) == sum("pp-badge" in cell for cell in there)
            marks = {mark for cell in there for mark in re.findall(r"<(?:ins|del)>.*?</(?:ins|del)>", cell)}
            printed = {mark for one in text.changes for mark in re.findall(r"<(?:ins|del)>.*?</(?:ins|del)>", one.html)}
            assert printed == marks
        assert [] == page.complaints

    def test_on_a_telephone_one_language_stands_below_the_other(self, page, announced) -> None:
        """Each says which it is, and what did not change stays away until it is asked for."""
        page.set_viewport_size({"width": 375, "height": 800})
        page.goto(f"{announced}kk/compare/?from={FIRST}&to={RELEASE}&lang=kk&with=ar")
        cells = page.locator("tr.pp-row--changed").first.locator("td.pp-cell")
        above, below = (cells.nth(place).bounding_box() for place in (0, 1))
        assert above["y"] + above["height"] <= below["y"] + 1
        assert 300 < above["width"] == below["width"]
        expect(cells.nth(1)).to_have_attribute("data-language", "العربية")
        same = page.locator("tr.pp-row--same:not(.pp-row--context)").first
        expect(same).to_be_hidden()
        page.locator("#pp-only").uncheck()
        expect(same).to_be_visible()

    def test_a_link_to_one_clause(self, page, announced) -> None:
        """The link of a clause opens the same comparison at that clause, even if it did not change."""
        page.goto(f"{announced}en/compare/?from={FIRST}&to={RELEASE}&lang=en")
        expect(page.locator("tr.pp-row--same").first).to_be_attached()
        link = page.locator("tr.pp-row--same:not(.pp-row--context) .headerlink").nth(5)
        address = link.evaluate("link => link.href")
        page.goto("about:blank")
        page.goto(address)
        expect(page.locator("tr.pp-row--target")).to_be_visible()

    def test_the_other_way_round_and_one_release_twice(self, page, announced, editions) -> None:
        """What was added is removed when read backwards; a release beside itself has nothing marked."""
        page.goto(f"{announced}en/compare/?from={RELEASE}&to={FIRST}&lang=en")
        expect(page.locator(".pp-badge--removed").first).to_be_visible()
        expect(page.locator(".pp-badge--added")).to_have_count(0)
        page.goto(f"{announced}en/compare/?from={RELEASE}&to={RELEASE}&lang=en")
        expect(page.locator(".pp-compare-table")).to_be_visible()
        expect(page.locator(":is(ins, del)")).to_have_count(0)

    def test_texts_that_cannot_be_loaded(self, page, announced, editions) -> None:
        """The page says so in its language, and shows nothing half."""
        page.route("**/releases/**", lambda route: route.abort())
        page.goto(f"{announced}ar/compare/")
        expect(page.locator(".pp-compare-state")).to_have_text(editions.words["ar"].say("compare-failed"))

    def test_the_browser_marks_what_the_press_marks(self, page, announced, editions) -> None:
        """The same runs for every changed clause of the policy in each language, and for hard pairs of words."""
        pairs = [(locale, "", "") for locale in ("en",)]
        for locale, text in editions.get(RELEASE).bundle.locales.items():
            pairs += [(locale, plain(one.old), plain(one.new)) for one in text.changes]
        documents = editions.get(FIRST).printed.documents
        for locale, document in documents.items():
            clauses = [plain(clause.text) for _, clause in document.clauses()][:60]
            pairs += [(locale, one, two) for one, two in pairwise(clauses)]
        page.goto(f"{announced}en/")
        asked = [[tokens(old), tokens(new), sorted(stop_words(locale))] for locale, old, new in pairs]
        found = page.evaluate(
            """async ([base, asked]) => { const { redline } = await import(base + "assets/policypress/redline.js");
            return asked.map(([old, fresh, stop]) => redline(old, fresh, stop).map((run) => [run.op, run.old, run.new, run.shown])); }""",
            [announced, asked],
        )
        expected = [
            [[run.op, run.old, run.new, run.shown] for run in redline(old, new, locale=locale)]
            for locale, old, new in pairs
        ]
        assert 200 < len(pairs)
        assert expected == found


class TestRemembered:
    def test_what_changed_since_the_text_was_read_to_its_end(self, page, announced) -> None:
        """Only a text that was shown to its end counts as read; then a newer one offers the redline since."""
        page.goto(f"{announced}en/")
        page.goto(f"{announced}en/upcoming/")
        expect(page.locator(".pp-offer")).to_be_hidden()
        page.goto(f"{announced}en/")
        page.locator(".pp-read-to-the-end").scroll_into_view_if_needed()
        # not `wait_for_function`: it evaluates text, which the site's security policy forbids
        for _ in range(100):
            if page.evaluate("Object.keys(localStorage).some((key) => key.endsWith(':read'))"):
                break
            page.wait_for_timeout(50)
        page.goto(f"{announced}en/upcoming/")
        link = page.locator(".pp-offer a")
        expect(link).to_be_visible()
        link.click()
        page.wait_for_url(f"{announced}en/compare/?from={FIRST}&to={RELEASE}")
        expect(page.locator("ins").first).to_be_visible()

    def test_the_first_page_speaks_the_browsers_language_then_the_chosen_one(self, page, announced) -> None:
        """`/` goes to Kazakh for a Kazakh browser, and to Arabic once Arabic was chosen; nowhere else is redirected."""
        page.goto(announced)
        page.wait_for_url(f"{announced}kk/")
        page.locator("header .md-select").hover()
        page.locator("header .md-select a[hreflang=ar]").click()
        page.wait_for_url(f"{announced}ar/")
        page.goto(announced)
        page.wait_for_url(f"{announced}ar/")
        page.goto(f"{announced}ru/")
        assert f"{announced}ru/" == page.url
        page.goto(f"{announced}#languages")
        expect(page.locator(".pp-chooser")).to_be_visible()


class TestSearch:
    @pytest.mark.parametrize(
        ("locale", "query", "marked"),
        [
            ("kk", "деректерге", "дерек"),
            ("kk", "кукыктар", "құқық"),
            ("kk", "келисим", "келісім"),
            ("ru", "хранению", "хран"),
            ("ru", "согласием", "соглас"),
            ("ru", "учетной", "учётн"),
            ("ar", "بيانات", "بيانات"),
            ("ar", "الاطفال", "أطفال"),
            ("en", "collecting", "collect"),
            ("en", "coo", "cookies"),
        ],
    )
    def test_words_are_found_in_their_forms(self, page, announced, locale, query, marked) -> None:
        """Other endings, letters without their marks, beginnings of words."""
        page.goto(f"{announced}{locale}/search/?q={query}")
        expect(page.locator(".pp-results li").first).to_be_visible()
        found = " ".join(page.locator(".pp-results li").all_inner_texts()).lower()
        assert marked in found

    def test_by_keyboard_from_the_header(self, page, announced, editions) -> None:
        """A word and Enter in the header open the results; Tab and Enter the section."""
        page.goto(f"{announced}kk/archive/")
        page.locator(".pp-search input").focus()
        page.keyboard.type("cookie")
        page.keyboard.press("Enter")
        expect(page.locator(".pp-results li").first).to_be_visible()
        page.locator(".pp-results a").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/kk/(upcoming/)?#"))

    def test_nothing_found(self, page, announced, editions) -> None:
        """The page says so, and a screen reader hears it."""
        page.goto(f"{announced}ru/search/?q=ыыыъъъ")
        expect(page.locator(".pp-search-state[role=status]")).to_have_text(editions.words["ru"].say("no-results"))

    def test_the_archive_is_asked_for_only_when_it_is_wanted(self, page, announced) -> None:
        """Its file is loaded by the tick of its box."""
        page.goto(f"{announced}en/search/?q=data")
        expect(page.locator(".pp-results li").first).to_be_visible()
        asked = f"{announced}en/archive/search.json"
        assert asked not in page.requests
        with page.expect_request(asked):
            page.locator("#pp-search-archive").check()


ENGLISH = re.compile(r"[A-Za-z][A-Za-z’'-]+")


class TestLanguage:
    @pytest.mark.parametrize("locale", LOCALES)
    def test_no_english_is_left(self, page, announced, editions, locale) -> None:
        """Of Latin words a page shows, or a screen reader says, only names, addresses and what the texts themselves say."""
        release = editions.get(RELEASE)
        known = set(
            ENGLISH.findall(release.printed.files[f"{locale}.md"] + editions.get(FIRST).printed.files[f"{locale}.md"])
        )
        known |= set(ENGLISH.findall(" ".join(row.name for row in release.bundle.locales.values())))
        known |= {
            *ENGLISH.findall(release.printed.practices.controller.name),
            "Atom",
            "PDF",
            "JavaScript",
            editions.settings.company,
        }
        found = {}
        for path in (
            "",
            "upcoming/",
            "archive/",
            f"archive/{RELEASE}/",
            f"changes/{RELEASE}/",
            "compare/",
            "on/",
            "search/?q=a",
            "search/?q=ыъыъ",
            "on/?date=2020-01-01",
            "on/?date=2027-02-01",
            "nothing/here",
        ):
            page.goto(f"{announced}{locale}/{path}")
            if path.startswith(("compare", "search/?q=a")):
                page.locator(".pp-compare-table, .pp-results li").first.wait_for()
            if path.endswith("ыъыъ"):
                expect(page.locator(".pp-search-state")).not_to_be_empty()
            if path == "on/?date=2027-02-01":
                page.wait_for_url(f"{announced}{locale}/archive/{RELEASE}/?on=2027-02-01")
                expect(page.locator(".pp-applied")).to_be_visible()
            if strange := set(ENGLISH.findall(page.evaluate(SAID))) - known:
                found[path] = sorted(strange)
        assert {} == found


#: Everything that a page says: text, names and hints; without what is marked as another language, and addresses.
SAID = """() => {
  const own = document.documentElement.lang, said = [document.title];
  for (const one of document.head.querySelectorAll("meta[name=description], meta[property='og:title'], link[title]")) {
    said.push(one.content ?? one.title);
  }
  const foreign = (node) => { const one = node.closest("[lang]"); return one && one.lang !== own; };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.closest("script, style, noscript") || foreign(node)) continue;
    for (const name of ["title", "aria-label", "placeholder", "alt"]) said.push(node.getAttribute(name) ?? "");
    for (const child of node.childNodes) if (child.nodeType === Node.TEXT_NODE) said.push(child.data);
  }
  return said.join("\\n").replace(/(?:https?:\\/\\/|mailto:)\\S+|\\S+@\\S+|\\{\\w+\\}/g, " ");
}"""


#: Whatever can be seen and asks for a script: it would do nothing.
IDLE = ".pp-compare-form, .pp-search-form, .pp-on-form, .pp-close, .pp-push, .pp-offer, .pp-applied, .pp-announcement button"


class TestWithoutScript:
    @pytest.mark.parametrize("locale", ["ar"])
    def test_every_kind_of_page_is_read_and_left(self, browser, announced, locale) -> None:
        """Each has its title and something to read, no control that does nothing, and ways on that work."""
        context = browser.new_context(java_script_enabled=False)
        try:
            page = context.new_page()
            kinds = (
                "",
                "upcoming/",
                "archive/",
                f"archive/{FIRST}/",
                f"changes/{RELEASE}/",
                "compare/",
                "on/",
                "search/",
            )
            for path in kinds:
                page.goto(f"{announced}{locale}/{path}")
                expect(page.locator("main h1")).to_be_visible()
                assert 60 < len(page.locator("article").inner_text()), path
                assert 0 == page.locator(IDLE).locator("visible=true").count(), path
                expect(page.locator(".pp-announcement")).to_be_visible()
                assert 0 < page.locator("article a:visible").count(), path
            page.goto(f"{announced}{locale}/changes/{RELEASE}/")
            expect(page.locator("ins").first).to_be_visible()
            page.locator("header .md-select button").focus()
            expect(page.locator("header .md-select a[hreflang=ru]")).to_be_visible()
            page.goto(f"{announced}{locale}/")
            page.set_viewport_size({"width": 375, "height": 800})
            page.locator(".pp-contents summary").click()
            page.locator('.pp-contents a[href="#updates"]').click()
            expect(page.locator("h2#updates")).to_be_in_viewport()
        finally:
            context.close()

    def test_an_unknown_address_is_answered_in_every_language(self, browser, announced) -> None:
        """All languages stay, each with its links."""
        context = browser.new_context(java_script_enabled=False)
        try:
            page = context.new_page()
            page.goto(f"{announced}kk/nothing/here")
            expect(page.locator(".pp-missing:visible")).to_have_count(4)
        finally:
            context.close()

    def test_days_comparisons_and_texts_are_reached(self, browser, announced) -> None:
        """The table of periods, the printed changes and the statements of the day stand on the pages."""
        context = browser.new_context(java_script_enabled=False)
        try:
            page = context.new_page()
            page.goto(f"{announced}kk/on/")
            expect(page.locator(".pp-periods tbody tr")).to_have_count(2)
            page.goto(f"{announced}kk/compare/")
            page.locator("noscript a").click()
            page.wait_for_url(f"{announced}kk/changes/{RELEASE}/")
            page.goto(f"{announced}kk/")
            expect(page.locator(".pp-status:visible")).to_have_count(1)
        finally:
            context.close()


#: What stands in for the browser maker's push service, which no test may reach.
PUSH_SERVICE = """PushManager.prototype.subscribe = async (options) => ({
  toJSON: () => ({ endpoint: "https://push.example/1", expirationTime: null, keys: { p256dh: options.applicationServerKey, auth: "a" } }),
});"""
NOTICES = "https://notices.example.org/"


@pytest.fixture(scope="module")
def subscribable(tmp_path_factory):
    """Return the address of the policy with a notices' server."""
    root = tmp_path_factory.mktemp("subscribable")
    for part in ("policy_src", "locales"):
        shutil.copytree(ROOT / part, root / part)
    shutil.copy(ROOT / "mkdocs.yml", root)
    settings = root / "policy_src/policy.toml"
    settings.write_text(f'notices_url = "{NOTICES}"\n' + settings.read_text(encoding="utf-8"), encoding="utf-8")
    with served(build(root, as_of=date.fromisoformat(RELEASE), site=root / "site")) as address:
        yield address


class TestNotices:
    def test_nothing_is_asked_before_the_click(self, page, subscribable, editions) -> None:
        """The button alone asks the notices' server, once for its key and once to be told, in the page's language."""
        say, asked = editions.words["kk"].say, []

        def answer(route) -> None:
            asked.append((route.request.method, route.request.url, route.request.post_data_json))
            route.fulfill(status=200, json={"key": "BKey"}, headers={"Access-Control-Allow-Origin": "*"})

        page.context.grant_permissions(["notifications"])
        page.context.add_init_script(PUSH_SERVICE)
        page.route(f"{NOTICES}**", answer)
        page.goto(f"{subscribable}kk/")
        button = page.locator(".pp-push button")
        expect(button).to_have_text(say("push-subscribe"))
        assert ([], []) == (asked, [url for url in page.requests if "push.js" in url])
        button.click()
        expect(page.locator(".pp-push [role=status]")).to_have_text(say("push-done"))
        keys = {"p256dh": "BKey", "auth": "a"}
        body = {"endpoint": "https://push.example/1", "expirationTime": None, "keys": keys, "locale": "kk"}
        assert [("GET", f"{NOTICES}push/key", None), ("POST", f"{NOTICES}push/subscribe", body)] == [
            one for one in asked if one[0] != "OPTIONS"
        ]

    def test_a_server_that_fails_is_told(self, page, subscribable, editions) -> None:
        """The reader hears that it did not work, and may try again."""
        page.context.grant_permissions(["notifications"])
        page.route(f"{NOTICES}**", lambda route: route.fulfill(status=503))
        page.goto(f"{subscribable}ru/")
        page.locator(".pp-push button").click()
        expect(page.locator(".pp-push [role=status]")).to_have_text(editions.words["ru"].say("push-failed"))

    def test_without_a_server_there_is_no_button(self, page, announced) -> None:
        """A site whose policy names no notices' server has nothing to subscribe to."""
        page.goto(f"{announced}kk/")
        expect(page.locator(".pp-push")).to_have_count(0)


class TestKeyboard:
    def test_from_one_language_to_the_other(self, page, announced) -> None:
        """The languages open when their button is reached, and Tab and Enter choose one."""
        page.goto(f"{announced}kk/archive/")
        page.locator("header .md-select button").focus()
        for _ in range(4):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.hreflang") == "ru":
                break
        expect(page.locator("header .md-select a[hreflang=ru]")).to_be_visible()
        page.keyboard.press("Enter")
        page.wait_for_url(f"{announced}ru/archive/")

    def test_a_comparison_is_asked_for_and_its_changes_shown(self, page, announced) -> None:
        """Selects, button and box of the comparison work without a pointer, and say what they found."""
        page.goto(f"{announced}en/compare/")
        expect(page.locator(".pp-compare-table")).to_be_visible()
        page.locator("#pp-with").focus()
        for _ in range(3):
            page.keyboard.press("ArrowDown")
        page.locator(".pp-compare-form button").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("with=ru"))
        expect(page.locator(".pp-compare-table--2")).to_be_visible()
        expect(page.locator(".pp-compare-state[role=status]")).to_contain_text("changes")
        page.locator("#pp-only").focus()
        page.keyboard.press("Space")
        expect(page.locator("tr.pp-row--same").first).to_be_visible()

    def test_what_is_focused_is_seen(self, page, announced) -> None:
        """Each place that Tab reaches on the archive shows that it is focused, in forced colours too."""
        for colours in ("none", "active"):
            page.emulate_media(forced_colors=colours)
            page.goto(f"{announced}ar/archive/")
            unseen = []
            for _ in range(25):
                page.keyboard.press("Tab")
                if lost := page.evaluate(UNSEEN):
                    unseen.append(lost)
            assert [] == unseen, colours


#: The focused element, where neither an outline nor anything of its own tells that it is.
UNSEEN = """() => {
  const one = document.activeElement;
  if (!one || one === document.body || one.type === "checkbox") return "";
  const style = getComputedStyle(one);
  return style.outlineStyle !== "none" && style.outlineWidth !== "0px" ? "" : one.outerHTML.slice(0, 120);
}"""
