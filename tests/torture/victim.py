"""One run of the sending loop that kills itself at a named point; started by `torture.py`, over and over."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notifier.channels.protocol import Kind, Result, all_alike
from notifier.compose import Composer
from notifier.delivery import Delivery
from notifier.engine.local import Local
from notifier.ledger import figures, open_ledger
from notifier.ledger.book import Book
from notifier.ledger.records import Rules
from policypress.bundle import Bundle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notifier.channels.protocol import Answer, Batch
    from notifier.ledger.database import Database, Transaction

#: Statement by point: the process dies right before it runs, or right after its transaction is committed.
BEFORE = {"before intent": "attempt_put", "before outcome": "accept", "before release": "release"}
AFTER = {"after claim": "claim", "after intent": "intend", "after outcome": "accept", "after release": "release"}
#: Points in the provider's hands: nothing, half, or all of the request carried out.
REQUEST = ("at request", "half request", "after request")
POINTS = (*BEFORE, *AFTER, *REQUEST)


def die() -> None:
    """Leave as a power cut would: no handler, no exit, no flush."""
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass(slots=True)
class Fuse:
    """Burns down with each passage of the point; at the end the process is dead."""

    point: str
    left: int

    def passes(self, point: str) -> None:
        if point == self.point:
            self.left -= 1
            if self.left <= 0:
                die()


class Doomed:
    """A transaction that watches for its statement."""

    def __init__(self, work: Transaction, fuse: Fuse) -> None:
        self._work, self._fuse, self._ran = work, fuse, set[str]()

    def run(self, name: str, /, **values: Any) -> int:
        self._before(name)
        return self._work.run(name, **values)

    def many(self, name: str, rows: Any) -> None:
        self._before(name)
        self._work.many(name, rows)

    def all(self, name: str, /, **values: Any) -> Any:
        self._before(name)
        return self._work.all(name, **values)

    def bulk(self, name: str, columns: Any, /, **values: Any) -> Any:
        self._before(name)
        return self._work.bulk(name, columns, **values)

    def one(self, name: str, /, **values: Any) -> Any:
        self._before(name)
        return self._work.one(name, **values)

    def value(self, name: str, /, **values: Any) -> Any:
        self._before(name)
        return self._work.value(name, **values)

    def _before(self, name: str) -> None:
        self._ran.add(name)
        for point, statement in BEFORE.items():
            if statement == name:
                self._fuse.passes(point)

    def committed(self) -> None:
        for point, statement in AFTER.items():
            if statement in self._ran:
                self._fuse.passes(point)


@dataclass(frozen=True, slots=True)
class DoomedDatabase:
    """The real ledger, each of its transactions watched."""

    database: Database
    fuse: Fuse

    @contextmanager
    def transaction(self) -> Iterator[Doomed]:
        with self.database.transaction() as work:
            doomed = Doomed(work, self.fuse)
            yield doomed
        doomed.committed()

    def reading(self) -> Any:
        return self.database.reading()


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Takes messages by appending to a file: what stands there was sent, whatever we know of it."""

    taken: int
    fuse: Fuse
    name: str = "torture"
    limit: int
    idempotent: bool = False

    def send(self, batch: Batch) -> Answer:
        self.fuse.passes("at request")
        middle = len(batch.addressees) // 2
        for part in (batch.addressees[:middle], batch.addressees[middle:]):
            lines = "".join(f"{batch.attempt} {one.address}\n" for one in part)
            # One write to a file opened for appending: whole, and it outlives the process.
            os.write(self.taken, lines.encode())
            self.fuse.passes("half request")
        self.fuse.passes("after request")
        return all_alike(batch.addressees, Result.ACCEPTED, "")

    def close(self) -> None:
        """Nothing to close."""


def main() -> None:
    """Run the loop with the orders in the first argument, until nothing is left or the fuse is burnt."""
    orders = json.loads(sys.argv[1])
    fuse = Fuse(orders["point"], orders["after"])
    database = open_ledger(f"sqlite:///{orders['ledger']}")
    found = figures.campaign(database, orders["campaign"])
    rules = Rules(lease=orders["lease"], reconcile=orders["reconcile"], tries=orders["tries"])
    taken = os.open(Path(orders["taken"]), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    delivery = Delivery(
        book=Book(database=DoomedDatabase(database, fuse), rules=rules),  # type: ignore[arg-type]
        campaign=found.id,
        name=found.name,
        composer=Composer(bundle=Bundle.model_validate_json(found.bundle), sender="a@example.org"),
        channels={Kind.EMAIL: Provider(taken=taken, fuse=fuse, limit=orders["limit"])},
        clock=lambda: time.time_ns() // 1_000_000,
        ahead=orders["ahead"],
    )
    Local(step=delivery.step, workers=orders["workers"]).run()


if __name__ == "__main__":
    main()
