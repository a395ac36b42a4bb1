"""What applied on a day: every period of every text, and a form that finds the day's."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from policypress.localise import language_name
from policypress.pages.status import statuses
from policypress.release import in_force

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from policypress.pages.page import Page
    from policypress.pages.room import Room


def pages(room: Room) -> Iterator[Page]:
    """Yield the page; `?date=` and `/<lang>/on/<date>` are resolved in the browser by the table that is on it."""
    yield room.page("on", ("on",), room.words.say("on-a-day"), "on.html", rows=tuple(_rows(room)))


def _rows(room: Room) -> Iterator[dict[str, Any]]:
    """Yield the periods, the newest first: which text applied from when to when, both days included."""
    records = [edition.record for edition in room.editions.editions if edition.record.published <= room.day]
    turns = sorted({max(record.takes_effect, record.published) for record in records if not record.withdrawn})
    periods: list[tuple[Any, Any]] = []
    for turn in turns:
        applying = in_force(records, turn)
        if applying and (not periods or periods[-1][1].id != applying.id):
            periods.append((turn, applying))
    ends = [*(start - timedelta(days=1) for start, _ in periods[1:]), None]
    for (start, record), end in reversed(list(zip(periods, ends, strict=False))):
        here = room.shown(record.id) is not None
        shown = room.locale if here else room.editions.settings.source_locale
        yield {
            "from": start.isoformat(),
            "from_words": room.date(start),
            "to": end.isoformat() if end else "",
            "to_words": room.date(end) if end else "",
            "title": room.words.say("version-of", date=room.date(record.published)),
            "path": f"{shown}/archive/{record.id}/",
            "language": "" if here else language_name(shown, room.locale),
            "lang": shown,
            "period": _period(room, start, end),
            "badges": statuses(room, room.editions.get(record.id)),
        }


def _period(room: Room, start: date, end: date | None) -> str:
    """Return a period in one sentence, for a screen that has no room for columns."""
    if end is None:
        return room.words.say("in-force-from", date=room.date(start))
    return room.words.say("period-in-force", **{"from": room.date(start), "to": room.date(end)})
