"""How fast a channel may go, and the hours in which a phone stays silent: arithmetic only; knows no ledger."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from notifier.errors import ClockError

if TYPE_CHECKING:
    from collections.abc import Callable

_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*/\s*(s|sec|second|m|min|minute|h|hour)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_HOURS = re.compile(r"(\d{2}:\d{2})\s*-\s*(\d{2}:\d{2})")
_DAY = timedelta(days=1)
DAY_MS = 86_400_000
#: Days that a finish is looked for; a plan that needs more is as good as none.
FARTHEST = 36_500


def rate(text: str) -> float:
    """Return the messages per second of `600/min`, `10/s` or `5000/hour`; ValueError if it is none."""
    found = _RATE.fullmatch(text.strip())
    if not found or not float(found[1]):
        message = f"{text!r} is no rate; write it as 10/s, 600/min or 5000/hour"
        raise ValueError(message)
    return float(found[1]) / _SECONDS[found[2][0]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What the operator allows a channel."""

    #: Messages per second; None: no limit of ours.
    per_second: float | None = None
    #: Messages on the first day (UTC) of the channel's use, the second, ...; afterwards only the rate counts.
    warm_up: tuple[int, ...] = ()

    def cap(self, day: int) -> int | None:
        """Return the most messages on a day of the channel's use, counted from 0; None: no cap."""
        return self.warm_up[day] if 0 <= day < len(self.warm_up) else None

    def chunk(self, most: int) -> int:
        """Return the messages that go out at once: about a second's worth."""
        return most if self.per_second is None else max(1, min(most, int(self.per_second)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """What a channel has used: the ledger's row of it, shared by all workers. Times are milliseconds."""

    #: Nothing goes out before.
    free_at: int = 0
    #: First day of the channel's use, counted from 1970; None: not used yet.
    began: int | None = None
    #: The last day of its use, and the messages of that day.
    day: int = 0
    used: int = 0
    #: Requests in a row that failed as a whole.
    failures: int = 0
    #: An order given with `notifier rate`; it takes the place of the setting.
    per_second: float | None = None

    def waits(self, now: int) -> bool:
        """Return whether nothing may go out yet. What lies more than a day ahead was written by a wrong clock."""
        return now < self.free_at <= now + DAY_MS

    def holding(self, until: int) -> Meter:
        """Return the meter that lets nothing through before a time, and never less than it did."""
        return replace(self, free_at=max(self.free_at, until))


def lease(meter: Meter, pace: Pace, most: int, now: int) -> tuple[int, Meter]:
    """Return how many messages may go out now, at most `most`, and the meter with them taken.

    None may: the meter says when one may.
    """
    if meter.waits(now):
        return 0, meter
    pace = replace(pace, per_second=meter.per_second or pace.per_second)
    today = now // DAY_MS
    began = today if meter.began is None else meter.began
    # A clock that was put back opens no second budget for a day.
    used = meter.used if today <= meter.day else 0
    cap = pace.cap(today - began)
    granted = pace.chunk(most) if cap is None else min(pace.chunk(most), cap - used)
    if granted <= 0:
        return 0, replace(meter, free_at=(today + 1) * DAY_MS)
    free_at = now if pace.per_second is None else now + int(granted * 1000 / pace.per_second)
    return granted, replace(meter, free_at=free_at, began=began, day=max(today, meter.day), used=used + granted)


def finish(count: int, pace: Pace, begin: datetime, meter: Meter | None = None, open_share: float = 1.0) -> datetime:
    """Return when the last of so many messages goes out, begun at an instant; `open_share`: of a day, not quiet."""
    meter = meter or Meter()
    speed = meter.per_second or pace.per_second
    at, first = begin.astimezone(UTC), meter.began
    for _ in range(FARTHEST):
        midnight = datetime.combine(at.date(), time(), UTC) + _DAY
        today = int(at.timestamp()) * 1000 // DAY_MS
        first = today if first is None else first
        cap = pace.cap(today - first)
        if cap is not None and today == meter.day:
            cap = max(0, cap - meter.used)
        able = count if speed is None else int((midnight - at).total_seconds() * speed * open_share)
        able = able if cap is None else min(able, cap)
        if count <= able:
            return at if speed is None else at + timedelta(seconds=count / (speed * open_share))
        count, at = count - able, midnight
    return at


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Hours of the holder's own day in which no push goes out; they may span midnight."""

    start: time
    end: time

    @property
    def open_share(self) -> float:
        """Return the share of a day that is not quiet."""
        seconds = (_seconds(self.end) - _seconds(self.start)) % 86_400
        return 1 - seconds / 86_400

    def until(self, zone: str, now: int) -> int | None:
        """Return when the quiet ends in a time zone, in milliseconds; None if it is not quiet there."""
        there = datetime.fromtimestamp(now / 1000, UTC).astimezone(ZoneInfo(zone))
        clock = there.time()
        quiet = self.start <= clock < self.end if self.start < self.end else not self.end <= clock < self.start
        if not quiet:
            return None
        day = there.date() if clock < self.end else there.date() + _DAY
        return int(datetime.combine(day, self.end, ZoneInfo(zone)).timestamp() * 1000)


def quiet(text: str) -> Quiet:
    """Return the hours of `22:00-08:00`; ValueError if it is no span of a day."""
    found = _HOURS.fullmatch(text.strip())
    message = f"{text!r} is no span of hours; write it as 22:00-08:00"
    if not found or found[1] == found[2]:
        raise ValueError(message)
    try:
        return Quiet(start=time.fromisoformat(found[1]), end=time.fromisoformat(found[2]))
    except ValueError:
        raise ValueError(message) from None


def steady(wall: Callable[[], int], passed: Callable[[], int], most: int) -> Callable[[], int]:
    """Return `wall`, guarded: ClockError once it runs ahead of the time that has passed by more than `most`.

    Such a clock would let campaigns expire and leases end that have not; one put back only makes us wait.
    """
    begun = wall() - passed()

    def read() -> int:
        now = wall()
        ahead = now - passed() - begun
        if ahead > most:
            message = (
                f"the clock of this machine has jumped {ahead / 1000:.0f} s ahead; nothing more is sent by it. "
                "Set it right, then `notifier send` goes on"
            )
            raise ClockError(message)
        return now

    return read


def _seconds(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second
