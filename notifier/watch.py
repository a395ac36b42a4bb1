"""What operations see of a run: progress, rate, time left, a structured log; knows no address, no token, no secret."""

from __future__ import annotations

import sys
import threading
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from notifier.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from notifier.delivery import Sent

#: Milliseconds of the past that a rate is measured over, and between two lines of progress.
WINDOW = 60_000
TICK = 1000
#: Milliseconds a run must have sent for before its rate says anything of its end.
SOON = 5000


@dataclass(eq=False)
class _Lasting:
    """A stream of log lines that may fail without ending the run: a notice is worth more than its line."""

    stream: Any
    #: Told why nothing more is written, once.
    say: Callable[[str], None]
    broken: bool = False

    def write(self, line: str) -> None:
        """Write a line, unless one could not be written before."""
        self._try(lambda: self.stream.write(line))

    def flush(self) -> None:
        """Bring it to the disk."""
        self._try(self.stream.flush)

    def close(self) -> None:
        """Close the stream; what it still holds may be lost."""
        self._try(self.stream.close)

    def _try(self, act: Callable[[], object]) -> None:
        if self.broken:
            return
        try:
            act()
        except OSError as error:
            self.broken = True
            if self.stream is not sys.stderr:
                with suppress(OSError):
                    self.stream.close()
            self.say(f"NOTIFIER_LOG: nothing more can be written to it: {error.strerror}; the run goes on without it")


@contextmanager
def log(target: str, campaign: str, say: Callable[[str], None] = lambda _words: None) -> Iterator[Any]:
    """Give a logger that writes JSON lines to standard error (`stderr`), to a file, or (empty) nowhere.

    `say` is told if a line cannot be written; then the log ends, and not the run.
    """
    if not target:
        yield structlog.wrap_logger(None, processors=[_drop])
        return
    try:
        stream = sys.stderr if target == "stderr" else Path(target).open("a", encoding="utf-8")  # noqa: SIM115 - below
    except OSError as error:
        message = f"NOTIFIER_LOG: {target}: cannot be written: {error.strerror}; name a file, or stderr"
        raise InputError(message) from error
    processors: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    lasting = _Lasting(stream, say)
    try:
        yield structlog.wrap_logger(structlog.WriteLogger(lasting), processors=processors, campaign=campaign)  # type: ignore[arg-type]
    finally:
        if stream is not sys.stderr:
            lasting.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """How a run goes at one moment."""

    done: int
    open: int
    #: Copies accepted a second, over the last minute.
    rate: float
    #: When the last one goes out at that rate, milliseconds since the epoch; None: nobody can say.
    eta: int | None

    def as_json(self) -> dict[str, Any]:
        """Return it as a line of progress has it."""
        return {"done": self.done, "open": self.open, "rate": round(self.rate, 1), "eta": moment(self.eta)}


@dataclass(slots=True, kw_only=True)
class Watch:
    """Counts what a run does; its methods are called by every thread."""

    logger: Any
    #: Messages that were open when the run began.
    open: int
    #: By the end of the last day that keeps a lead time, the messages that must be out by then; they go out in order.
    dues: Mapping[int, int]
    clock: Callable[[], int]
    #: Told how the run goes, about once a second.
    on_pulse: Callable[[Pulse], None]
    #: Told once if the campaign will miss its date at this rate.
    on_missing: Callable[[Pulse], None]
    _done: int = 0
    _began: int = 0
    _ticked: int = 0
    _warned: bool = False
    _recent: deque[tuple[int, int]] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def sent(self, sent: Sent) -> None:
        """Write one request into the log."""
        states = {state.name.lower(): number for state, number in sent.states.items()}
        self.logger.info(
            "request", attempt=sent.attempt, shard=sent.shard, channel=sent.kind.value, locale=sent.locale,
            copies=sent.copies, took_ms=sent.took, **states,
        )  # fmt: skip

    def lost(self, shard: int) -> None:
        """Write down that another worker has taken a shard over."""
        self.logger.warning("lease lost", shard=shard)

    def progress(self, accepted: int) -> None:
        """Count copies, and say now and then how it goes."""
        now = self.clock()
        with self._lock:
            self._began = self._began or now
            self._done += accepted
            self._recent.append((now, accepted))
            while self._recent[0][0] < now - WINDOW:
                self._recent.popleft()
            # A clock put back must not silence us.
            if 0 <= now - self._ticked < TICK:
                return
            self._ticked = now
            pulse = self._pulse(now)
            missed = self._missing(pulse, now)
        self.on_pulse(pulse)
        if missed is not None:
            self.logger.error("will miss its date", **pulse.as_json(), deadline=moment(missed))
            self.on_missing(pulse)

    def pulse(self) -> Pulse:
        """Return how it goes now."""
        with self._lock:
            return self._pulse(self.clock())

    def _pulse(self, now: int) -> Pulse:
        counted = sum(accepted for _, accepted in self._recent)
        since = max(now - max(self._began, now - WINDOW), 1)
        rate, left = counted * 1000 / since, max(self.open - self._done, 0)
        return Pulse(done=self._done, open=left, rate=rate, eta=eta(left, rate, now))

    def _missing(self, pulse: Pulse, now: int) -> int | None:
        """Return the first deadline that will be missed at this rate, once."""
        if self._warned or now - self._began < SOON:
            return None
        missed = first_missed({deadline: until - self._done for deadline, until in self.dues.items()}, pulse.rate, now)
        self._warned = missed is not None
        return missed


def first_missed(dues: Mapping[int, int], rate: float, now: int) -> int | None:
    """Return the first deadline until which not all will be sent at a rate; None if there is none, or nobody can say."""
    for deadline, left in dues.items():
        end = eta(left, rate, now) if left > 0 else None
        if end is not None and end > deadline:
            return deadline
    return None


def eta(left: int, rate: float, now: int) -> int | None:
    """Return when so many are sent at a rate; None if nothing moves."""
    if not left:
        return now
    return now + int(left * 1000 / rate) if rate > 0 else None


def moment(milliseconds: int | None) -> str | None:
    """Return an instant as ISO 8601 in UTC."""
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(min(milliseconds / 1000, 253402300799), UTC).isoformat(timespec="seconds")


def _drop(_logger: Any, _name: str, _event: Any) -> Any:
    raise structlog.DropEvent
