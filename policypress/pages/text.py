"""Pages that show a whole text: the one in force, the upcoming one, each release."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from markupsafe import Markup

from policypress.localise import direction, language_name
from policypress.pages.page import Heading
from policypress.pages.status import status
from policypress.render import Block, assemble, clause_block, heading_block, inline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policypress.document import Clause, Document, Section
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
    """Return the text in force."""
    edition = room.editions.get(room.applying.id) if room.applying else None
    if edition is None or edition.document(room.locale) is None:
        return room.page("policy", (), room.title, "empty.html", message=room.words.say("no-results"))
    return _text(room, edition, "policy", ())


def _upcoming(room: Room) -> Page:
    """Return the announced text, or the statement that there is none."""
    edition = next((e for e in room.published if room.upcoming and e.record.id == room.upcoming[0].id), None)
    if edition is None:
        message = room.words.say("no-announced-changes")
        return room.page("upcoming", ("upcoming",), room.words.say("upcoming-version"), "empty.html", message=message)
    return _text(room, edition, "upcoming", ("upcoming",))


def _text(room: Room, edition: Edition, kind: str, parts: tuple[str, ...]) -> Page:
    """Return a page that shows a whole text."""
    document = edition.document(room.locale)
    if document is None:
        raise KeyError(room.locale)
    title, *rest = document.sections
    opening = replace(title, level=0)
    return room.page(
        kind,
        parts,
        document.title,
        "policy.html",
        headings=_contents(document),
        heading=_html(room, [replace(title, clauses=())]),
        opening=_html(room, [opening]),
        body=_html(room, rest),
        edition=edition,
        status=status(room, edition),
        summaries=edition.bundle.locales[room.locale].summaries if kind != "policy" else (),
    )


def _html(room: Room, sections: Iterable[Section]) -> Markup:
    return Markup(assemble(tuple(_blocks(room, sections))))  # noqa: S704 (made by `render`: raw HTML is off)


def _blocks(room: Room, sections: Iterable[Section]) -> Iterator[Block]:
    permalink = room.words.say("permalink")
    for section in sections:
        if section.level:
            attributes, note = _language(room, section.heading)
            yield heading_block(section, inline(section.heading.text), permalink, attributes)
            yield from note
        for clause in section.clauses:
            attributes, note = _language(room, clause)
            yield from note
            yield clause_block(clause, attributes=attributes)


def _language(room: Room, clause: Clause) -> tuple[str, list[Block]]:
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


def _contents(document: Document) -> tuple[Heading, ...]:
    """Return a document's headings but for its title."""
    return tuple(
        Heading(anchor=section.anchor, title=section.title, level=section.level)
        for section in document.sections
        if section.level > 1
    )
