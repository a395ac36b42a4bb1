"""The sending loop, one shard at a time: claim, intend, send, record, release; knows no threads and no provider."""

from __future__ import annotations

import random
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from notifier import tokens
from notifier.channels.protocol import Addressee, Batch, Kind, Result
from notifier.errors import LeaseLost, LedgerLost, ProviderError
from notifier.ledger.book import Terms
from notifier.ledger.records import Standing, State, Verdict
from notifier.pace import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from notifier.channels.protocol import Answer, Channel, Outcome
    from notifier.compose import Composer
    from notifier.ledger.book import Book
    from notifier.ledger.records import Control, Intent, Shard
    from notifier.pace import Quiet

#: Seconds before a certain failure is tried again: the first time, and at most.
FIRST_RETRY = 15
LONGEST_RETRY = 900
#: Seconds before an outcome that could not be written is tried again.
WRITE_AGAIN = 0.5
#: Milliseconds between two looks at whether the operator lets a campaign go on.
LOOK = 1000


class Why(StrEnum):
    """Why nothing can be claimed."""

    #: Retries, windows, other workers' leases, quiet hours, or a rate.
    LATER = "later"
    #: The operator paused it.
    PAUSED = "paused"
    #: Its first moment has not come.
    EARLY = "early"


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """Nothing can be claimed just now."""

    #: Milliseconds since the epoch at which something can; None if all is done.
    due: int | None
    why: Why = Why.LATER


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """A shard was worked on."""

    #: Copies the provider took over.
    accepted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request and what became of it: what operations see; no address, no token, no account."""

    attempt: int
    shard: int
    kind: Kind
    locale: str
    copies: int
    #: Copies by what became of them.
    states: Mapping[State, int]
    #: Milliseconds the provider took to answer.
    took: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Sends one campaign; `step` is called from as many threads as there are."""

    book: Book
    #: Number of the campaign in the ledger.
    campaign: int
    #: Its name, as the provider's events will say it.
    name: str
    composer: Composer
    channels: Mapping[Kind, Channel]
    #: Milliseconds since the epoch.
    clock: Callable[[], int]
    #: Signs the links; empty where no link needs it.
    key: bytes = b""
    #: Until when links are good.
    expires: date | None = None
    #: Milliseconds that calendar decisions are ahead of the clock, where a day was chosen.
    ahead: int = 0
    #: Hours in which no push goes out; None: any hour.
    quiet: Quiet | None = None
    #: Told of each request once its outcome is recorded.
    on_sent: Callable[[Sent], None] = lambda _sent: None
    #: Told of each request before it is made; what it raises keeps the request from being made.
    on_intent: Callable[[Shard, Intent, str, int], None] = lambda _shard, _intent, _provider, _now: None
    #: Told of a shard that another worker took over.
    on_lost: Callable[[int], None] = lambda _shard: None
    #: Asked between two requests: whether to give the shard back and leave.
    leaving: Callable[[], bool] = lambda: False
    #: Milliseconds that an empty bucket is waited for with a shard in hand.
    patience: int = 0
    sleep: Callable[[float], object] = time.sleep

    def step(self, shard: int | None = None) -> Worked | Idle:
        """Claim a shard, the first or the one that is named, and work it off.

        ProviderError if a provider refuses us as a whole: what it did not take is planned again.
        """
        now, control = self.clock(), self.book.control(self.campaign)
        over = control.over(now + self.ahead)
        if not over and not control.goes(now + self.ahead):
            return self._idle(control, now)
        if over:
            return self._close(now, over, shard)
        begun = self.book.begin(
            self.campaign,
            now,
            lambda claimed: None if self._silent(claimed) else self._terms(claimed),
            tuple(self.channels),
            again=self._again,
            today=now + self.ahead,
            only=shard,
        )
        if begun is None:
            return self._later(now)
        return self._guarded(begun[0], lambda: self._work(*begun))

    def _idle(self, control: Control, now: int) -> Idle:
        due = self.book.next_due(self.campaign, now, tuple(self.channels))
        if due is None:
            return Idle(due=None)
        why = Why.PAUSED if control.standing is Standing.PAUSED else Why.EARLY
        first = control.not_before - self.ahead
        return Idle(due=now + LOOK if why is Why.PAUSED else max(first, due), why=why)

    def _later(self, now: int) -> Idle:
        return Idle(due=self.book.next_due(self.campaign, now, tuple(self.channels)))

    def _guarded(self, shard: Shard, work: Callable[[], int]) -> Worked:
        try:
            return Worked(accepted=work())
        except LeaseLost:
            # The worker that took over will find out what we could no longer write.
            self.on_lost(shard.id)
            return Worked(accepted=0)

    def _close(self, now: int, over: tuple[State, str], only: int | None) -> Worked | Idle:
        shard = self.book.claim(self.campaign, now, closing=True, only=only)
        if shard is None:
            return self._later(now)
        return self._guarded(shard, lambda: _dismiss(self.book, shard, over, self.clock))

    def _silent(self, shard: Shard) -> int | None:
        if self.quiet is None or shard.lane.kind is Kind.EMAIL:
            return None
        return self.quiet.until(shard.zone or self.composer.bundle.timezone, self.clock())

    @property
    def _again(self) -> list[Kind]:
        """Return the kinds of which an unknown outcome may be tried again at once."""
        return [kind for kind, channel in self.channels.items() if channel.idempotent]

    def _terms(self, shard: Shard) -> Terms:
        channel = self.channels[shard.lane.kind]
        return Terms(self.composer.content(shard.lane), channel.name, channel.limit)

    def _work(self, shard: Shard, intent: Intent | None) -> int:
        accepted, stop, last = 0, "", False
        while intent or self._patient(shard):
            if intent:
                taken, stop, last = self._request(shard, intent)
                accepted += taken
            if stop or last or self.leaving():
                break
            now = self.clock()
            intent = self.book.intend(shard, *self._terms(shard), now, now + self.ahead)
        if not last:
            self.book.release(shard, self.clock(), not_before=self._silent(shard) or 0)
        if stop:
            raise ProviderError(stop)
        return accepted

    def _patient(self, shard: Shard) -> bool:
        """Wait for an empty bucket, if that is what keeps a shard from going on, and it is soon over."""
        if not self.patience or self._silent(shard):
            return False
        wait = self.book.free_at(shard.lane.kind) - self.clock()
        if not 0 < wait <= self.patience:
            return False
        self.sleep(wait / 1000)
        return not self.leaving()

    def _request(self, shard: Shard, intent: Intent) -> tuple[int, str, bool]:
        """Make a request and record it; return the copies taken, why to stop, and whether the shard was given back."""
        began, until = self.clock(), intent.at + self.book.rules.lease
        if began > until - self.book.rules.lease // 2:
            # We were held up since the intent: whoever has taken over tells these, not we.
            until = self.book.prolong(shard, began)
        self.on_intent(shard, intent, self.channels[shard.lane.kind].name, intent.at)
        batch = self._batch(shard, intent)
        answer = self.channels[shard.lane.kind].send(batch)
        verdicts = self._verdicts(shard, intent, batch, answer)
        whole = bool(answer.outcomes) and all(one.failed for one in verdicts) and len(verdicts) == len(intent.copies)
        hold = min(one.at for one in verdicts) if whole and not answer.stop else None
        last = bool(answer.stop) or not intent.more
        failures = self._lasting(
            until,
            lambda now: self.book.record(shard, intent, verdicts, answer.provider_id, now, hold, last=last),
        )
        self.on_sent(_sent(shard, intent, verdicts, self.clock() - began))
        stop = answer.stop
        if failures >= self.book.rules.most:
            stop = _exhausted(shard.lane.kind, failures, verdicts[0].reason)
        return len(intent.copies) - len(verdicts), stop, last

    def _lasting(self, until: int, write: Callable[[int], int]) -> int:
        """Write an outcome, again and again while the lease lasts: a server that is away a moment makes no doubt."""
        while True:
            try:
                return write(self.clock())
            except LedgerLost:
                if self.clock() >= until:
                    raise
                self.sleep(WRITE_AGAIN)

    def _batch(self, shard: Shard, intent: Intent) -> Batch:
        return Batch(
            campaign=self.name,
            attempt=str(intent.attempt),
            content=self.composer.content(shard.lane),
            addressees=tuple([self._addressee(shard, holder, address) for holder, address in intent.copies]),
        )

    def _addressee(self, shard: Shard, holder: int, address: str) -> Addressee:
        token = ""
        if self.key and self.expires:
            token = tokens.sign(self.key, shard.notice(holder), purpose="consent", expires=self.expires)
        notice = tokens.written(shard.campaign, holder, shard.lane.kind.number)
        return Addressee(notice=notice, address=address, token=token)

    def _verdicts(self, shard: Shard, intent: Intent, batch: Batch, answer: Answer) -> list[Verdict]:
        """Return what is not simply accepted; a copy that the channel says nothing of is unknown, never accepted."""
        by_notice = {outcome.notice: outcome for outcome in answer.outcomes}
        now, verdicts = self.clock(), []
        # One that fails where others succeed is given up in the end; a provider that takes none gets twice the time.
        most = self.book.rules.most * (2 if all(one.result is Result.AGAIN for one in answer.outcomes) else 1)
        for (holder, _), addressee in zip(intent.copies, batch.addressees, strict=True):
            outcome = by_notice.get(addressee.notice)
            if outcome is None or outcome.result is not Result.ACCEPTED:
                failures = intent.failures.get(holder, 0) + 1
                reason = f"given up after {failures} tries: " if failures >= most else ""
                verdicts.append(_verdict(holder, outcome, now, max(shard.failures + 1, failures), reason))
        return verdicts


