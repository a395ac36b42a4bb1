"""What the sending loop writes: claim, intend, record, release; every write is fenced by the shard's epoch."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from notifier.channels.protocol import Kind
from notifier.errors import LeaseLost
from notifier.ledger import orders
from notifier.ledger.records import HELD, Intent, Lane, Shard, State

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from notifier.channels.protocol import Content
    from notifier.ledger.database import Database, Transaction
    from notifier.ledger.records import Control, Rules, Verdict
    from notifier.pace import Meter, Pace

KINDS = {kind.number: kind for kind in Kind}


#: Requests of unknown outcome after which also what shows once is left alone.
REPEATS = 2


class Terms(NamedTuple):
    """How a shard is sent: what, through which provider, and how many copies a request."""

    content: Content
    provider: str
    limit: int


class Copy(NamedTuple):
    """A notice that is ready, with the requests that certainly did not send it."""

    holder: int
    address: str
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The ledger as the sending loop sees it. Times are milliseconds since the epoch."""

    database: Database
    rules: Rules
    #: What the settings allow each kind; one that is absent has no limit of ours.
    paces: Mapping[Kind, Pace] = field(default_factory=dict)

    def control(self, campaign: int) -> Control:
        """Return what the operator has ordered by now."""
        with self.database.reading() as work:
            return orders.control(work, campaign)

    def begin(
        self, campaign: int, now: int, terms: Callable[[Shard], Terms | None], kinds: Collection[Kind] = tuple(Kind),
        *, again: Collection[Kind] = (), today: int | None = None, only: int | None = None,
    ) -> tuple[Shard, Intent | None] | None:  # fmt: skip
        """Claim a shard and write down its first request, in one transaction: a commit waits for the disk.

        `terms` says how a shard is sent; None: not now. No intent, then, or where nothing may be sent. `only`: this
        shard and no other.
        """
        with self.database.transaction() as work:
            shard = self._claim(work, campaign, now, kinds, again, only=only)
            wanted = terms(shard) if shard else None
            intent = self._intend(work, shard, wanted, now, today) if shard and wanted else None
            return (shard, intent) if shard else None

    def claim(
        self, campaign: int, now: int, kinds: Collection[Kind] = tuple(Kind), *, again: Collection[Kind] = (),
        closing: bool = False, only: int | None = None,
    ) -> Shard | None:  # fmt: skip
        """Take the shard that has waited longest, and what a dead worker left in it; None if none is ready.

        Notices of unknown outcome are planned again once their window is over, one resend each; those of the kinds
        `again` at once. Kinds whose bucket is empty are passed over. `closing`: whatever the bucket holds, and what is
        unknown stays so. `only`: this shard and no other, whatever the bucket holds.
        """
        with self.database.transaction() as work:
            return self._claim(work, campaign, now, kinds, again, closing=closing, only=only)

    def next_due(self, campaign: int, now: int = 0, kinds: Collection[Kind] = tuple(Kind)) -> int | None:
        """Return when a shard can next be claimed; None if there is nothing left to do."""
        with self.database.reading() as work:
            coming = _next(work, campaign, kinds, orders.meters(work), now)
            return min((due for _, _, due in coming), default=None)

    def free_at(self, kind: Kind) -> int:
        """Return the time before which the bucket of a kind gives nothing."""
        with self.database.reading() as work:
            meter = orders.meters(work).get(kind)
            return meter.free_at if meter else 0

    def prolong(self, shard: Shard, now: int) -> int:
        """Prove that the lease is still ours and let it begin anew; return until when it lasts."""
        with self._fenced(shard, now):
            return now + self.rules.lease

    def intend(
        self, shard: Shard, content: Content, provider: str, limit: int, now: int, today: int | None = None
    ) -> Intent | None:
        """Write down a request before it is made; None if nothing in the shard may be sent now.

        What the operator ordered and what the bucket holds are read here, once a request; `today` is the instant for
        calendar decisions where it differs from `now`.
        """
        with self._fenced(shard, now) as work:
            return self._intend(work, shard, Terms(content, provider, limit), now, today)

    def record(
        self, shard: Shard, intent: Intent, exceptions: Sequence[Verdict], provider_id: str, now: int,
        hold: int | None = None, *, last: bool = False,
    ) -> int:  # fmt: skip
        """Write what became of a request: the exceptions as they are, every other copy as accepted.

        `hold`: the request failed as a whole, so its kind is kept back until then, for every worker. `last`: the shard
        is given back as well. Returns how often it failed in a row. What was recorded before stays as it was: an
        answer of the server may have been lost on its way.
        """
        channel = shard.lane.kind.number
        common = {"campaign": shard.campaign, "channel": channel, "attempt": intent.attempt} | _STATES
        rows = [
            common | {
                "holder": one.holder, "state": one.state, "at": one.at, "reason": one.reason, "now": now,
                "unknowns": int(one.state is State.UNKNOWN), "failed": int(one.failed),
            }
            for one in exceptions
        ]  # fmt: skip
        addresses = dict(intent.copies)
        refused = [
            common | {"address": digest(addresses[one.holder]), "reason": one.reason, "now": now}
            for one in exceptions
            if one.state is State.INVALID
        ]
        with self._fenced(shard, now) as work:
            if not work.run("attempt_end", attempt=intent.attempt, provider_id=provider_id, now=now):
                if last:
                    self._release(work, shard, now)
                return 0
            work.many("outcome", rows)
            work.many("outcome_followers", rows)
            work.many("trail_put", rows)
            # In one order, whoever writes them: rows, bucket, campaign; two workers never wait for each other.
            work.many("suppression_put", sorted(refused, key=itemgetter("address")))
            work.run(
                "accept", campaign=shard.campaign, shard=shard.id, attempt=intent.attempt, now=now,
                accepted=State.ACCEPTED, attempting=State.ATTEMPTING,
            )  # fmt: skip
            failures = orders.hold(work, shard.lane.kind, hold, self.rules.most)
            if any(row["state"] in _UNREACHED for row in rows):
                escalate(work, shard.campaign, shard.id, now)
            if last:
                self._release(work, shard, now)
            return failures

    def dismiss(self, shard: Shard, state: State, reason: str, now: int) -> None:
        """Close what was not sent, with the reason, and never send again what is unknown."""
        common = {"campaign": shard.campaign, "shard": shard.id}
        ended = common | {"state": state, "reason": reason, "now": now, "planned": State.PLANNED}
        with self._fenced(shard, now) as work:
            work.run("dismiss_trail", **ended)
            work.run("dismiss", **ended)
            work.run("dismiss_unknown", held=HELD, unknown=State.UNKNOWN, **common)

    def release(self, shard: Shard, now: int, *, not_before: int = 0) -> None:
        """Give a shard back, with the time at which there is something to do in it again, if ever."""
        with self._fenced(shard, now) as work:
            self._release(work, shard, now, not_before)

    def _claim(
        self, work: Transaction, campaign: int, now: int, kinds: Collection[Kind], again: Collection[Kind],
        *, closing: bool = False, only: int | None = None,
    ) -> Shard | None:  # fmt: skip
        meters, until = orders.meters(work), now + self.rules.lease
        if only is not None:
            row = work.one("claim_one", campaign=campaign, shard=only, now=now, until=until)
        else:
            row = _first(work, campaign, kinds, {} if closing else meters, now, until)
        if row is None:
            return None
        kind = KINDS[row["channel"]]
        lane = Lane(kind=kind, locale=row["locale"], guardian=bool(row["guardian"]), news=bool(row["news"]))
        shard = Shard(
            campaign=campaign, id=row["id"], lane=lane, epoch=row["epoch"], zone=row["zone"],
            failures=meters[kind].failures if kind in meters else 0,
        )  # fmt: skip
        if shard.epoch > 1:
            # Nobody held a shard before its first epoch, so no request of it was ever intended.
            _take_over(work, shard, now)
            if not closing:
                self._resend(work, shard, now, at_once=kind in again)
        return shard

    def _resend(self, work: Transaction, shard: Shard, now: int, *, at_once: bool) -> None:
        work.run(
            "resend", campaign=shard.campaign, shard=shard.id, now=now, planned=State.PLANNED, unknown=State.UNKNOWN,
            settled_before=now - (0 if at_once else self.rules.reconcile),
            tries=max(self.rules.tries, REPEATS) if at_once else self.rules.tries,
        )  # fmt: skip

    def _release(self, work: Transaction, shard: Shard, now: int, not_before: int = 0) -> None:
        work.run(
            "release", campaign=shard.campaign, shard=shard.id, epoch=shard.epoch, unknown=State.UNKNOWN,
            planned=State.PLANNED, window=self.rules.reconcile, tries=self.rules.tries, held=HELD,
            settled_before=now - self.rules.reconcile, not_before=not_before,
        )  # fmt: skip

    def _intend(self, work: Transaction, shard: Shard, terms: Terms, now: int, today: int | None) -> Intent | None:
        if not orders.control(work, shard.campaign).goes(now if today is None else today):
            return None
        with orders.bucket(work, shard.lane.kind, self.paces, terms.limit, now) as bucket:
            if not bucket.granted:
                return None
            # One more than may go out tells whether this is the last of the shard.
            ready = self._ready(work, shard, bucket.granted + 1, now)
            going = ready[: bucket.granted]
            bucket.used = len(going)
        return self._write(work, shard, terms, going, now, more=len(ready) > len(going)) if going else None

    def _ready(self, work: Transaction, shard: Shard, most: int, now: int) -> list[Copy]:
        """Return what is ready; dead tokens and refused addresses are taken out for good, with their reason."""
        values = {"campaign": shard.campaign, "shard": shard.id, "planned": State.PLANNED, "now": now, "limit": most}
        channel = shard.lane.kind.number
        ready = list(map(Copy._make, work.bulk("ready", Copy._fields, **values)))
        if not ready or not work.one("suppression_any", channel=channel):
            return ready
        found = [
            (copy.holder, known["reason"])
            for copy in ready
            if (known := work.one("suppression_get", channel=channel, address=digest(copy.address)))
        ]
        _suppress(work, shard, found, now)
        out = {holder for holder, _ in found}
        left = [copy for copy in ready if copy.holder not in out]
        # All of it taken out: there may be more behind it.
        return left if left or not found else self._ready(work, shard, most, now)

    def _write(
        self, work: Transaction, shard: Shard, terms: Terms, going: Sequence[Copy], now: int, *, more: bool
    ) -> Intent:
        digest_ = terms.content.digest
        work.run("content_put", digest=digest_, body=terms.content.dump())
        attempt = work.value(
            "attempt_put", campaign=shard.campaign, shard=shard.id, epoch=shard.epoch, provider=terms.provider,
            content=digest_, copies=len(going), now=now,
        )  # fmt: skip
        common = {"campaign": shard.campaign, "attempt": attempt, "now": now} | _STATES
        numbers = json.dumps([copy.holder for copy in going])
        work.run("intend", channel=shard.lane.kind.number, numbers=numbers, **common)
        work.run("intend_followers", shard=shard.id, **common)
        return Intent(
            attempt=attempt,
            copies=tuple((copy.holder, copy.address) for copy in going),
            failures={copy.holder: copy.failures for copy in going if copy.failures},
            more=more,
            at=now,
        )

    @contextmanager
    def _fenced(self, shard: Shard, now: int) -> Iterator[Transaction]:
        """Give a transaction that begins by proving, and prolonging, the lease."""
        until = now + self.rules.lease
        with self.database.transaction() as work:
            if not work.run("fence", campaign=shard.campaign, shard=shard.id, epoch=shard.epoch, until=until):
                message = f"shard {shard.id}: another worker has taken it over"
                raise LeaseLost(message)
            yield work


