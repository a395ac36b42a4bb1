"""The three statements about a release on a day: in force from, current or superseded by, changes pending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policypress.release import State, state, superseded_by

if TYPE_CHECKING:
    from policypress.edition import Edition
    from policypress.pages.room import Room
    from policypress.release import Record


def status(room: Room, edition: Edition) -> dict[str, Any]:
    """Return the three statements: in force from, current or superseded by, changes pending."""
    record, say = edition.record, room.words.say
    records = room.editions.records
    now = state(record, records, room.day)
    later = superseded_by(record, records, room.day)
    badge = {
        State.IN_FORCE: "status-in-force",
        State.ANNOUNCED: "status-upcoming",
        State.WITHDRAWN: "status-withdrawn",
    }.get(now, "status-superseded")
    settings = room.editions.settings
    prevailing = settings.prevailing_locale
    return {
        "state": now.name.lower().replace("_", "-"),
        "badge": say(badge),
        "since": _since(room, record, now),
        "published": say("published-on", date=room.date(record.published)),
        "superseded": say("superseded-by", date=room.date(later.published)) if later else "",
        "superseded_path": room.path("archive", later.id) if later else "",
        "pending": _pending(room, now),
        "moved": _moved(room, record),
        "correction": say("correction") if record.correction else "",
        "hypothetical": say("hypothetical-release") if record.demonstration else "",
        "prevails": say("english-prevails") if prevailing == "en" and room.locale != prevailing else "",
        "effective": record.takes_effect.isoformat(),
    }


def _since(room: Room, record: Record, now: State) -> str:
    """Return from when a release applies; of a withdrawn one, that it never does."""
    if now is State.WITHDRAWN:
        return room.words.say("withdrawn-on", date=room.date(record.moved[-1].on))
    kind = "takes-effect" if now is State.ANNOUNCED else "in-force-from"
    return room.words.say(kind, date=room.date(record.takes_effect))


def _moved(room: Room, record: Record) -> tuple[str, ...]:
    """Return where the effective date was moved, a line each."""
    lines, before = [], record.effective
    for moved in record.moved:
        if moved.effective:
            slots = {"from": room.date(before), "to": room.date(moved.effective)}
            lines.append(room.words.say("date-moved", **slots))
            before = moved.effective
    return tuple(lines)


def _pending(room: Room, now: State) -> str:
    """Return the statement about pending changes, on the text in force only."""
    if now is not State.IN_FORCE or not room.upcoming:
        return ""
    return room.words.say("takes-effect", date=room.date(room.upcoming[0].takes_effect))
