"""What machines read in a page's head: JSON-LD (schema.org), Open Graph, and where its PDF stands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from policypress.release import in_force

if TYPE_CHECKING:
    from collections.abc import Container
    from datetime import date

    from policypress.edition import Edition, Editions
    from policypress.pages import Page

#: Kinds of page that show one whole text.
_TEXTS = ("policy", "upcoming", "release")


def head(editions: Editions, page: Page, day: date, prints: Container[str]) -> dict[str, Any]:
    """Return what one page's head says beside its languages."""
    edition = _shown(editions, page, day)
    said: dict[str, Any] = {"open_graph": _open_graph(editions, page)}
    if edition is None:
        return said
    said["json_ld"] = _script(json_ld(editions, edition, page))
    own = f"{page.locale}/policy.pdf"
    path = own if page.meta["kind"] == "policy" else f"{page.locale}/archive/{edition.record.id}/policy.pdf"
    if path in prints:
        said |= {"pdf": path, "pdf_words": editions.words[page.locale].say("download-pdf")}
    return said


def _shown(editions: Editions, page: Page, day: date) -> Edition | None:
    """Return the release whose whole text a page shows."""
    match page.meta.get("kind"):
        case "policy":
            found = in_force(editions.records, day)
        case "upcoming":
            records = (record for record in editions.records if record.published <= day and not record.withdrawn)
            found = next((record for record in records if record.takes_effect > day), None)
        case "release":
            return editions.get(page.path.rstrip("/").rpartition("/")[2])
        case _:
            return None
    edition = editions.get(found.id) if found else None
    return edition if edition and page.locale in edition.locales else None


def json_ld(editions: Editions, edition: Edition, page: Page) -> dict[str, Any]:
    """Return a text as a schema.org DigitalDocument, tied to the text it translates and the release it replaces."""
    settings, record = editions.settings, edition.record
    site = settings.site_url
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "DigitalDocument",
        "@id": edition.brief.locales[page.locale].urls.release,
        "url": site + page.path,
        "name": page.title,
        "inLanguage": page.locale,
        "version": record.id,
        "datePublished": record.published.isoformat(),
        "temporalCoverage": f"{record.takes_effect.isoformat()}/..",
        "publisher": {"@type": "Organization", "name": settings.company},
    }
    source = settings.source_locale
    if page.locale != source and source in edition.brief.locales:
        found["translationOfWork"] = {
            "@type": "DigitalDocument",
            "@id": edition.brief.locales[source].urls.release,
            "inLanguage": source,
        }
    return found


def _script(data: dict[str, Any]) -> str:
    """Return JSON that no text can break out of a script element with."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _open_graph(editions: Editions, page: Page) -> dict[str, str]:
    return {
        "og:type": "article",
        "og:title": page.title,
        "og:site_name": editions.settings.company,
        "og:url": editions.settings.site_url + page.path,
        "og:locale": page.locale.replace("-", "_"),
    }
