"""What is said beside single clauses of a text: since when one reads as it does, and when it will change."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policypress.edition import Edition
    from policypress.pages.room import Room
    from policypress.render import Block


def notes(room: Room, edition: Edition, kind: str) -> Mapping[int, str]:
    """Return the notes of a text's clauses as HTML, by the clause's place."""
    made = dict(_dates(room, edition, kind))
    waiting = room.shown(room.upcoming[0].id) if room.upcoming and kind == "policy" else None
    if waiting:
        for place, section in _changing(room, edition, waiting):
            made[place] = _pending(room, waiting, section) + made.get(place, "")
    return made


def noted(block: Block, note: str) -> Block:
    """Return a block with a note at its end; that of a row stands in its last cell."""
    if not note:
        return block
    if block.kind == "row":
        head, cell, tail = block.html.rpartition("</t")
        return replace(block, html=f"{head} {note}{cell}{tail}")
    return replace(block, html=f"{block.html} {note}") if block.kind in ("item", "paragraph") else block


def _dates(room: Room, edition: Edition, kind: str) -> Mapping[int, str]:
    """Return since when each clause reads as it does, where that is later than the first release."""
    release = edition.record.id
    if edition.record.withdrawn:
        return {}
    since, oldest = room.lineage.since[release, room.locale], room.published[-1].record.id
    if edition.step is None:
        return {}
    said = {one: _since(room, one, new=kind == "upcoming" and one == release) for one in set(since) - {oldest}}
    return {place: said[one] for place, one in enumerate(since) if one in said}


def _since(room: Room, release: str, *, new: bool) -> str:
    day = room.date(room.editions.get(release).record.takes_effect)
    words = room.words.say("takes-effect" if new else "clause-since", date=day)
    return f'<span class="pp-since{" pp-since--new" if new else ""}">{escape(words)}</span>'


def _changing(room: Room, edition: Edition, waiting: Edition) -> list[tuple[int, str]]:
    """Return the clauses that a waiting release changes or drops: their place and section."""
    document, later = edition.document(room.locale), waiting.document(room.locale)
    if document is None or later is None:
        return []
    there = room.lineage.places(waiting.record.id)
    texts = [clause.key for _, clause in later.clauses()]
    numbers = room.lineage.numbers[edition.record.id]
    found = []
    for place, (number, (section, clause)) in enumerate(zip(numbers, document.clauses(), strict=True)):
        if number not in there or texts[there[number]] != clause.key:
            found.append((place, section.anchor))
    return found


def _pending(room: Room, waiting: Edition, section: str) -> str:
    words = escape(room.words.say("clause-changes", date=room.date(waiting.record.takes_effect)))
    if waiting.compared(room.locale):
        words = f'<a href="../{room.path("changes", waiting.record.id)}#c-{escape(section)}">{words}</a>'
    return f'<span class="pp-pending">{words}</span>'
