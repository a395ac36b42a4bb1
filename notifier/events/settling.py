"""Lets stored reports say what they have to say, at once or as they come; reads no request."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from notifier.errors import LedgerError
from notifier.events import mail, sendgrid
from notifier.ledger import settlement
from notifier.ledger.events import Settled, Source, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from notifier.ledger.database import Database
    from notifier.ledger.events import Happening

#: Seconds between two looks for reports that another process stored, and after a failure.
LOOK, AFTER_FAILURE = 5.0, 15.0


def settle(
    database: Database, clock: Callable[[], int], stop: Callable[[], bool] = lambda: False, key: bytes = b""
) -> Settled:
    """Settle every report that waits, hundreds in one transaction; return what became of them.

    `key` checks the addresses that reports by mail came to.
    """

    def understand(source: Source, body: bytes, received_at: int) -> list[Happening]:
        try:
            if source is Source.SENDGRID:
                return sendgrid.understand(body, received_at)
            return mail.understand(body, received_at, key)
        except Unreadable:
            raise
        except Exception as error:
            # Whatever stands in one report, those behind it are settled.
            message = f"a fault of ours: {type(error).__name__}"
            raise Unreadable(message) from error

    total = Settled()
    while not stop():
        with database.transaction() as work:
            settled = settlement.settle_next(work, understand, clock())
        if settled is None:
            break
        total.add(settled)
    return total


@dataclass(slots=True, kw_only=True)
class Settler:
    """A thread that settles what comes in."""

    database: Database
    clock: Callable[[], int]
    key: bytes = field(default=b"", repr=False)
    #: Told what was settled, and of failures; never more than a few times a minute for the latter.
    on_settled: Callable[[Settled], None] = lambda _settled: None
    on_failure: Callable[[LedgerError], None] = lambda _error: None
    _news: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin."""
        thread = threading.Thread(target=self._run, name="settler", daemon=True)
        self._threads.append(thread)
        thread.start()

    def news(self) -> None:
        """Say that something came in."""
        self._news.set()

    def stop(self) -> None:
        """End after the report at hand."""
        self._stop.set()
        self._news.set()
        while self._threads:
            self._threads.pop().join()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._news.clear()
            try:
                settled = settle(self.database, self.clock, self._stop.is_set, self.key)
            except LedgerError as error:
                self._failed(error)
                continue
            except Exception as error:  # noqa: BLE001 (it goes on, and says no more than what a log may have)
                self._failed(LedgerError(f"a fault of ours: {type(error).__name__}"))
                continue
            if settled.reports:
                self.on_settled(settled)
            self._news.wait(LOOK)

    def _failed(self, error: LedgerError) -> None:
        self.on_failure(error)
        self._stop.wait(AFTER_FAILURE)


def now() -> int:
    """Return this instant in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000
