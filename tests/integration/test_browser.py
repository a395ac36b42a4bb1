"""The published site in a real browser: the shipped policy, served on this machine, as its readers open it."""

from __future__ import annotations

import os
import shutil
import threading
from contextlib import contextmanager
from datetime import date
from fnmatch import fnmatchcase
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error, expect, sync_playwright

from policypress.builder import build
from tests import needs

ROOT = Path(__file__).resolve().parents[2]
RELEASE = "2026-12-01"
ARGUMENTS = ["--disable-gpu", "--disable-background-networking"]
#: A machine that is busy with other things needs longer than the five seconds that an expectation is given.
PATIENCE = 30_000


class Host(SimpleHTTPRequestHandler):
    """Serves files as a host does that reads `_headers` and shows `404.html`; says nothing."""

    def log_message(self, *_) -> None:
        """Keep the test's output clean."""

    def end_headers(self) -> None:
        """Send what `_headers` names for the address."""
        for name, value in sent(Path(self.directory), urlsplit(self.path).path).items():
            self.send_header(name, value)
        super().end_headers()

    def send_error(self, code, message=None, explain=None) -> None:
        """Answer an unknown address with the site's own page."""
        lost = Path(self.directory) / "404.html"
        if code != HTTPStatus.NOT_FOUND or not lost.is_file():
            super().send_error(code, message, explain)
            return
        body = lost.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def sent(site: Path, path: str) -> dict[str, str]:
    """Return the headers of an address: every block of `_headers` whose pattern it fits, the last word counts."""
    found, fits, file = {}, False, site / "_headers"
    for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
        if line.startswith("/"):
            fits = fnmatchcase(path, line)
        elif fits and not line.startswith("#"):
            name, _, value = line.strip().partition(": ")
            found[name] = value
    return found


@contextmanager
def served(folder: Path):
    """Serve a folder on loopback; yield its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Host, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def browser():
    """Return the system's browser, else Playwright's own; without one the tests fail under CI and skip elsewhere."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    sandbox = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
    with sync_playwright() as play:
        try:
            opened = play.chromium.launch(executable_path=program, args=[*ARGUMENTS, *sandbox])
        except Error as error:
            if program:
                raise
            needs.lacks(
                f"no browser: none of {', '.join(names)} on PATH, and `playwright install chromium` not run: {error.name}"
            )
        expect.set_options(timeout=PATIENCE)
        yield opened
        opened.close()


def built(day: str, tmp_path_factory) -> Path:
    """Build the shipped policy for a day, outside the checkout."""
    return build(ROOT, as_of=date.fromisoformat(day), site=tmp_path_factory.mktemp("site") / "site")


@pytest.fixture(scope="module")
def announced(tmp_path_factory):
    """Return the address of the site on the day the second release is announced."""
    with served(built(RELEASE, tmp_path_factory)) as address:
        yield address


@pytest.fixture(scope="module")
def effective(tmp_path_factory):
    """Return the address of the site on the day the second release takes effect."""
    with served(built("2027-01-15", tmp_path_factory)) as address:
        yield address