_STATES = {Result.INVALID: State.INVALID, Result.GONE: State.SUPPRESSED, Result.UNKNOWN: State.UNKNOWN}


def close(book: Book, campaign: int, over: tuple[State, str], clock: Callable[[], int]) -> None:
    """Close what was not sent of a campaign that is over; a shard that someone works on is closed by them."""
    while (shard := book.claim(campaign, clock(), closing=True)) is not None:
        with suppress(LeaseLost):
            _dismiss(book, shard, over, clock)


def _dismiss(book: Book, shard: Shard, over: tuple[State, str], clock: Callable[[], int]) -> int:
    book.dismiss(shard, *over, clock())
    book.release(shard, clock())
    return 0


def _sent(shard: Shard, intent: Intent, verdicts: list[Verdict], took: int) -> Sent:
    states = Counter(one.state for one in verdicts)
    states[State.ACCEPTED] = len(intent.copies) - len(verdicts)
    return Sent(
        attempt=intent.attempt, shard=shard.id, kind=shard.lane.kind, locale=shard.lane.locale,
        copies=len(intent.copies), states=+states, took=took,
    )  # fmt: skip


def _exhausted(kind: Kind, failures: int, reason: str) -> str:
    return (
        f"{kind}: {failures} requests in a row failed, the last with: {reason}; nobody was lost. "
        "Ask the provider, then `notifier send` goes on"
    )


def _verdict(holder: int, outcome: Outcome | None, now: int, failures: int, given_up: str) -> Verdict:
    if outcome is None:
        return Verdict(holder=holder, state=State.UNKNOWN, at=now, reason="the channel said nothing of it")
    if outcome.result is not Result.AGAIN:
        return Verdict(holder=holder, state=_STATES[outcome.result], at=now, reason=outcome.reason)
    if given_up:
        return Verdict(holder=holder, state=State.SUPPRESSED, at=now, reason=given_up + outcome.reason)
    at = now + _pause(outcome.wait, failures)
    return Verdict(holder=holder, state=State.PLANNED, at=at, reason=outcome.reason, failed=True)


def _pause(wait: float | None, failures: int) -> int:
    """Return the milliseconds before another try: the provider's wish, up to a day, else doubling, with jitter."""
    if wait is not None:
        return min(int(wait * 1000), DAY_MS)
    longest = min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(max(failures - 1, 0), 10))
    return int(longest * 1000 * random.uniform(0.5, 1))  # noqa: S311 - spreads load, keeps no secret
