"""Sitemap, robots.txt, headers and the words for unknown addresses."""

from __future__ import annotations

import re
from datetime import date
from xml.etree import ElementTree as ET

from policypress.exports.hosting import headers, hosting, inline_scripts, missing
from policypress.pages import make_pages
from tests.policypress.conftest import FIRST, SECOND

NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
SITE = "https://policy.example.org/"


def made(editions, day: str) -> dict[str, str]:
    """Return the files of a day."""
    when = date.fromisoformat(day)
    return hosting(editions, make_pages(editions, when), when)


def dates(editions, day: str) -> dict[str, str]:
    """Return the day of last change by address."""
    root = ET.fromstring(made(editions, day)["sitemap.xml"])
    return {row.findtext("s:loc", None, NAMES): row.findtext("s:lastmod", None, NAMES) for row in root}


def test_a_page_last_changed_when_its_release_did(editions) -> None:
    """`lastmod` is a release's day, not the day of the build; the newest one for pages that show all."""
    found = dates(editions, "2026-12-20")
    assert FIRST == found[f"{SITE}kk/archive/{FIRST}/"]
    assert SECOND == found[f"{SITE}kk/archive/{SECOND}/"] == found[f"{SITE}kk/archive/"] == found[SITE]


def test_a_release_to_come_has_not_changed_anything(editions) -> None:
    """Before its day the sitemap does not know a release."""
    assert SECOND not in made(editions, "2026-11-30")["sitemap.xml"]
    assert {FIRST} == set(dates(editions, "2026-11-30").values())


def test_each_address_names_its_twins(editions) -> None:
    """Every page names itself, each other language, and where a language is chosen."""
    root = ET.fromstring(made(editions, SECOND)["sitemap.xml"])
    row = next(row for row in root if row.findtext("s:loc", None, NAMES) == f"{SITE}kk/archive/")
    found = {link.get("hreflang"): link.get("href") for link in row.findall("x:link", NAMES)}
    expected = {"x-default": SITE, **{tag: f"{SITE}{tag}/archive/" for tag in ("en", "kk", "ru")}}
    assert expected == found


def test_robots_name_the_sitemap(editions) -> None:
    """Everything may be read, and the sitemap is found."""
    assert f"Sitemap: {SITE}sitemap.xml" in made(editions, SECOND)["robots.txt"]


def test_headers_let_nothing_in_from_elsewhere(site) -> None:
    """Scripts, styles and images come from the site itself, nothing inline but by its digest; nobody frames it."""
    text = (site / "_headers").read_text(encoding="utf-8")
    assert "default-src 'self'" in text
    assert "frame-ancestors 'none'" in text
    assert "X-Content-Type-Options: nosniff" in text
    assert "unsafe" not in text


def test_every_inline_script_is_named(site) -> None:
    """The policy names exactly the scripts that the pages carry in themselves; no page has a handler or a style."""
    carried = set()
    for path in site.rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        carried |= inline_scripts(html)
        assert [] == re.findall(r"""<[^>]+\s(?:on\w+|style)=["'][^>]*>""", html)
    (policy,) = re.findall(r"Content-Security-Policy: (.*)", (site / "_headers").read_text(encoding="utf-8"))
    assert carried == set(re.findall(r"'sha256-[^']+'", policy))
    assert 3 < len(carried) < 20


def test_a_script_by_its_digest() -> None:
    """The digest of CSP level 2: `alert('Hello, world.');` is the example of its specification."""
    html = '<script>alert(\'Hello, world.\');</script><script src="a.js"></script><script type="application/json">{}</script>'
    assert {"'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"} == inline_scripts(html)


def test_pages_speak_to_the_notices_server_alone() -> None:
    """Where readers can subscribe, its origin is named."""
    assert "connect-src 'self' https://notices.example.org/\n" in headers((), "https://notices.example.org/")
    assert "connect-src" not in headers((), None)


def test_an_unknown_address_is_answered_in_every_language(editions, site) -> None:
    """404.html says it in each language, each marked as such, and leads on."""
    text = (site / "404.html").read_text(encoding="utf-8")
    for row in missing(editions, date.fromisoformat(SECOND)):
        assert f'lang="{row["locale"]}" dir="{row["dir"]}"' in text
        assert row["text"] in text
        assert f'href="/{row["locale"]}/"' in text
