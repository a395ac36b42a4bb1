"""What the sending loop writes: claim, intend, record, release; every write is fenced by the shard's epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from notifier.channels.protocol import Kind
from notifier.errors import LeaseLost
from notifier.ledger.records import Intent, Lane, Shard, State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from notifier.channels.protocol import Content
    from notifier.ledger.records import Rules, Verdict
    from notifier.ledger.sqlite import Database, Transaction

KINDS = {kind.number: kind for kind in Kind}


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The ledger as the sending loop sees it. Times are milliseconds since the epoch."""

    database: Database
    rules: Rules

    def claim(self, campaign: int, now: int) -> Shard | None:
        """Take the shard that has waited longest, and what a dead worker left in it; None if none is ready."""
        with self.database.transaction() as work:
            row = work.one("claim", campaign=campaign, now=now, until=now + self.rules.lease)
            if row is None:
                return None
            lane = Lane(kind=KINDS[row["channel"]], locale=row["locale"], guardian=bool(row["guardian"]))
            shard = Shard(campaign=campaign, id=row["id"], lane=lane, epoch=row["epoch"])
            _take_over(work, shard, now)
            return shard

    def next_due(self, campaign: int) -> int | None:
        """Return when a shard can next be claimed; None if there is nothing left to do."""
        with self.database.reading() as work:
            due = work.value("next_due", campaign=campaign)
            return None if due is None else int(due)

    def requeue(self, shard: Shard, now: int, *, at_once: bool) -> None:
        """Put notices of unknown outcome back to planned once their window is over, or at once; one resend each."""
        with self._fenced(shard, now) as work:
            work.run(
                "resend", campaign=shard.campaign, shard=shard.id, now=now, planned=State.PLANNED,
                unknown=State.UNKNOWN, settled_before=now - (0 if at_once else self.rules.reconcile),
                tries=_MANY if at_once else self.rules.tries,
            )  # fmt: skip

    def intend(self, shard: Shard, content: Content, provider: str, limit: int, now: int) -> Intent | None:
        """Write down a request before it is made; None if nothing in the shard is ready."""
        with self._fenced(shard, now) as work:
            ready = work.all(
                "ready", campaign=shard.campaign, shard=shard.id, planned=State.PLANNED, now=now, limit=limit
            )
            if not ready:
                return None
            digest = content.digest
            work.run("content_put", digest=digest, body=content.dump())
            attempt = work.value(
                "attempt_put", campaign=shard.campaign, shard=shard.id, epoch=shard.epoch, provider=provider,
                content=digest, copies=len(ready), now=now,
            )  # fmt: skip
            common = {"campaign": shard.campaign, "attempt": attempt, "now": now} | _STATES
            channel = shard.lane.kind.number
            work.many("intend", [common | {"holder": row["holder"], "channel": channel} for row in ready])
            work.run("intend_followers", shard=shard.id, **common)
            return Intent(attempt=attempt, copies=tuple((row["holder"], row["address"]) for row in ready))

    def record(self, shard: Shard, intent: Intent, exceptions: Iterable[Verdict], provider_id: str, now: int) -> None:
        """Write what became of a request: the exceptions as they are, every other copy as accepted."""
        channel = shard.lane.kind.number
        common = {"campaign": shard.campaign, "channel": channel, "attempt": intent.attempt} | _STATES
        rows = [
            common | {
                "holder": one.holder, "state": one.state, "at": one.at, "reason": one.reason, "now": now,
                "unknowns": int(one.state is State.UNKNOWN),
            }
            for one in exceptions
        ]  # fmt: skip
        with self._fenced(shard, now) as work:
            work.many("outcome", rows)
            work.many("outcome_followers", rows)
            work.many("trail_put", rows)
            work.run(
                "accept", campaign=shard.campaign, shard=shard.id, attempt=intent.attempt, now=now,
                accepted=State.ACCEPTED, attempting=State.ATTEMPTING,
            )  # fmt: skip
            work.run("attempt_end", attempt=intent.attempt, provider_id=provider_id, now=now)

    def release(self, shard: Shard, now: int) -> None:
        """Give a shard back, with the time at which there is something to do in it again, if ever."""
        with self._fenced(shard, now) as work:
            work.run(
                "release", campaign=shard.campaign, shard=shard.id, epoch=shard.epoch, unknown=State.UNKNOWN,
                planned=State.PLANNED, window=self.rules.reconcile, tries=self.rules.tries,
            )  # fmt: skip

    def _fenced(self, shard: Shard, now: int) -> _Fence:
        return _Fence(self.database, shard, now + self.rules.lease)


class _Fence:
    """A transaction that begins by proving, and prolonging, the lease."""

    def __init__(self, database: Database, shard: Shard, until: int) -> None:
        self._context = database.transaction()
        self._shard = shard
        self._until = until

    def __enter__(self) -> Transaction:
        work = self._context.__enter__()
        shard = self._shard
        held = work.run("fence", campaign=shard.campaign, shard=shard.id, epoch=shard.epoch, until=self._until)
        if not held:
            message = f"shard {shard.id}: another worker has taken it over"
            error = LeaseLost(message)
            self._context.__exit__(LeaseLost, error, None)
            raise error
        return work

    def __exit__(self, *problem: object) -> None:
        self._context.__exit__(*problem)  # type: ignore[arg-type]


#: For a channel where the same notice twice shows once.
_MANY = 1 << 14
_STATES = {"planned": State.PLANNED, "attempting": State.ATTEMPTING}


def _take_over(work: Transaction, shard: Shard, now: int) -> None:
    common = {"campaign": shard.campaign, "shard": shard.id, "attempting": State.ATTEMPTING, "unknown": State.UNKNOWN}
    work.run("orphans_trail", now=now, **common)
    work.run("orphans", **common)