_UNREACHED = {State.INVALID, State.SUPPRESSED}
_STATES = {"planned": State.PLANNED, "attempting": State.ATTEMPTING}


def digest(address: str) -> str:
    """Return what stands for an address in the list of those that nothing goes to."""
    return sha256(address.encode()).hexdigest()


def _next(
    work: Transaction, campaign: int, kinds: Collection[Kind], meters: Mapping[Kind, Meter], now: int
) -> Iterator[tuple[Kind, int, int]]:
    """Yield (kind, shard, when it can be claimed) of the first shard of each kind."""
    for kind in sorted(kinds):
        row = work.one("next_ready", campaign=campaign, channel=kind.number)
        if row is not None:
            meter = meters.get(kind)
            yield kind, row["id"], max(row["ready_at"], meter.free_at if meter and meter.waits(now) else 0)


def _first(
    work: Transaction, campaign: int, kinds: Collection[Kind], meters: Mapping[Kind, Meter], now: int, until: int
) -> Mapping[str, Any] | None:
    """Claim the shard that has waited longest; None if none is ready."""
    ready = [(due, id_, kind) for kind, id_, due in _next(work, campaign, kinds, meters, now) if due <= now]
    if not ready:
        return None
    return work.one("claim", campaign=campaign, channel=min(ready)[2].number, now=now, until=until)


