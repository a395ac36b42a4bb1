"""Runs the loop by workers on many machines: shards dealt out by whoever's turn it is, taken from a queue, leased."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from notifier.channels.protocol import Kind
from notifier.delivery import Worked
from notifier.engine import queue as queues
from notifier.engine.queue import Ticket
from notifier.errors import LedgerError
from notifier.ledger import crew, orders

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet

    from notifier.delivery import Delivery, Idle
    from notifier.engine.queue import Queue
    from notifier.ledger.crew import Handed
    from notifier.ledger.database import Transaction
    from notifier.ledger.postgres import Database
    from notifier.pace import Meter

#: Milliseconds between two deals, whoever makes them, and between two signs of life in the ledger.
TICK, SIGN = 500, 5000
#: Shards in the queue for each thread of a worker that is there: enough that none waits, few enough that an order
#: reaches all at once.
EACH = 2
#: A bucket that is empty for longer is not worth waiting for with a shard in hand; milliseconds.
SOON = 1000


class Told(Protocol):
    """What the operator sees of a worker."""

    def lost(self, what: str) -> None:
        """The server cannot be reached; said once until it can be again."""

    def found(self) -> None:
        """It can be reached again."""

    def worked(self, ticket: Ticket, accepted: int) -> None:
        """A shard was worked on."""


@dataclass(slots=True, kw_only=True)
class Worker:
    """One process of many."""

    database: Database
    queue: Queue
    #: What others know it by.
    name: str
    threads: int
    #: Makes what sends a campaign, by its number; None if nothing of it is handed over any more.
    load: Callable[[int], Delivery | None]
    clock: Callable[[], int]
    told: Told
    #: Set once it is to leave: what is in hand is finished, nothing more is taken.
    leaving: threading.Event = field(default_factory=threading.Event)
    _deliveries: dict[int, Delivery] = field(default_factory=dict)
    _loading: threading.Lock = field(default_factory=threading.Lock)
    _accepted: int = 0
    _counting: threading.Lock = field(default_factory=threading.Lock)
    _number: int = 0
    _away: bool = False
    _problem: list[BaseException] = field(default_factory=list)
    _wake: Callable[[], None] = lambda: None

    def run(self) -> None:
        """Work until told to leave by SIGTERM or SIGINT; raise what makes it impossible to go on."""
        self._number = crew.arrive(self.database, self.name, self.threads, self.clock())
        dealer = threading.Thread(target=self._deal, name="dealer")
        dealer.start()
        try:
            asyncio.run(self._run())
        finally:
            self.leaving.set()
            dealer.join()
        try:
            crew.leave(self.database, self._number)
        except LedgerError:
            # It is taken for silent, and then forgotten.
            self.told.lost("at the end")
        if self._problem:
            raise self._problem[0]

    async def _run(self) -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()

        def leave() -> None:
            self.leaving.set()
            stopped.set()

        def wake() -> None:
            loop.call_soon_threadsafe(leave)

        self._wake = wake
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(one, leave)
        if self.leaving.is_set():
            return
        await queues.run(self.queue, self.threads, self._work, stopped, self._lost)

    def _work(self, ticket: Ticket) -> None:
        """Work on a shard; what goes wrong is told, never raised: the ledger knows what became of it."""
        try:
            delivery = self._delivery(ticket.campaign)
            if delivery is None or self.leaving.is_set():
                return
            accepted = _accepted(delivery.step(ticket.shard))
        except LedgerError as error:
            self._lost(str(error))
        except BaseException as error:  # noqa: BLE001 - the worker ends, and says why
            self._fail(error)
        else:
            with self._counting:
                self._accepted += accepted
            self.told.worked(ticket, accepted)

    def _delivery(self, campaign: int) -> Delivery | None:
        with self._loading:
            if campaign not in self._deliveries:
                made = self.load(campaign)
                if made is None:
                    return None
                self._deliveries[campaign] = made
            return self._deliveries[campaign]

    def _deal(self) -> None:
        """Deal out shards when it is our turn, and show that we are there."""
        signed = time.monotonic()
        while not self.leaving.wait(TICK / 1000):
            try:
                self._tick()
                if time.monotonic() - signed >= SIGN / 1000:
                    signed = time.monotonic()
                    self._sign()
                self._found()
            except LedgerError as error:
                self._lost(str(error))
            except BaseException as error:  # noqa: BLE001 - the worker ends, and says why
                self._fail(error)

    def _sign(self) -> None:
        if not crew.seen(self.database, self._number, self.clock(), self._accepted):
            self._number = crew.arrive(self.database, self.name, self.threads, self.clock(), self._accepted)

    def _tick(self) -> None:
        with self.database.transaction() as work:
            now = self.clock()
            if not crew.ticks(work, now, TICK):
                return
            waiting = self.queue.waiting()
            threads = sum(one.threads for one in crew.workers(work) if not one.silent(now))
            room = EACH * threads - len(waiting)
            if room > 0:
                self.queue.put(work, self._ready(work, room, waiting, now))

    def _ready(self, work: Transaction, room: int, waiting: AbstractSet[Ticket], now: int) -> list[Ticket]:
        """Return what is dealt out: of every campaign a share, nothing that waits in the queue already.

        What was taken from the queue is leased, and so not ready; a shard dealt out twice is claimed once.
        """
        found: list[Ticket] = []
        meters, campaigns = orders.meters(work), crew.handed(work)
        for left, campaign in zip(range(len(campaigns), 0, -1), campaigns, strict=True):
            share, kinds = -(-(room - len(found)) // left), self._kinds(campaign, meters, now)
            shards = crew.ready(work, campaign.id, kinds, now, share + len(waiting))
            tickets = [Ticket(campaign.id, shard) for shard in shards]
            found += [one for one in tickets if one not in waiting][:share]
        return found

    def _kinds(self, campaign: Handed, meters: Mapping[Kind, Meter], now: int) -> list[Kind]:
        """Return of which kinds something may be dealt out."""
        delivery = self._delivery(campaign.id)
        if delivery is None:
            return []
        if campaign.control.over(now + delivery.ahead):
            return list(Kind)
        if not campaign.control.goes(now + delivery.ahead):
            return []
        return [kind for kind in delivery.channels if not _empty(meters.get(kind), now)]

    def _fail(self, error: BaseException) -> None:
        self._problem.append(error)
        self.leaving.set()
        self._wake()

    def _lost(self, what: str) -> None:
        with self._counting:
            before, self._away = self._away, True
        if not before:
            self.told.lost(what)

    def _found(self) -> None:
        with self._counting:
            before, self._away = self._away, False
        if before:
            self.told.found()


def _accepted(found: Worked | Idle) -> int:
    return found.accepted if isinstance(found, Worked) else 0


def _empty(meter: Meter | None, now: int) -> bool:
    return meter is not None and meter.waits(now) and meter.free_at > now + SOON
