"""Stores reports before they are answered, many requests in one transaction; understands none of them."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from notifier.ledger import events

if TYPE_CHECKING:
    from notifier.ledger.database import Database
    from notifier.ledger.events import Incoming

#: Reports stored together at most; and that may wait: more are turned away, and the provider comes again.
TOGETHER, WAITING = 64, 512


@dataclass(slots=True, kw_only=True)
class Inbox:
    """One thread that writes: a commit costs a write to the disk, and one serves everybody who waits for it."""

    database: Database
    _queue: queue.Queue[tuple[Incoming, Future[None]] | None] = field(default_factory=lambda: queue.Queue(WAITING))
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin."""
        thread = threading.Thread(target=self._run, name="inbox", daemon=True)
        self._threads.append(thread)
        thread.start()

    def put(self, incoming: Incoming) -> Future[None]:
        """Return what is done once the report is stored for good; queue.Full if too many wait."""
        stored: Future[None] = Future()
        self._queue.put_nowait((incoming, stored))
        return stored

    def stop(self) -> None:
        """Store what waits, and end."""
        while self._threads:
            self._queue.put(None)
            self._threads.pop().join()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            some = [first]
            ended = False
            while len(some) < TOGETHER and not self._queue.empty():
                more = self._queue.get()
                if more is None:
                    ended = True
                    break
                some.append(more)
            self._store(some)
            if ended:
                return

    def _store(self, some: list[tuple[Incoming, Future[None]]]) -> None:
        # Who was cut off waits no more and has no answer: the provider comes again with that report.
        some = [one for one in some if one[1].set_running_or_notify_cancel()]
        try:
            events.keep(self.database, [incoming for incoming, _ in some])
        except Exception as error:  # noqa: BLE001 - whoever waits is told, and the thread goes on
            for _, stored in some:
                stored.set_exception(error)
        else:
            for _, stored in some:
                stored.set_result(None)
