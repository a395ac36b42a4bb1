"""The states of releases by date; nothing is stored that would age."""

from __future__ import annotations

from bisect import bisect_right
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from policypress.release.record import Record


class State(StrEnum):
    """What a release is on a day."""

    #: Not yet published on that day.
    DRAFT = "draft"
    #: Published, not yet in effect.
    ANNOUNCED = "announced"
    IN_FORCE = "in force"
    #: A later release is in effect.
    SUPERSEDED = "superseded"
    #: Taken back before it took effect.
    WITHDRAWN = "withdrawn"


def in_force(records: Iterable[Record], day: date) -> Record | None:
    """Return the release that applies on a day: the last to have taken effect."""
    effective = [r for r in records if not r.withdrawn and r.published <= day and r.takes_effect <= day]
    return max(effective, key=lambda record: (record.takes_effect, record.id), default=None)


def announced(records: Iterable[Record], day: date) -> tuple[Record, ...]:
    """Return the releases that are published and wait for their day, the next one first."""
    waiting = [r for r in records if not r.withdrawn_by(day) and r.published <= day < r.takes_effect]
    return tuple(sorted(waiting, key=lambda record: (record.takes_effect, record.id)))


class Standing:
    """The releases as they stand on a day, put in order once: a site asks after each of many releases."""

    def __init__(self, records: Iterable[Record], day: date) -> None:
        """Put the releases in the order in which they took effect."""
        records = tuple(records)
        self.day = day
        came = [r for r in records if not r.withdrawn and r.published <= day and r.takes_effect <= day]
        self._turns = sorted(came, key=_turn)
        #: The release that applies, and those that wait for their day.
        self.applying, self.upcoming = self._turns[-1] if self._turns else None, announced(records, day)

    def state(self, record: Record) -> State:
        """Return what a release is."""
        if self.day < record.published:
            return State.DRAFT
        if record.withdrawn_by(self.day):
            return State.WITHDRAWN
        if self.day < record.takes_effect:
            return State.ANNOUNCED
        return State.IN_FORCE if self.applying and self.applying.id == record.id else State.SUPERSEDED

    def superseded_by(self, record: Record) -> Record | None:
        """Return the release that took the place of one, None while nothing did."""
        place = bisect_right(self._turns, _turn(record), key=_turn)
        return self._turns[place] if place < len(self._turns) else None


def _turn(record: Record) -> tuple[date, str]:
    return record.takes_effect, record.id