@pytest.fixture
def page(browser):
    """Return a page that keeps what it asked for and complained of in `requests` and `complaints`."""
    context = browser.new_context(locale="kk-KZ", viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.requests, opened.complaints = [], []
    opened.on("request", lambda request: opened.requests.append(request.url))
    opened.on("console", lambda message: opened.complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    yield opened
    context.close()


def test_a_kazakh_reader_finds_section_nine_its_redline_and_english(page, announced) -> None:
    """The Kazakh policy, its section on updates, what changes there, and the way back to the same page in English."""
    page.goto(f"{announced}kk/")
    expect(page.locator("html")).to_have_attribute("lang", "kk")
    expect(page.locator("h2#updates")).to_contain_text("9.")
    page.goto(f"{announced}kk/changes/{RELEASE}/")
    redline = page.locator("section.pp-change", has=page.locator("#change-updates"))
    expect(redline.locator("ins").first).to_be_visible()
    expect(redline.locator("h3")).to_contain_text("9.")
    page.locator("header .md-select").hover()
    page.locator("header .md-select a[hreflang=en]").click()
    page.wait_for_url(f"{announced}en/changes/{RELEASE}/")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("section.pp-change", has=page.locator("#change-updates")).locator("ins").first).to_be_visible()
    assert [] == page.complaints


#: Every kind of page, each in one language.
PAGES = [
    "",
    f"kk/compare/?from=2024-08-08&to={RELEASE}&lang=kk&with=ar",
    "ru/search/?q=data",
    "ar/on/",
    "kk/",
    "ru/upcoming/",
    "en/archive/",
    f"kk/archive/{RELEASE}/",
    f"ru/changes/{RELEASE}/",
    "404.html",
    "#languages",
]


def test_no_request_leaves_the_site_and_nothing_complains(page, announced) -> None:
    """Under the headers of the site no page asks anybody else for anything, sets a cookie or breaks the policy."""
    policy = page.request.get(announced).headers["content-security-policy"]
    assert "script-src 'self' 'sha256-" in policy
    for path in PAGES:
        page.goto(announced + path)
        page.wait_for_load_state("networkidle")
    assert len(PAGES) < len(page.requests)
    assert [] == [url for url in page.requests if not url.startswith((announced, "data:"))]
    assert [] == page.complaints
    assert [] == page.context.cookies()


def test_the_policy_of_the_site_is_in_force(page, announced) -> None:
    """A script that a page did not come with is not run, and the browser says why."""
    page.goto(f"{announced}kk/")
    page.evaluate("document.head.append(Object.assign(document.createElement('script'), {text: 'window.broken = 1'}))")
    assert page.evaluate("window.broken") is None
    assert "Content Security Policy" in page.complaints[0]


class TestUnknownAddresses:
    @pytest.mark.parametrize("locale", ["en", "kk", "ru", "ar"])
    @pytest.mark.parametrize("below", ["nothing/", "archive/1999-01-01/", "a/b/c"])
    def test_answered_in_the_language_of_the_address(self, page, announced, locale, below) -> None:
        """Status 404, one language, its direction, and links that lead on, however deep the address."""
        answer = page.goto(f"{announced}{locale}/{below}")
        assert 404 == answer.status
        shown = page.locator(".pp-missing:visible")
        expect(shown).to_have_count(1)
        expect(shown).to_have_attribute("lang", locale)
        direction = "rtl" if locale == "ar" else "ltr"
        assert [locale, direction, direction] == page.evaluate(
            "[document.documentElement.lang, document.documentElement.dir, getComputedStyle(document.querySelector('h1')).direction]"
        )
        assert page.title() == f"404 · {shown.locator('h2').inner_text()}"
        assert [] == [url for url in page.requests if not url.startswith(announced)]
        assert [] == [text for text in page.complaints if "404" not in text]
        shown.locator("a").first.click()
        page.wait_for_url(f"{announced}{locale}/")

    def test_an_address_of_no_language_is_answered_in_all(self, page, announced) -> None:
        """Each language says it, with its own links."""
        page.goto(f"{announced}privacy.html")
        expect(page.locator(".pp-missing:visible")).to_have_count(4)


def test_nothing_runs_over_on_a_telephone(page, announced) -> None:
    """No page is ever wider than the screen, from 320 px up."""
    wide = []
    for path in PAGES:
        page.set_viewport_size({"width": 375, "height": 800})
        page.goto(announced + path)
        for width in (375, 320):
            page.set_viewport_size({"width": width, "height": 800})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wide.append((path, width))
    assert [] == wide


def test_the_announcement_is_there_until_the_day(page, announced, effective) -> None:
    """On the day of publication a page announces the change and leads to it; on its day the line is gone."""
    page.goto(f"{announced}kk/archive/")
    banner = page.locator(".pp-announcement")
    expect(banner).to_be_visible()
    expect(banner).to_have_attribute("data-effective", "2027-01-15")
    banner.locator("a").click()
    page.wait_for_url(f"{announced}kk/changes/{RELEASE}/")
    page.goto(f"{effective}kk/archive/")
    expect(page.locator(".pp-announcement")).to_have_count(0)


def test_the_text_in_force_turns_with_the_day(page, announced, effective) -> None:
    """What was upcoming on the day of publication is in force on the effective date."""
    page.goto(f"{announced}en/upcoming/")
    waiting = page.locator(".md-content :is(h2, h3):has(.headerlink)").all_inner_texts()
    page.goto(f"{effective}en/")
    turned = page.locator(".md-content :is(h2, h3):has(.headerlink)").all_inner_texts()
    assert turned == [heading for heading in waiting if heading in turned]
    assert "in-force" in page.locator(".pp-status").first.get_attribute("class")


def test_everything_can_be_read_without_javascript(browser, announced) -> None:
    """Text, languages and archive need no script."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(announced)
    page.locator(".pp-chooser a[hreflang=kk]").click()
    page.wait_for_url(f"{announced}kk/")
    expect(page.locator("h2#updates")).to_be_visible()
    context.close()


def test_a_printed_page_has_no_furniture(page, announced) -> None:
    """On paper stands the policy, not the site's head and side."""
    page.goto(f"{announced}en/")
    page.emulate_media(media="print")
    expect(page.locator("header.md-header")).to_be_hidden()
    expect(page.locator("h2#updates")).to_be_visible()
