"""The states of releases by date; nothing is stored that would age."""

from __future__ import annotations

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


def state(record: Record, records: Iterable[Record], day: date) -> State:
    """Return what a release is on a day."""
    if day < record.published:
        return State.DRAFT
    if record.withdrawn_by(day):
        return State.WITHDRAWN
    if day < record.takes_effect:
        return State.ANNOUNCED
    applying = in_force(records, day)
    return State.IN_FORCE if applying and applying.id == record.id else State.SUPERSEDED


def superseded_by(record: Record, records: Iterable[Record], day: date) -> Record | None:
    """Return the release that took the place of one, None while nothing did."""
    later = [
        other
        for other in records
        if not other.withdrawn
        and other.published <= day
        and record.takes_effect <= other.takes_effect <= day
        and (other.takes_effect, other.id) > (record.takes_effect, record.id)
    ]
    return min(later, key=lambda other: (other.takes_effect, other.id), default=None)
