"""An Atom feed (RFC 4287) of the releases, one a language, whose entries land on the readable redline."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from policypress.edition import as_known, written

if TYPE_CHECKING:
    from policypress.edition import Edition, Editions
    from policypress.localise import Words
    from policypress.release import Record

_ATOM = "http://www.w3.org/2005/Atom"
_XML = "http://www.w3.org/XML/1998/namespace"


def atom(editions: Editions, words: Words, day: date) -> str:
    """Return the feed of a locale as it stands on a day, the newest release first."""
    ET.register_namespace("", _ATOM)
    editions = as_known(editions, day)
    locale, settings = words.locale, editions.settings
    shown = [e for e in reversed(editions.editions) if e.record.published <= day and locale in e.locales]
    home = f"{settings.site_url}{locale}/"
    feed = ET.Element(f"{{{_ATOM}}}feed", {f"{{{_XML}}}lang": locale})
    _text(feed, "id", _tag(settings.site_url, _founded(editions), f"{settings.id}/{locale}"))
    _text(feed, "title", shown[0].brief.locales[locale].title if shown else settings.company)
    latest = max((_touched(edition.record) for edition in shown), default=_founded(editions))
    _text(feed, "updated", _instant(latest, settings.timezone))
    _link(feed, "self", f"{home}feed.xml", "application/atom+xml")
    _link(feed, "alternate", home, "text/html")
    _text(ET.SubElement(feed, f"{{{_ATOM}}}author"), "name", settings.company)
    for edition in shown:
        feed.append(_entry(editions, edition, words))
    ET.indent(feed, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(feed, encoding="unicode") + "\n"


def _entry(editions: Editions, edition: Edition, words: Words) -> ET.Element:
    settings, record, locale = editions.settings, edition.record, words.locale
    text = edition.brief.locales[locale]
    entry = ET.Element(f"{{{_ATOM}}}entry")
    when = _instant(record.published, record.timezone)
    effective = (
        words.say("withdrawn-on", date=written(record.moved[-1].on, locale, settings))
        if record.withdrawn
        else words.say("takes-effect", date=written(record.takes_effect, locale, settings))
    )
    kind = words.say(f"class-{record.release_class}")
    _text(entry, "id", _tag(settings.site_url, record.published, f"{settings.id}/{record.id}/{locale}"))
    _text(entry, "title", words.say("version-of", date=written(record.published, locale, settings)))
    _text(entry, "updated", _instant(_touched(record), record.timezone))
    _text(entry, "published", when)
    _link(entry, "alternate", text.urls.changes if edition.compared(locale) else text.urls.release, "text/html")
    if edition.step:  # the first release changed nothing that a reader knew
        ET.SubElement(entry, f"{{{_ATOM}}}category", {"term": record.release_class.value, "label": kind})
    lines = [kind, effective] if edition.step else [effective]
    lines += [f"{summary.heading}: {summary.text}" for summary in text.summaries]
    _text(entry, "summary", "\n".join(lines))
    return entry


def _touched(record: Record) -> date:
    """Return the day on which an entry last said something new."""
    return max((record.published, *(moved.on for moved in record.moved)))


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{_ATOM}}}{name}").text = text


def _link(parent: ET.Element, rel: str, href: str, kind: str) -> None:
    ET.SubElement(parent, f"{{{_ATOM}}}link", {"rel": rel, "href": href, "type": kind})


def _tag(site: str, day: date, rest: str) -> str:
    """Return a tag URI (RFC 4151): stable however often the site is built or moved below its host."""
    return f"tag:{urlsplit(site).hostname},{day.isoformat()}:{rest}"


def _founded(editions: Editions) -> date:
    return min((record.published for record in editions.records), default=date(2024, 1, 1))


def _instant(day: date, zone: str) -> str:
    return datetime.combine(day, datetime.min.time(), ZoneInfo(zone)).isoformat()
