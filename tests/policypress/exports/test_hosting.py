"""Sitemap, robots.txt, headers and the words for unknown addresses."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree as ET

from policypress.exports.hosting import hosting, missing
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


def test_headers_let_nothing_in_from_elsewhere(editions) -> None:
    """Scripts, styles and images come from the site itself, and nobody frames it."""
    text = made(editions, SECOND)["_headers"]
    assert "default-src 'self'" in text
    assert "frame-ancestors 'none'" in text
    assert "X-Content-Type-Options: nosniff" in text


def test_an_unknown_address_is_answered_in_every_language(editions, site) -> None:
    """404.html says it in each language, each marked as such, and leads on."""
    text = (site / "404.html").read_text(encoding="utf-8")
    for row in missing(editions, date.fromisoformat(SECOND)):
        assert f'lang="{row["locale"]}" dir="{row["dir"]}"' in text
        assert row["text"] in text
        assert f'href="/{row["locale"]}/"' in text
