"""The built site of the shipped policy against HTML and WCAG 2.2 AA, every kind of page in every language."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from policypress.builder import build
from tests import needs
from tests.integration.axe import looked_at, violations
from tests.integration.test_browser import RELEASE, ROOT, browser, served

__all__ = ["browser"]
pytestmark = pytest.mark.slow
LOCALES = ("ar", "en", "kk", "ru")
JAR = ROOT / ".cache" / "vnu" / "vnu.jar"
#: What a page shows once it has been asked for something, beside how it opens; below each language.
ASKED = (
    f"compare/?from=2024-08-08&to={RELEASE}&with=ar",
    "compare/#c1",
    "search/?q=data",
    "search/?q=ыъыъ",
    "on/?date=2020-01-01",
    f"archive/{RELEASE}/?on=2027-02-01",
)
#: How a page is looked at.
VIEWS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "telephone": {"color_scheme": "light", "viewport": {"width": 320, "height": 640}},
}


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The site on the day of the release, with PDFs."""
    return build(ROOT, as_of=date.fromisoformat(RELEASE), site=tmp_path_factory.mktemp("standards") / "site", pdf=True)


def addresses(site: Path) -> list[str]:
    """Return every page below the root of a site."""
    return [path.relative_to(site).as_posix().removesuffix("index.html") for path in sorted(site.rglob("*.html"))]


@needs.system(JAR.is_file() and shutil.which("java"), "no vnu.jar or no Java: sh .ci/vnu")
def test_html(published) -> None:
    """The Nu checker finds no error and nothing to warn of on any page."""
    run = subprocess.run(
        ["java", "-jar", JAR, "--format", "gnu", "--skip-non-html", published],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (0, []) == (run.returncode, (run.stdout + run.stderr).splitlines())


@pytest.mark.parametrize("view", [*VIEWS, "paper"])
def test_accessibility(published, browser, view) -> None:
    """axe-core finds no violation of WCAG 2.2 AA on any page, asked for anything or not, in any language and any view."""
    found = {}
    with served(published) as base, looked_at(browser, **VIEWS.get(view, {})) as sheet:
        sheet.emulate_media(media="print" if view == "paper" else "screen")
        for path in shown(published):
            sheet.goto("about:blank")
            sheet.goto(base + path)
            settle(sheet)
            assert (view == "dark") == (sheet.locator("body[data-md-color-scheme=slate]").count() == 1)
            if broken := violations(sheet):
                found[path] = broken
    assert {} == found


def shown(site: Path) -> list[str]:
    """Return every page and every state of one that is walked; `/` goes on to a language but for `/#languages`."""
    plain = [path or "#languages" for path in addresses(site)]
    return [*plain, *(f"{locale}/{asked}" for locale in LOCALES for asked in ASKED), "kk/nothing/here"]


def settle(sheet) -> None:
    """Wait until a page has drawn what it was asked for, and open what it keeps closed."""
    if "/compare/" in sheet.url:
        sheet.locator(".pp-compare-table").wait_for(state="attached")
    if "/search/?" in sheet.url:
        sheet.locator(".pp-search-state:not(:empty)").wait_for(state="attached")
    sheet.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")


@pytest.fixture(scope="module")
def reached(published, tmp_path_factory) -> Path:
    """Return the page of reach of a campaign that was planned and sent to files."""
    folder = tmp_path_factory.mktemp("reach")
    notifier, day = Path(sys.executable).with_name("notifier"), ["--as-of", RELEASE]
    bundle = published / f"releases/{RELEASE}.json"
    for command in (
        ["plan", bundle, "--audience", ROOT / "examples/accounts.csv", *day],
        ["send", f"privacy/{RELEASE}"],
        ["reach", f"privacy/{RELEASE}", "--html", "reach.html"],
    ):
        subprocess.run([notifier, *command], cwd=folder, check=True, capture_output=True)
    return folder / "reach.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_of_reach(reached, browser, scheme) -> None:
    """What `notifier reach --html` draws breaks no rule either, and is never wider than a telephone."""
    with looked_at(browser, color_scheme=scheme, viewport={"width": 320, "height": 640}) as sheet:
        sheet.goto(reached.as_uri())
        assert [] == violations(sheet)
        assert 320 == sheet.evaluate("document.documentElement.scrollWidth")


def test_nothing_runs_over_anywhere(published, browser) -> None:
    """No page in any language is wider than 320 px, nor than a desk's screen at 200 %."""
    wide = []
    with served(published) as base:
        for width, scale in ((320, 2), (640, 2)):
            context = browser.new_context(viewport={"width": width, "height": 640}, device_scale_factor=scale)
            sheet = context.new_page()
            for path in shown(published):
                sheet.goto("about:blank")
                sheet.goto(base + path)
                settle(sheet)
                if sheet.evaluate("document.documentElement.scrollWidth") > width:
                    wide.append((path, width))
            context.close()
    assert [] == wide


def test_the_whole_site_keeps_to_itself(published, browser) -> None:
    """Under its own headers no page of the site asks another host for anything, or breaks the policy, in any language."""
    asked, complaints = set(), []
    context = browser.new_context()
    try:
        with served(published) as base:
            sheet = context.new_page()
            sheet.on("request", lambda request: asked.add(request.url))
            sheet.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
            for path in shown(published)[:-1]:
                sheet.goto(base + path)
                settle(sheet)
                sheet.wait_for_load_state("networkidle")
            assert [] == [url for url in asked if not url.startswith((base, "data:"))]
    finally:
        context.close()
    assert [] == complaints
