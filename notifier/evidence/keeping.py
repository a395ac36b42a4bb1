"""A thread that does one thing again and again, at its own pace: sealing, while a server runs; knows no ledger."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from notifier.errors import NotifierError

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(slots=True, kw_only=True)
class Keeper:
    """Does it at once, then every so many seconds, until it is stopped."""

    do: Callable[[], None]
    seconds: float
    #: Told of a failure; the next time it is tried again.
    on_failure: Callable[[NotifierError], None] = lambda _error: None
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin."""
        thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._threads.append(thread)
        thread.start()

    def stop(self) -> None:
        """End after what is at hand."""
        self._stop.set()
        while self._threads:
            self._threads.pop().join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.do()
            except NotifierError as error:
                self.on_failure(error)
            except Exception as error:  # noqa: BLE001 (it goes on, and says no more than what a log may have)
                self.on_failure(NotifierError(f"a fault of ours: {type(error).__name__}"))
            self._stop.wait(self.seconds)
