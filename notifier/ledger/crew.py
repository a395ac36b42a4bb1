"""Workers as the ledger knows them: who is there, what is handed over to them, which shards are ready; sends nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from notifier.ledger.records import Control, Standing

if TYPE_CHECKING:
    from collections.abc import Collection

    from notifier.channels.protocol import Kind
    from notifier.ledger.database import Database, Transaction

#: Milliseconds after which a worker that was not seen is taken for silent, and forgotten.
SILENT, FORGOTTEN = 30_000, 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A process that sends what is handed over."""

    id: int
    #: As it named itself.
    name: str
    #: Shards it works on at a time.
    threads: int
    #: Milliseconds since the epoch.
    started_at: int
    seen_at: int
    #: Copies the providers took over from it.
    accepted: int

    def silent(self, now: int) -> bool:
        """Return whether it has not been seen for a while: stopped, cut off, or dead."""
        return now - self.seen_at > SILENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A campaign that workers may send."""

    id: int
    name: str
    control: Control


def hand_over(database: Database, campaign: int, now: int) -> bool:
    """Let workers send a campaign; return False if they do already."""
    with database.transaction() as work:
        return bool(work.run("hand_over", campaign=campaign, now=now))


def handed(work: Transaction) -> list[Handed]:
    """Return the campaigns that workers may send, the oldest first."""
    return [
        Handed(
            id=row["id"], name=row["name"],
            control=Control(
                standing=Standing(row["standing"]), not_before=row["not_before"], not_after=row["not_after"]
            ),
        )
        for row in work.all("handed")
    ]  # fmt: skip


def name_of(database: Database, campaign: int) -> str | None:
    """Return the name of a campaign that workers may send; None if they may not, or not any more."""
    with database.reading() as work:
        name: str | None = work.value("handed_get", campaign=campaign)
        return name


def ready(work: Transaction, campaign: int, kinds: Collection[Kind], now: int, limit: int) -> list[int]:
    """Return the shards of a campaign that can be claimed now, of each kind in the order of their deadline."""
    found: list[int] = []
    for kind in sorted(kinds):
        values = {"campaign": campaign, "channel": kind.number, "now": now, "limit": limit}
        found += [row["id"] for row in work.all("ready_shards", **values)]
    return found


def ticks(work: Transaction, now: int, every: int) -> bool:
    """Return whether it is on us to deal out shards; until this transaction ends nobody else does."""
    return bool(work.run("tick", now=str(now), before=now - every))


def arrive(database: Database, name: str, threads: int, now: int, accepted: int = 0) -> int:
    """Write down that a worker is there; return its number."""
    with database.transaction() as work:
        work.run("workers_forget", before=now - FORGOTTEN)
        values = {"name": name, "threads": threads, "started": now, "now": now, "accepted": accepted}
        return int(work.value("worker_put", **values))


def seen(database: Database, worker: int, now: int, accepted: int) -> bool:
    """Write down that a worker is still there; return False if it was forgotten meanwhile."""
    with database.transaction() as work:
        return bool(work.run("worker_seen", worker=worker, now=now, accepted=accepted))


def leave(database: Database, worker: int) -> None:
    """Write down that a worker has left in good order."""
    with database.transaction() as work:
        work.run("worker_drop", worker=worker)


def present(database: Database) -> list[Worker]:
    """Return the workers that have not left, in the order in which they came."""
    with database.reading() as work:
        return workers(work)


def workers(work: Transaction) -> list[Worker]:
    """Return the workers within a transaction."""
    return [Worker(**{name: row[name] for name in Worker.__dataclass_fields__}) for row in work.all("workers")]
