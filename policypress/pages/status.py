"""The three statements about a release on a day: in force from, current or superseded by, changes pending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policypress.localise import language_name
from policypress.release import State

if TYPE_CHECKING:
    from policypress.edition import Edition
    from policypress.pages.room import Room
    from policypress.release import Record


_BADGES = {
    State.IN_FORCE: "status-in-force",
    State.ANNOUNCED: "status-upcoming",
    State.WITHDRAWN: "status-withdrawn",
}


def statuses(room: Room, edition: Edition) -> tuple[dict[str, Any], ...]:
    """Return the statements as they stand now and as each announced release will turn them, one after the other."""
    made: list[dict[str, Any]] = []
    for start, end, then in room.moments:
        said = _status(then, edition.record, at_home=then is room)
        if made and {**made[-1], "from": "", "until": ""} == {**said, "from": "", "until": ""}:
            made[-1]["until"] = end
        else:
            made.append({**said, "from": start, "until": end})
    return tuple(made)


def _status(room: Room, record: Record, *, at_home: bool) -> dict[str, Any]:
    """Return what is said of a release on a day; `at_home` where `/<lang>/` shows the text that applies on it."""
    say = room.words.say
    now = room.standing.state(record)
    later = room.standing.superseded_by(record)
    applying = room.shown(room.applying.id) if room.applying and now is not State.IN_FORCE else None
    home = room.path() if at_home else room.path("archive", applying.record.id) if applying else ""
    return {
        "state": now.name.lower().replace("_", "-"),
        "badge": say(_BADGES.get(now, "status-superseded")),
        "since": _since(room, record, now),
        "published": say("published-on", date=room.date(record.published)),
        "superseded": say("superseded-by", date=room.date(later.published)) if later else "",
        "superseded_path": room.path("archive", later.id) if later and room.shown(later.id) else "",
        "newer": say("newer-in-force") if now is State.SUPERSEDED else "",
        "in_force": say("read-in-force") if applying else "",
        "in_force_path": home if applying else "",
        "pending": _pending(room, now),
        "moved": _moved(room, record),
        "correction": say("correction") if record.correction else "",
        "hypothetical": say("hypothetical-release") if record.demonstration else "",
        "language": _governing(room),
        "effective": record.takes_effect.isoformat(),
    }


def _governing(room: Room) -> str:
    """Return which language governs; of a translation, that it is one."""
    say, prevailing = room.words.say, room.editions.settings.prevailing_locale
    governs = say("prevailing-language", language=language_name(prevailing, room.locale))
    if room.locale == prevailing:
        return governs
    return f"{say('this-is-translation')}. {say('english-prevails') if prevailing == 'en' else governs}."


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
