"""A channel spread over processes, so that all processors seal and post; knows no provider and no ledger."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from notifier.channels.protocol import Result, all_alike

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

    from notifier.channels.protocol import Answer, Batch, Channel
    from notifier.settings import Settings

#: Copies from which on a batch is worth a process; a start takes about a second.
MANY = 200
#: Seconds a process may take to open its channel; and to answer: far more than a batch takes that is held up everywhere.
STARTS, HANGS = 60.0, 180.0
#: Batches that one process may have under way; more than there are threads that send.
MOST = 64


class _Ended(Exception):  # noqa: N818 - turns into an answer in this file
    """A process ended with a batch in its hands."""


class _NotBegun(Exception):  # noqa: N818 - see above
    """A process could not open its channel, or could not be started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Sends few copies from this process, and many from others, each with a channel and an event loop of its own."""

    channel: Channel
    #: A module's function: the processes find it by its name.
    open_channel: Callable[[Settings], Channel]
    settings: Settings = field(repr=False)
    #: Processes at most.
    processes: int
    _hands: list[_Hand] = field(default_factory=list, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def name(self) -> str:
        """Return the channel's."""
        return self.channel.name

    @property
    def limit(self) -> int:
        """Return the channel's."""
        return self.channel.limit

    @property
    def idempotent(self) -> bool:
        """Return the channel's."""
        return self.channel.idempotent

    @property
    def smtputf8(self) -> bool:
        """Return the channel's."""
        return self.channel.smtputf8

    def send(self, batch: Batch) -> Answer:
        """Send a batch from one process; if it is ended meanwhile, nobody knows what it sent."""
        if len(batch.addressees) < MANY:
            return self.channel.send(batch)
        try:
            return self._idlest().send(batch)
        except _Ended:
            return all_alike(batch.addressees, Result.UNKNOWN, "the process that sent it was ended")
        except (_NotBegun, OSError):
            return all_alike(batch.addressees, Result.AGAIN, "no process could be started to send it")

    def close(self) -> None:
        """End the processes and close the channel."""
        for hand in self._hands:
            hand.end()
        self.channel.close()

    def _idlest(self) -> _Hand:
        with self._lock:
            for gone in [hand for hand in self._hands if hand.ended]:
                gone.end()
                self._hands.remove(gone)
            # All of them start before the first is waited for.
            self._hands.extend(_Hand(self.open_channel, self.settings) for _ in range(len(self._hands), self.processes))
            for hand in self._hands:
                hand.ready()
            return min(self._hands, key=lambda hand: len(hand.waiting))


class _Hand:
    """One process, seen from here."""

    def __init__(self, open_channel: Callable[[Settings], Channel], settings: Settings) -> None:
        # Not forked: a fork of a process with threads may wait for ever for a lock.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["__main__", "notifier.channels.posting", open_channel.__module__])
        self._pipe, there = context.Pipe()
        self._process = context.Process(target=work, args=(there, open_channel, settings), daemon=True)
        self._process.start()
        there.close()
        #: Batches under way, by number.
        self.waiting: dict[int, Future[Answer | str]] = {}
        self.ended = False
        self._numbers: Iterator[int] = count()
        self._lock = threading.Lock()
        self._listener: threading.Thread | None = None
        # Before multiprocessing's own, which would wait for a process that waits for us.
        atexit.register(self.end)

    def ready(self) -> None:
        """Wait until its channel is open; _NotBegun if it cannot be."""
        if self._listener:
            return
        try:
            begun = self._pipe.poll(STARTS) and self._pipe.recv()
        except (EOFError, OSError):
            begun = False
        if not begun:
            self._process.kill()
            self.end()
            raise _NotBegun
        self._listener = threading.Thread(target=self._listen, name="hand", daemon=True)
        self._listener.start()

    def send(self, batch: Batch) -> Answer:
        """Hand over a batch and wait for the answer; _Ended if the process ends, _NotBegun if it had before."""
        with self._lock:
            if self.ended:
                raise _NotBegun
            number = next(self._numbers)
            future = self.waiting[number] = Future()
            self._say((number, batch))
        try:
            answer = future.result(HANGS)
        except TimeoutError:
            self._process.kill()
            # The listener sees that it is gone, so that nobody hands it anything more.
            self._quiet()
            raise _Ended from None
        if isinstance(answer, str):
            raise RuntimeError(answer)  # noqa: TRY004 - it is what the process says of itself
        return answer

    def end(self) -> None:
        """Let the process finish, and end it."""
        with self._lock:
            self._say(None)
        self._process.join(HANGS)
        self._process.kill()
        self._quiet()
        self.ended = True
        self._pipe.close()
        atexit.unregister(self.end)

    def _quiet(self) -> None:
        if self._listener:
            self._listener.join()

    def _say(self, word: Any) -> None:
        """Write to the process; that it is gone is seen where it is listened to."""
        try:
            if not self.ended:
                self._pipe.send(word)
        except OSError:
            pass

    def _listen(self) -> None:
        try:
            while True:
                number, answer = self._pipe.recv()
                self.waiting.pop(number).set_result(answer)
        except (EOFError, OSError):
            with self._lock:
                self.ended = True
                for future in self.waiting.values():
                    future.set_exception(_Ended())
                self.waiting.clear()


def work(pipe: Connection, open_channel: Callable[[Settings], Channel], settings: Settings) -> None:
    """Send what comes through a pipe until nothing more comes; the other end decides when that is."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # A terminal and a service manager tell every process; ours first ends what it has begun.
        signal.signal(number, signal.SIG_IGN)
    try:
        channel = open_channel(settings)
    except Exception:  # noqa: BLE001 - the other end sees that nothing came, and says so
        return
    writing = threading.Lock()

    def send(number: int, batch: Batch) -> None:
        try:
            answer: Answer | str = channel.send(batch)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other end must not wait for ever
            answer = f"{channel.name}: {type(error).__name__} in a process that sends"
        with writing:
            pipe.send((number, answer))

    pipe.send("open")
    with ThreadPoolExecutor(MOST) as pool:
        try:
            while (word := pipe.recv()) is not None:
                pool.submit(send, *word)
        except EOFError:
            # The other end was killed: what is not under way must not be sent any more.
            os._exit(1)
    channel.close()


def over_processes(open_channel: Callable[[Settings], Channel]) -> Callable[[Settings], Channel]:
    """Return what opens a channel over as many processes as there are processors and threads that send."""

    def opened(settings: Settings) -> Channel:
        channel, processes = open_channel(settings), min(os.cpu_count() or 1, settings.workers)
        if processes == 1:
            return channel
        return Spread(channel=channel, open_channel=open_channel, settings=settings, processes=processes)

    return opened
