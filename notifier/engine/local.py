"""Runs the loop in this process, by a pool of threads; knows no ledger and no provider."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from notifier.delivery import Idle, Why, Worked

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds between two looks at what other processes may have set free.
LONGEST_NAP = 5.0


@dataclass(slots=True, kw_only=True)
class Local:
    """One run of a campaign."""

    step: Callable[[], Worked | Idle]
    workers: int
    #: Stay until retries and windows are over; otherwise leave once nothing can be claimed.
    wait: bool = True
    #: Told the copies accepted by each step.
    on_progress: Callable[[int], None] = lambda _accepted: None
    #: Told once how many seconds there are to wait, and why, each time the wait begins.
    on_wait: Callable[[float, Why], None] = lambda _seconds, _why: None
    clock: Callable[[], float] = time.time
    _stop: bool = False
    _busy: int = 0
    _told: float = 0.0
    _paused: bool = False
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def run(self) -> None:
        """Return when there is nothing left to do, or to do now; raise what a step raised, after all have stopped."""
        with ThreadPoolExecutor(self.workers, thread_name_prefix="sender") as pool:
            running = [pool.submit(self._loop) for _ in range(self.workers)]
            try:
                for one in running:
                    one.result()
            finally:
                # Also for an interrupt: each thread ends its shard properly and leaves.
                self._halt()

    def _loop(self) -> None:
        try:
            while not self._stop:
                found = self._one_step()
                if isinstance(found, Idle):
                    if found.due is None or not self.wait:
                        return
                    self._nap(found.due / 1000, found.why)
        except BaseException:
            self._halt()
            raise

    def _one_step(self) -> Worked | Idle:
        with self._changed:
            self._busy += 1
        found: Worked | Idle | None = None
        try:
            found = self.step()
        finally:
            with self._changed:
                self._busy -= 1
                if isinstance(found, Worked):
                    self.on_progress(found.accepted)
                    # A shard was given back: whoever naps may have something to do, or be done.
                    self._changed.notify_all()
        return found

    def _nap(self, until: float, why: Why) -> None:
        with self._changed:
            left = until - self.clock()
            # While a thread of ours is busy, what is leased is ours, and nobody waits for anyone else.
            paused = why is Why.PAUSED
            if not self._busy and ((until > self._told and left > LONGEST_NAP) or (paused and not self._paused)):
                self._told, self._paused = until, paused
                self.on_wait(left, why)
            self._paused = self._paused and paused
            if not self._stop:
                self._changed.wait(min(max(left, 0.02), LONGEST_NAP))

    def _halt(self) -> None:
        with self._changed:
            self._stop = True
            self._changed.notify_all()
