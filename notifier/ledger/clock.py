"""The clock that leases are reckoned by where a server has one for all: asked now and then, else carried on."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from notifier.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable

#: Milliseconds after which the server is asked again: two good clocks do not part by a millisecond in them.
EVERY = 10_000


def passed() -> int:
    """Return the milliseconds since this machine started; also those it slept, where the system can tell."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
    return time.monotonic_ns() // 1_000_000


@dataclass(slots=True, kw_only=True)
class ServerClock:
    """Says what time it is on the server, in milliseconds since the epoch; called from as many threads as there are.

    It is behind by at most what an answer takes to come, so nobody takes a lease for over that is not.
    """

    #: Asks the server; LedgerError if it cannot be reached.
    ask: Callable[[], int]
    passed: Callable[[], int] = passed
    _ahead: int | None = None
    _asked: int = 0
    _asking: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> int:
        """Return the time; LedgerError if the server was never reached."""
        # One asks; whoever comes meanwhile takes what was known before.
        if self._due() and self._asking.acquire(blocking=self._ahead is None):
            try:
                if self._due():
                    self._ask()
            finally:
                self._asking.release()
        return self.passed() + (self._ahead or 0)

    def _due(self) -> bool:
        return self._ahead is None or self.passed() - self._asked >= EVERY

    def _ask(self) -> None:
        self._asked = self.passed()
        try:
            there = self.ask()
        except LedgerError:
            if self._ahead is None:
                raise
            # Cut off: time goes on all the same, and leases end.
            return
        self._ahead = there - self.passed()
