"""Pages that show a whole text: the one in force, the upcoming one, each release."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from policypress.localise import direction, language_name
from policypress.pages.notes import noted, notes
from policypress.pages.page import Heading
from policypress.pages.room import instant
from policypress.pages.status import statuses
from policypress.release import State
from policypress.render import Block, assemble, clause_block, heading_block, inline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from policypress.document import Clause, Document, Outline
    from policypress.edition import Edition
    from policypress.pages.page import Page
    from policypress.pages.room import Room


def pages(room: Room) -> Iterator[Page]:
    """Yield the text in force, the upcoming one and each release."""
    yield _policy(room)
    yield _upcoming(room)
    for edition in room.published:
        yield _text(room, edition, "release", ("archive", edition.record.id))


def _policy(room: Room) -> Page:
    """Return the text in force; where this language has none, the way to the one that has."""
    edition = room.editions.get(room.applying.id) if room.applying else None
    if edition is None:
        return room.page("policy", (), room.title, "empty.html", message=room.words.say("not-published"), links=())
    if room.locale not in edition.locales:
        shown = language_name(room.editions.settings.source_locale, room.locale)
        return _elsewhere(room, "policy", (), room.title, room.words.say("not-in-language", language=shown))
    return _text(room, edition, "policy", ())


def _elsewhere(room: Room, kind: str, parts: tuple[str, ...], title: str, message: str) -> Page:
    """Return a page that leads to the same one in the source's language: this language has no such text."""
    shown = room.editions.settings.source_locale
    path = "".join(f"{part}/" for part in (shown, *parts))
    links = ({"path": path, "title": language_name(shown), "lang": shown},)
    return room.page(kind, parts, title, "empty.html", message=message, links=links)


def _upcoming(room: Room) -> Page:
    """Return the announced text that comes next, or the statement that there is none."""
    edition, title = room.shown(room.upcoming[0].id) if room.upcoming else None, room.words.say("upcoming-version")
    if edition is None and room.upcoming:
        message = room.words.say("takes-effect", date=room.date(room.upcoming[0].takes_effect))
        return _elsewhere(room, "upcoming", ("upcoming",), title, message)
    if edition is None:
        links = ({"path": room.path(), "title": room.words.say("read-in-force"), "lang": ""},)
        message = room.words.say("no-announced-changes")
        return room.page("upcoming", ("upcoming",), title, "empty.html", message=message, links=links)
    return _text(room, edition, "upcoming", ("upcoming",))


def _text(room: Room, edition: Edition, kind: str, parts: tuple[str, ...]) -> Page:
    """Return a page that shows a whole text."""
    outline = edition.outline(room.locale)
    fill = partial(_filled, room, edition, kind)
    return room.page(kind, parts, outline.title, "policy.html", headings=contents(outline), fill=fill)


def _filled(room: Room, edition: Edition, kind: str) -> dict[str, Any]:
    """Return what the page of a whole text shows."""
    heading, body = _printed(room, edition, notes(room, edition, kind))
    return {
        "heading": heading,
        "body": body,
        "edition": edition,
        "statuses": statuses(room, edition),
        "news": _news(room, edition, kind),
        "others": _others(room) if kind == "upcoming" else (),
        "first": _first(room, edition),
        "applied": room.words.words["applied-on"],
    }


def _printed(room: Room, edition: Edition, said: Mapping[int, str]) -> tuple[Markup, Markup]:
    """Return the title and the text with what is said beside its clauses as HTML."""
    former = room.lineage.former[edition.record.id]

    def make() -> str:
        blocks = tuple(_blocks(room, edition.printed.documents[room.locale], former, said))
        heading = assemble(blocks[:1]) if blocks and blocks[0].kind == "heading" else ""
        return f"{len(heading)} {heading}{assemble(blocks[1:] if heading else blocks)}"

    parts = (edition.printed.digests[f"{room.locale}.md"], room.words.digest, repr(former), repr(said))
    size, _, html = room.editions.cache.keep("text", (room.locale, *parts), make).partition(" ")
    return Markup(html[: int(size)]), Markup(html[int(size) :])  # noqa: S704 (made by `render`: raw HTML is off)


def _news(room: Room, edition: Edition, kind: str) -> dict[str, Any] | None:
    """Return what stands in short above a text: what will change in it, else what its release changed."""
    told, until = edition, ""
    if kind == "policy" and room.upcoming and (waiting := room.shown(room.upcoming[0].id)):
        told, until = waiting, instant(waiting.record)
    if not told.compared(room.locale):
        return None
    now = room.standing.state(told.record)
    waits = now is State.ANNOUNCED
    kind = "takes-effect" if waits else "changed-on"
    return {
        "title": room.words.say("what-will-change" if waits else "what-changed"),
        # of a withdrawn release the statements above say what became of it
        "when": "" if now is State.WITHDRAWN else room.words.say(kind, date=room.date(told.record.takes_effect)),
        "summaries": told.brief.locales[room.locale].summaries,
        "count": room.words.count("n-changes", told.count(room.locale)),
        "path": room.path("changes", told.record.id),
        "until": until,
    }


def _others(room: Room) -> tuple[dict[str, str], ...]:
    """Return the announced releases that come after the next one."""
    return tuple(
        {
            "path": room.path("archive", record.id),
            "title": room.words.say("version-of", date=room.date(record.published)),
            "when": room.words.say("takes-effect", date=room.date(record.takes_effect)),
        }
        for record in room.upcoming[1:]
        if room.shown(record.id)
    )


def _first(room: Room, edition: Edition) -> str:
    """Return since when a clause without a date of its own has stood; empty where there is one release only."""
    if edition.record.withdrawn or not edition.compared(room.locale):
        return ""
    oldest = room.published[-1].record
    return room.words.say("clause-otherwise", date=room.date(oldest.takes_effect))


def _blocks(
    room: Room, document: Document, former: Mapping[str, Sequence[str]], said: Mapping[int, str]
) -> Iterator[Block]:
    permalink = room.words.say("permalink")
    for place, (section, clause) in enumerate(document.clauses()):
        attributes, note = language_of(room, clause)
        if clause.kind == "heading":
            aliases = "".join(f'<span id="{escape(one)}"></span>' for one in former.get(section.anchor, ()))
            yield heading_block(section, aliases + inline(clause.text), permalink, attributes)
            yield from note
        else:
            yield from note
            yield noted(clause_block(clause, attributes=attributes), said.get(place, ""))


def language_of(room: Room, clause: Clause) -> tuple[str, list[Block]]:
    """Return the attributes of a clause that fell back, and the note that says so."""
    if not clause.lang:
        return "", []
    named = f"fallback-clause-{clause.lang}"
    note = (
        room.words.say(named)
        if named in room.words.words
        else room.words.say("fallback-clause", language=language_name(clause.lang, room.locale))
    )
    block = Block(
        kind="paragraph", html=str(Markup.escape(note)), attributes=' class="pp-fallback"', depth=clause.depth
    )
    return f' lang="{clause.lang}" dir="{direction(clause.lang)}"', [block]


def contents(outline: Outline) -> tuple[Heading, ...]:
    """Return a document's headings but for its title."""
    rows = (Heading(anchor=anchor, title=title, level=level) for anchor, title, level in outline.sections)
    return tuple(row for row in rows if row.level > 1)
