"""What a host and a crawler read: sitemap, robots.txt, headers and redirects; knows no format of the releases."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from policypress.localise import direction, language_name
from policypress.pages.room import document_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from policypress.edition import Editions
    from policypress.pages import Page

_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"

#: Everything comes from the site itself; the scripts that the theme writes into its pages are named by their digest.
_POLICY = (
    "default-src 'self'; script-src 'self' {scripts}; img-src 'self' data:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
#: A script without an address whose content is run: data blocks have a type of their own.
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_HEADERS = """\
# Read by Cloudflare Pages, Netlify and others; made anew by each build, because it names the pages' scripts.
/*
  Content-Security-Policy: {policy}
  Strict-Transport-Security: max-age=31536000
  X-Content-Type-Options: nosniff
  Referrer-Policy: strict-origin-when-cross-origin
  Permissions-Policy: camera=(), geolocation=(), microphone=()
  Cache-Control: public, max-age=300, must-revalidate
/assets/*
  Cache-Control: public, max-age=86400
/*.xml
  Cache-Control: public, max-age=300, must-revalidate
"""


def hosting(editions: Editions, pages: Sequence[Page], day: date) -> dict[str, str]:
    """Return the files beside the pages, by their path on the site."""
    site = editions.settings.site_url
    return {
        "sitemap.xml": sitemap(editions, pages, day),
        "robots.txt": f"User-agent: *\nAllow: /\n\nSitemap: {site}sitemap.xml\n",
    }


def inline_scripts(html: str) -> set[str]:
    """Return the scripts that a page carries in itself, as a content security policy names them."""
    digests = (hashlib.sha256(script.encode()).digest() for script in _INLINE.findall(html))
    return {f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests}


def headers(scripts: Iterable[str], notices: str | None) -> str:
    """Return what a host sends with each file; pages speak to the notices' server where readers can subscribe."""
    policy = _POLICY.format(scripts=" ".join(sorted(scripts)))
    return _HEADERS.format(policy=f"{policy}; connect-src 'self' {notices}" if notices else policy)


def missing(editions: Editions, day: date) -> tuple[dict[str, str], ...]:
    """Return what the page for unknown addresses says, in every language."""
    return tuple(
        {
            "locale": locale,
            "name": language_name(locale),
            "dir": direction(locale),
            "text": words.say("page-not-found"),
            "title": document_title(editions, locale, day),
            "archive": words.say("all-versions"),
            "search": words.say("search-policy"),
            "languages": words.say("choose-language"),
        }
        for locale, words in editions.words.items()
    )


def sitemap(editions: Editions, pages: Sequence[Page], day: date) -> str:
    """Return the sitemap: each page with its twins, last changed on the day a release was published or moved."""
    ET.register_namespace("", _SITEMAP)
    ET.register_namespace("xhtml", _XHTML)
    site, root = editions.settings.site_url, ET.Element(f"{{{_SITEMAP}}}urlset")
    changed = _changed(editions, day)
    for page in pages:
        row = ET.SubElement(root, f"{{{_SITEMAP}}}url")
        ET.SubElement(row, f"{{{_SITEMAP}}}loc").text = site + page.path
        # the last part of an archive's or a redline's address is its release
        if last := changed.get(page.path.rstrip("/").rpartition("/")[2], max(changed.values(), default="")):
            ET.SubElement(row, f"{{{_SITEMAP}}}lastmod").text = last
        for twin in (*page.meta.get("alternates", ()), {"locale": "x-default", "path": ""}):
            link = {"rel": "alternate", "hreflang": twin["locale"], "href": site + twin["path"]}
            ET.SubElement(row, f"{{{_XHTML}}}link", link)
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _changed(editions: Editions, day: date) -> dict[str, str]:
    """Return the day of each published release, or the last one on which it was moved."""
    return {
        record.id: max((record.published, *(moved.on for moved in record.moved if moved.on <= day))).isoformat()
        for record in editions.records
        if record.published <= day
    }
