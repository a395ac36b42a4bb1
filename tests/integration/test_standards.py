"""The built site of the shipped policy against HTML and WCAG 2.2 AA, every kind of page in every language."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from policypress.builder import build
from tests.integration.test_browser import RELEASE, ROOT, browser, served

__all__ = ["browser"]
pytestmark = pytest.mark.slow
JAR = ROOT / ".cache" / "vnu" / "vnu.jar"
AXE = ROOT / "tests" / "vendor" / "axe.min.js"
#: The rules of WCAG 2.2 at A and AA, and what it says of the first page that breaks one.
RUN = """axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}).then(
  (result) => result.violations.map((found) => `${found.id}: ${found.nodes[0].html}`))"""


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The site on the day of the release, with PDFs."""
    return build(ROOT, as_of=date.fromisoformat(RELEASE), site=tmp_path_factory.mktemp("standards") / "site", pdf=True)


def addresses(site: Path) -> list[str]:
    """Return every page below the root of a site."""
    return [path.relative_to(site).as_posix().removesuffix("index.html") for path in sorted(site.rglob("*.html"))]


def test_html(published) -> None:
    """The Nu checker finds no error and nothing to warn of on any page."""
    if not (JAR.is_file() and shutil.which("java")) and os.environ.get("CI") != "true":
        pytest.skip("no vnu.jar or no Java: sh .ci/vnu")
    run = subprocess.run(
        ["java", "-jar", JAR, "--format", "gnu", "--skip-non-html", published],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (0, []) == (run.returncode, (run.stdout + run.stderr).splitlines())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility(published, browser, scheme) -> None:
    """axe-core finds no violation of WCAG 2.2 AA on any page in any language, light and dark."""
    axe, found = AXE.read_text(encoding="utf-8"), {}
    context = browser.new_context(color_scheme=scheme)
    try:
        with served(published) as base:
            sheet = context.new_page()
            for path in addresses(published):
                sheet.goto(base + path)
                assert scheme == ("dark" if sheet.locator("body[data-md-color-scheme=slate]").count() else "light")
                sheet.evaluate(axe)
                if broken := sheet.evaluate(RUN):
                    found[path] = broken
    finally:
        context.close()
    assert {} == found