def _take_over(work: Transaction, shard: Shard, now: int) -> None:
    common = {"campaign": shard.campaign, "shard": shard.id, "attempting": State.ATTEMPTING, "unknown": State.UNKNOWN}
    work.run("orphans_trail", now=now, **common)
    work.run("orphans", **common)


def _suppress(work: Transaction, shard: Shard, found: Sequence[tuple[int, str]], now: int) -> None:
    common = {"campaign": shard.campaign, "channel": shard.lane.kind.number, "attempt": 0, "now": now}
    common |= {"state": State.SUPPRESSED, "planned": State.PLANNED}
    rows = [common | {"holder": holder, "reason": f"refused before: {reason}"} for holder, reason in found]
    work.many("suppress", rows)
    work.many("suppress_followers", rows)
    work.many("trail_put", rows)
    if rows:
        escalate(work, shard.campaign, shard.id, now)


def escalate(work: Transaction, campaign: int, shard: int, now: int) -> int:
    """Call up the pushes in reserve of holders whose address is refused, in shards of their own: nobody holds those.

    Returns how many.
    """
    found = work.all(
        "reserves", campaign=campaign, shard=shard, reserved=State.RESERVED, invalid=State.INVALID,
        suppressed=State.SUPPRESSED, bounced=State.BOUNCED,
    )  # fmt: skip
    new: dict[int, int] = {}
    if found:
        work.run("number_lock", campaign=campaign)
    for row in found:
        if row["shard"] not in new:
            new[row["shard"]] = 1 + int(work.value("shard_last", campaign=campaign))
            work.run("shard_like", campaign=campaign, id=new[row["shard"]], shard=row["shard"], now=now)
    common = {"campaign": campaign, "now": now, "planned": State.PLANNED, "reserved": State.RESERVED}
    work.many(
        "call_up",
        [common | {"holder": row["holder"], "channel": row["channel"], "id": new[row["shard"]]} for row in found],
    )
    return len(found)
