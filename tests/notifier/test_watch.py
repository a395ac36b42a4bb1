"""Tests of what operations see of a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from notifier.watch import Pulse, Watch, eta, first_missed, log

if TYPE_CHECKING:
    from pathlib import Path

START = 1_796_083_200_000
COUNTS = st.lists(st.tuples(st.integers(0, 10**6), st.integers(-10, 10**4)), max_size=5)


def test_a_deadline_is_missed_only_by_what_must_be_out_by_then() -> None:
    """A hundred messages at ten a second take ten seconds: the first ten of them one."""
    now, dues = 1_000_000, {1_002_000: 10, 1_020_000: 100}
    assert (None, 1_002_000, 1_020_000) == (
        first_missed(dues, 10, now), first_missed(dues, 4, now), first_missed({1_002_000: 0, 1_020_000: 100}, 4, now),
    )  # fmt: skip


def test_nobody_can_say_what_is_missed_while_nothing_moves() -> None:
    """Without a rate there is no end to hold against a deadline."""
    assert first_missed({0: 10}, 0, 1) is None


@given(counts=COUNTS, rate=st.floats(0.1, 1000), now=st.integers(0, 10**6))
def test_without_a_missed_deadline_each_part_ends_in_time(counts: list[tuple[int, int]], rate: float, now: int) -> None:
    """The answer is the earliest deadline whose part ends after it, or there is none."""
    dues = dict(sorted(counts))
    late = [deadline for deadline, left in dues.items() if left > 0 and (eta(left, rate, now) or 0) > deadline]
    assert next(iter(late), None) == first_missed(dues, rate, now)


def test_the_dead_man_s_line_is_said_once_and_logged(tmp_path: Path) -> None:
    """Ten a second for five seconds say that 1,000 will not be out in a minute; a run that will be in time says nothing."""
    for messages, warned in ((1000, 1), (500, 0)):
        now, missing, pulses = [START], list[Pulse](), list[Pulse]()
        with log(str(tmp_path / f"{messages}.jsonl"), "privacy-policy/2026-12-01") as logger:
            watch = Watch(
                logger=logger, open=messages, dues={START + 60_000: messages}, clock=lambda now=now: now[0],
                on_pulse=pulses.append, on_missing=missing.append,
            )  # fmt: skip
            for _ in range(80):
                now[0] += 100
                watch.progress(1)
        lines = [json.loads(line) for line in (tmp_path / f"{messages}.jsonl").read_text().splitlines()]
        assert warned == len(missing) == len(lines)
        assert {("will miss its date", "error")} >= {(line["event"], line["level"]) for line in lines}
        # Rate and time left are told about once a second.
        assert 7 <= len(pulses) <= 9
        assert abs(pulses[-1].rate - 10) < 0.5
        assert abs((pulses[-1].eta or 0) - (START + messages * 100)) < 5000
