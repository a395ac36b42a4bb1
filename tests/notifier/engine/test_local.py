"""Tests of the engine in this process."""

from __future__ import annotations

import threading
import time

import pytest

from notifier.delivery import Idle, Worked
from notifier.engine.local import Local
from notifier.errors import ProviderError


def test_every_thread_works_until_nothing_is_left() -> None:
    """The steps are shared out, the progress adds up, and the run ends."""
    left, told, lock = list(range(20)), [0], threading.Lock()

    def step() -> Worked | Idle:
        with lock:
            return Worked(accepted=(left.pop() and 1) or 1) if left else Idle(due=None)

    def progress(accepted: int) -> None:
        told[0] += accepted

    Local(step=step, workers=4, on_progress=progress).run()
    assert ([], 20) == (left, told[0])


def test_a_failure_stops_all_and_is_raised() -> None:
    """The other threads end their step and leave."""

    def step() -> Worked | Idle:
        message = "refused"
        raise ProviderError(message)

    with pytest.raises(ProviderError, match="refused"):
        Local(step=step, workers=3).run()


def test_it_waits_for_what_is_due_later() -> None:
    """Or leaves at once if told not to wait."""
    due = int(time.time() * 1000) + 150
    done: list[int] = []

    def step() -> Worked | Idle:
        if done:
            return Idle(due=None)
        if time.time() * 1000 < due:
            return Idle(due=due)
        done.append(1)
        return Worked(accepted=1)

    Local(step=step, workers=1, wait=False).run()
    assert [] == done
    Local(step=step, workers=1).run()
    assert [1] == done


def test_a_long_wait_is_said_once() -> None:
    """With the seconds; a short one is not worth a word."""
    said: list[float] = []
    calls = [0]

    def step() -> Idle:
        calls[0] += 1
        return Idle(due=None if calls[0] > 1 else 100_000)

    engine = Local(step=step, workers=1, on_wait=lambda seconds, _why: said.append(seconds), clock=lambda: 90.0)
    threading.Timer(0.1, engine._halt).start()
    engine.run()
    assert [10.0] == said
