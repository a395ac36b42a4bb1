"""Tests of rates, warm-up, quiet hours and the guarded clock."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier import pace
from notifier.errors import ClockError
from notifier.pace import DAY_MS, Meter, Pace, Quiet

#: 2026-12-01T00:00Z.
DAY = 1_796_083_200_000


@pytest.mark.parametrize(("text", "expected"), [("10/s", 10), ("600/min", 10), ("7200 / hour", 2), ("0.5/second", 0.5)])
def test_a_rate_is_read_as_it_is_said(text: str, expected: float) -> None:
    """In messages a second."""
    assert expected == pace.rate(text)


@pytest.mark.parametrize("text", ["", "10", "0/s", "10/day", "-1/s"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    """With how to write it."""
    with pytest.raises(ValueError, match="write it as 10/s"):
        pace.rate(text)


@given(
    st.floats(0.2, 2000),
    st.lists(st.integers(1, 500), max_size=3),
    st.lists(st.tuples(st.integers(0, 3_600_000), st.integers(1, 1000)), max_size=60),
)
def test_no_order_of_requests_takes_more_than_is_allowed(
    per_second: float, caps: list[int], steps: list[tuple[int, int]]
) -> None:
    """Over any run the rate and a second's worth bound what goes out, and each day's cap holds."""
    allowed, meter, now = Pace(per_second=per_second, warm_up=tuple(caps)), Meter(), DAY
    days: dict[int, int] = {}
    for passed, most in steps:
        now += passed
        granted, meter = pace.lease(meter, allowed, most, now)
        days[(now - DAY) // DAY_MS] = days.get((now - DAY) // DAY_MS, 0) + granted
        assert granted or meter.waits(now)
    assert sum(days.values()) <= per_second * (now - DAY) / 1000 + max(1, per_second) + len(steps)
    for day, cap in enumerate(caps):
        assert days.get(day, 0) <= cap


def test_a_clock_put_back_opens_no_second_budget() -> None:
    """Yesterday's cap is not given twice, and a time far ahead, written by a wrong clock, holds up nobody."""
    allowed = Pace(warm_up=(5, 10))
    _, meter = pace.lease(Meter(), allowed, 5, DAY)
    _, meter = pace.lease(meter, allowed, 10, DAY + DAY_MS)
    assert 0 == pace.lease(meter, allowed, 5, DAY)[0]
    assert not Meter(free_at=DAY + 2 * DAY_MS).waits(DAY)


def test_the_finish_follows_the_warm_up_and_the_rate() -> None:
    """1,000 and 2,000 on the first two days, then 3,600 an hour."""
    begin = datetime(2026, 12, 1, 12, tzinfo=UTC)
    allowed = Pace(per_second=1, warm_up=(1000, 2000))
    assert datetime(2026, 12, 3, 1, tzinfo=UTC) == pace.finish(6600, allowed, begin)
    assert begin == pace.finish(10**9, Pace(), begin)


@pytest.mark.parametrize(("hour", "zone", "until"), [
    (16, "Asia/Almaty", None), (17, "Asia/Almaty", 27), (2, "Asia/Almaty", 3), (3, "Asia/Almaty", None),
    (17, "Europe/Lisbon", None), (23, "Europe/Lisbon", 32), (7, "Europe/Lisbon", 8),
])  # fmt: skip
def test_quiet_hours_are_the_holders_own(hour: int, zone: str, until: int | None) -> None:
    """22:00 to 08:00 in Almaty (UTC+5) is 17:00 to 03:00 in UTC; in Lisbon it is UTC itself."""
    span, now = Quiet(start=time(22), end=time(8)), DAY + hour * 3_600_000
    assert (None if until is None else DAY + until * 3_600_000) == span.until(zone, now)


def test_a_clock_that_jumps_ahead_stops_the_run() -> None:
    """One that is put back does not: it only makes us wait."""
    wall, passed = [DAY], [0]
    clock = pace.steady(lambda: wall[0], lambda: passed[0], 1000)
    wall[0], passed[0] = DAY + 5000, 5000
    assert DAY + 5000 == clock()
    wall[0] = DAY - 3_600_000
    assert DAY - 3_600_000 == clock()
    wall[0] = DAY + 3_600_000
    with pytest.raises(ClockError, match=r"jumped 3595 s ahead.*`notifier send` goes on"):
        clock()
