"""Many requests in flight for one batch, on an event loop in a thread of its own; knows no provider."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from notifier.channels.protocol import Answer, Outcome, Result
from notifier.channels.wire import CONNECT, PATIENCE, READ

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from notifier.channels.protocol import Addressee

T = TypeVar("T")

#: Requests of one batch under way at once.
LANES = 50
#: Seconds one request may take in all, however slowly its answer drips.
LONGEST = CONNECT + READ


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the answer to one request means."""

    result: Result
    reason: str = ""
    #: Seconds to wait before another try.
    wait: float | None = None
    #: The provider asks for quiet: what is not yet under way waits as well.
    hold: bool = False
    #: The provider refuses us as a whole.
    stop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """The loop of one channel; every thread that sends hands its batch to it."""

    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop, repr=False)
    _thread: list[threading.Thread] = field(default_factory=list, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop and return its result; the thread begins with the first one."""
        with self._lock:
            if not self._thread:
                # What a loop complains of may name an endpoint; what became of each request is recorded anyway.
                self._loop.set_exception_handler(lambda _loop, _context: None)
                thread = threading.Thread(target=self._loop.run_forever, name="flight", daemon=True)
                self._thread.append(thread)
                thread.start()
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self, last: Coroutine[Any, Any, None]) -> None:
        """Run the last coroutine and end the thread."""
        self.run(last)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread[0].join()
        self._loop.close()


async def answer(
    addressees: Sequence[Addressee],
    post: Callable[[Addressee], Awaitable[Reply]],
    origin: Callable[[Addressee], str] = lambda _addressee: "",
) -> Answer:
    """Post one request for each copy, many at once; what an origin asks to hold back is not sent to it any more."""
    held, begun = dict[str, Reply](), time.monotonic()
    waiting = deque(enumerate(addressees))
    replies: dict[int, Reply] = {}

    async def one(addressee: Addressee) -> Reply:
        where = origin(addressee)
        if where in held:
            return Reply(result=Result.AGAIN, reason=held[where].reason, wait=held[where].wait)
        if time.monotonic() - begun > PATIENCE:
            return Reply(result=Result.AGAIN, reason="not begun in time", wait=0)
        reply = await timed(post(addressee))
        if reply.hold or reply.stop:
            held[where] = reply
        return reply

    async def work_off() -> None:
        while waiting:
            number, addressee = waiting.popleft()
            replies[number] = await one(addressee)

    await asyncio.gather(*(work_off() for _ in range(min(LANES, len(addressees)))))
    return Answer(
        outcomes=tuple(
            Outcome(notice=addressee.notice, result=reply.result, reason=reply.reason, wait=reply.wait)
            for addressee, reply in ((one, replies[number]) for number, one in enumerate(addressees))
        ),
        stop=next((reply.reason for reply in replies.values() if reply.stop), ""),
    )


async def timed(request: Awaitable[T]) -> T | Reply:
    """Return what a request gives, or that its outcome is unknown once it has taken LONGEST seconds."""
    try:
        # Not `wait_for`, which makes a task of each.
        async with asyncio.timeout(LONGEST):
            return await request
    except TimeoutError:
        return Reply(result=Result.UNKNOWN, reason="no whole answer in time")
