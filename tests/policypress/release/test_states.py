"""States by date: exact on the boundary days, derived and never stored."""

from __future__ import annotations

from datetime import date

import pytest

from policypress.bundle import ChangeClass, LeadTime, Moved
from policypress.release import Record, Standing, State, announced, in_force


def record(published: str, effective: str, **more) -> Record:
    """Return a record with the dates that matter here."""
    return Record(
        document="privacy",
        id=published,
        published=date.fromisoformat(published),
        effective=date.fromisoformat(effective),
        timezone="Asia/Almaty",
        release_class=ChangeClass.MATERIAL,
        digests={},
        lead_time=LeadTime(reason="x", days={}),
        **more,
    )


OLD = record("2024-08-08", "2024-08-08")
NEW = record("2026-12-01", "2027-01-15")
GONE = record("2026-12-01", "2027-01-15", moved=(Moved(kind="withdrawn", on=date(2026, 12, 20)),))
LATER = record(
    "2026-12-01", "2027-01-15", moved=(Moved(kind="amended", on=date(2026, 12, 20), effective=date(2027, 3, 1)),)
)


@pytest.mark.parametrize(
    ("day", "old", "new"),
    [
        ("2024-08-07", State.DRAFT, State.DRAFT),
        ("2024-08-08", State.IN_FORCE, State.DRAFT),
        ("2026-11-30", State.IN_FORCE, State.DRAFT),
        ("2026-12-01", State.IN_FORCE, State.ANNOUNCED),
        ("2027-01-14", State.IN_FORCE, State.ANNOUNCED),
        ("2027-01-15", State.SUPERSEDED, State.IN_FORCE),
        ("2030-01-01", State.SUPERSEDED, State.IN_FORCE),
    ],
)
def test_state_on_the_days_around_each_boundary(day, old, new) -> None:
    """A release is published and takes effect at the beginning of its days."""
    when = date.fromisoformat(day)
    assert (old, new) == (Standing([OLD, NEW], when).state(OLD), Standing([OLD, NEW], when).state(NEW))


def test_exactly_one_release_is_in_force_on_every_day() -> None:
    """From the first effective date on, one release applies on each day and never two."""
    for ordinal in range(date(2026, 11, 1).toordinal(), date(2027, 3, 1).toordinal()):
        day = date.fromordinal(ordinal)
        assert 1 == sum(Standing([OLD, NEW], day).state(r) is State.IN_FORCE for r in (OLD, NEW))


def test_a_withdrawn_release_never_applies() -> None:
    """A release taken back leaves the one before in force, and supersedes nothing."""
    day = date(2027, 2, 1)
    assert State.WITHDRAWN is Standing([OLD, GONE], day).state(GONE)
    assert OLD == in_force([OLD, GONE], day)
    assert () == announced([OLD, GONE], date(2026, 12, 25))
    assert None is Standing([OLD, GONE], day).superseded_by(OLD)


def test_an_amended_date_is_the_one_that_counts() -> None:
    """A later effective date entered before the first one moves the day it takes effect."""
    assert State.ANNOUNCED is Standing([OLD, LATER], date(2027, 2, 28)).state(LATER)
    assert State.IN_FORCE is Standing([OLD, LATER], date(2027, 3, 1)).state(LATER)


def test_nothing_applies_before_the_first_release() -> None:
    """Before anything took effect nothing is in force."""
    assert None is in_force([OLD], date(2024, 8, 7))
    assert None is in_force([], date(2024, 8, 7))


def test_announced_releases_stand_in_the_order_of_their_days() -> None:
    """The one that takes effect next comes first, whichever was published first."""
    sooner = record("2026-12-02", "2026-12-10")
    assert (sooner, NEW) == announced([NEW, sooner, OLD], date(2026, 12, 5))


def test_superseded_by_names_the_next_one_not_the_newest() -> None:
    """A release is superseded by the one that came right after it."""
    third = record("2027-06-01", "2027-07-15")
    day = date(2028, 1, 1)
    assert NEW == Standing([third, NEW, OLD], day).superseded_by(OLD)
    assert third == Standing([third, NEW, OLD], day).superseded_by(NEW)
    assert None is Standing([third, NEW, OLD], day).superseded_by(third)


def test_of_two_effective_on_one_day_the_later_published_applies() -> None:
    """Where two take effect on one day, the one published later is the text that applies."""
    correction = record("2026-12-20", "2027-01-15")
    assert correction == in_force([OLD, NEW, correction], date(2027, 1, 15))
    assert State.SUPERSEDED is Standing([OLD, NEW, correction], date(2027, 1, 15)).state(NEW)


def test_many_releases_in_order() -> None:
    """Each release is superseded by the one that took effect next, the last one by none."""
    many = [record(f"20{year}-01-01", f"20{year}-03-01") for year in range(10, 30)]
    standing = Standing(reversed(many), date(2026, 6, 1))
    came = [one for one in many if one.effective <= date(2026, 6, 1)]
    assert [*(one.id for one in came[1:]), None] == [
        found.id if (found := standing.superseded_by(one)) else None for one in came
    ]
    assert [(came[-1].id, State.IN_FORCE)] == [
        (one.id, standing.state(one)) for one in came if standing.state(one) is not State.SUPERSEDED
    ]
