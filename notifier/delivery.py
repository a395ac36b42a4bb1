"""The sending loop, one shard at a time: claim, intend, send, record, release; knows no threads and no provider."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from notifier import tokens
from notifier.channels.protocol import Addressee, Batch, Result
from notifier.errors import LeaseLost, ProviderError
from notifier.ledger.records import State, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from notifier.channels.protocol import Answer, Channel, Kind, Outcome
    from notifier.compose import Composer
    from notifier.ledger.book import Book
    from notifier.ledger.records import Intent, Shard

#: Seconds before a certain failure is tried again: the first time, and at most.
FIRST_RETRY = 15
LONGEST_RETRY = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """Nothing can be claimed just now."""

    #: Milliseconds since the epoch at which something can; None if all is done.
    due: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """A shard was worked on."""

    #: Copies the provider took over.
    accepted: int


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
    #: Certain failures in a row by shard, for the backoff; forgotten with the process.
    _failures: dict[int, int] = field(default_factory=dict)

    def step(self) -> Worked | Idle:
        """Claim a shard and work it off.

        ProviderError if a provider refuses us as a whole: what it did not take is planned again.
        """
        shard = self.book.claim(self.campaign, self.clock())
        if shard is None:
            return Idle(due=self.book.next_due(self.campaign))
        try:
            return Worked(accepted=self._work(shard))
        except LeaseLost:
            # The worker that took over will find out what we could no longer write.
            return Worked(accepted=0)

    def _work(self, shard: Shard) -> int:
        channel = self.channels[shard.lane.kind]
        content = self.composer.content(shard.lane)
        self.book.requeue(shard, self.clock(), at_once=channel.idempotent)
        accepted, stop = 0, ""
        while not stop:
            intent = self.book.intend(shard, content, channel.name, channel.limit, self.clock())
            if intent is None:
                break
            answer = channel.send(self._batch(shard, intent))
            verdicts = self._verdicts(shard, intent, answer)
            self.book.record(shard, intent, verdicts, answer.provider_id, self.clock())
            accepted, stop = accepted + len(intent.copies) - len(verdicts), answer.stop
        self.book.release(shard, self.clock())
        if stop:
            raise ProviderError(stop)
        return accepted

    def _batch(self, shard: Shard, intent: Intent) -> Batch:
        return Batch(
            campaign=self.name,
            attempt=str(intent.attempt),
            content=self.composer.content(shard.lane),
            addressees=tuple(self._addressee(shard, holder, address) for holder, address in intent.copies),
        )

    def _addressee(self, shard: Shard, holder: int, address: str) -> Addressee:
        notice = shard.notice(holder)
        token = ""
        if self.key and self.expires:
            token = tokens.sign(self.key, notice, purpose="consent", expires=self.expires)
        return Addressee(notice=str(notice), address=address, token=token)

    def _verdicts(self, shard: Shard, intent: Intent, answer: Answer) -> list[Verdict]:
        """Return what is not simply accepted; a copy that the channel says nothing of is unknown, never accepted."""
        by_notice = {outcome.notice: outcome for outcome in answer.outcomes}
        now, verdicts = self.clock(), []
        failures = self._count(shard, answer)
        for holder, _ in intent.copies:
            outcome = by_notice.get(str(shard.notice(holder)))
            if outcome is None or outcome.result is not Result.ACCEPTED:
                verdicts.append(_verdict(holder, outcome, now, failures))
        return verdicts

    def _count(self, shard: Shard, answer: Answer) -> int:
        failed = any(outcome.result is Result.AGAIN for outcome in answer.outcomes)
        self._failures[shard.id] = self._failures.get(shard.id, 0) + 1 if failed else 0
        return self._failures[shard.id]


_STATES = {Result.AGAIN: State.PLANNED, Result.INVALID: State.INVALID, Result.UNKNOWN: State.UNKNOWN}


def _verdict(holder: int, outcome: Outcome | None, now: int, failures: int) -> Verdict:
    if outcome is None:
        return Verdict(holder=holder, state=State.UNKNOWN, at=now, reason="the channel said nothing of it")
    at = now + _pause(outcome.wait, failures) if outcome.result is Result.AGAIN else now
    return Verdict(holder=holder, state=_STATES[outcome.result], at=at, reason=outcome.reason)


def _pause(wait: float | None, failures: int) -> int:
    """Return the milliseconds before another try: the provider's wish, else doubling, with jitter."""
    if wait is not None:
        return int(wait * 1000)
    longest = min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(max(failures - 1, 0), 10))
    return int(longest * 1000 * random.uniform(0.5, 1))  # noqa: S311 - spreads load, keeps no secret
