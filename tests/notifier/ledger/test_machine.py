"""The state machine of a notice: the real ledger against a model, by every order of events hypothesis can think of."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from notifier import campaign
from notifier.channels.protocol import Content, Kind
from notifier.errors import LeaseLost
from notifier.ledger import figures, orders, sqlite
from notifier.ledger.book import HELD, Book
from notifier.ledger.records import Intent, Rules, Shard, Standing, State, Verdict
from tests.notifier import raw
from tests.notifier.factory import make_bundle, write_audience

if TYPE_CHECKING:
    from collections.abc import Iterable

    from notifier.ledger.database import Database

CONTENT = Content(kind=Kind.EMAIL, locale="en", direction="ltr", guardian=False, subject="s", text="t")
NAME = "privacy-policy/2026-12-01"
HOLDERS = 5
WORKERS = 2


class Machine(RuleBasedStateMachine):
    """Two workers, a provider, an operator and a clock; the model remembers what the provider was really given."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database

    @initialize(tries=st.sampled_from([0, 2]))
    def begin(self, tries: int) -> None:
        self.rules = Rules(lease=10, reconcile=20, tries=tries)
        raw.empty(self.database)
        rows = [f"a{n},h{n}@example.org,en,KZ,,,,," for n in range(HOLDERS - 1)] + ["f,H0@example.org,en,KZ,,,,,"]
        request = campaign.Request(
            bundle=make_bundle(), source=write_audience(Path("a.csv"), *rows), today=date(2026, 12, 1), chosen=True,
            kinds=set(Kind), rejects=Path("rejects.jsonl"),
        )  # fmt: skip
        campaign.plan(self.database, request, self.rules, datetime(2026, 12, 1, tzinfo=UTC))
        found = figures.campaign(self.database, NAME)
        self.campaign, self.now = found.id, found.control.not_before + 1
        self.book = Book(database=self.database, rules=self.rules)
        self.shards: dict[int, Shard] = {}
        self.intents: dict[int, Intent] = {}
        #: Attempts by holder that the provider was asked to carry out, and those whose outcome nobody knows.
        self.sent: dict[int, list[int]] = {}
        self.doubtful: set[int] = set()
        self.final: dict[int, State] = {}
        #: How often the operator ordered by holder that what is held be sent once more.
        self.ordered: dict[int, int] = {}

    def _lose(self, worker: int) -> None:
        self.shards.pop(worker, None)
        intent = self.intents.pop(worker, None)
        if intent:
            self.doubtful.add(intent.attempt)

    @rule(passed=st.sampled_from([1, 9, 11, 25, 60]))
    def time_passes(self, passed: int) -> None:
        self.now += passed

    @rule(passed=st.integers(1, 25))
    def clock_is_put_back(self, passed: int) -> None:
        self.now -= passed

    def _one(self, data: st.DataObject, workers: Iterable[int]) -> int:
        return data.draw(st.sampled_from(sorted(workers)))

    def _idle(self) -> set[int]:
        return set(range(WORKERS)) - self.shards.keys()

    def _ready(self) -> set[int]:
        return self.shards.keys() - self.intents.keys()

    @precondition(lambda self: self._idle())
    @rule(data=st.data())
    def claim(self, data: st.DataObject) -> None:
        worker = self._one(data, self._idle())
        if shard := self.book.claim(self.campaign, self.now):
            # Taken over from one that does not know it yet: nobody knows what became of its request.
            self.doubtful |= {
                intent.attempt for other, intent in self.intents.items() if self.shards[other].id == shard.id
            }
            self.shards[worker] = shard

    @precondition(lambda self: self._ready())
    @rule(data=st.data(), limit=st.integers(1, HOLDERS))
    def request(self, data: st.DataObject, limit: int) -> None:
        worker = self._one(data, self._ready())
        try:
            intent = self.book.intend(self.shards[worker], CONTENT, "t", limit, self.now)
        except LeaseLost:
            self._lose(worker)
            return
        if intent:
            self.intents[worker] = intent
            for holder, _ in intent.copies:
                self.sent.setdefault(holder, []).append(intent.attempt)

    @precondition(lambda self: self.intents)
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        worker = self._one(data, self.intents)
        intent, shard = self.intents[worker], self.shards[worker]
        verdicts, refused = [], set()
        for holder, _ in intent.copies:
            state = data.draw(st.sampled_from([None, State.PLANNED, State.UNKNOWN, State.INVALID]))
            if state is not None:
                failed = state is State.PLANNED
                verdicts.append(Verdict(holder=holder, state=state, at=self.now, reason="r", failed=failed))
            if state is State.PLANNED:
                refused.add(holder)
            if state is State.UNKNOWN:
                self.doubtful.add(intent.attempt)
        try:
            self.book.record(shard, intent, verdicts, "p", self.now)
        except LeaseLost:
            self._lose(worker)
            return
        del self.intents[worker]
        for holder in refused:
            # Certainly not sent: it does not count.
            self.sent[holder].remove(intent.attempt)

    @precondition(lambda self: self._ready())
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        worker = self._one(data, self._ready())
        with suppress(LeaseLost):
            self.book.release(self.shards[worker], self.now)
        self._lose(worker)

    @precondition(lambda self: self.shards)
    @rule(data=st.data())
    def is_killed(self, data: st.DataObject) -> None:
        self._lose(self._one(data, self.shards))

    @rule(standing=st.sampled_from([Standing.PAUSED, Standing.RUNNING]))
    def operator(self, standing: Standing) -> None:
        orders.order(self.database, self.campaign, standing)

    @rule(passed=st.sampled_from([0, 25]))
    def sends_what_is_held(self, passed: int) -> None:
        self.now += passed
        query = "SELECT holder FROM notice WHERE state = 0"
        leaders = dict(raw.sql(self.database, "SELECT holder, leader FROM notice"))
        before = {holder for (holder,) in raw.sql(self.database, query)}
        freed = orders.awaken(self.database, self.campaign, self.rules, self.now, held=True)
        after = {holder for (holder,) in raw.sql(self.database, query)}
        assert freed == len(after - before)
        for holder in after - before:
            # Only of what nobody knows.
            assert self.sent[leaders[holder] or holder][-1] in self.doubtful
            self.ordered[holder] = self.ordered.get(holder, 0) + 1

    @precondition(lambda self: self._ready() and self.now % 5 == 0)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        worker = self._one(data, self._ready())
        try:
            self.book.dismiss(self.shards[worker], State.SUPPRESSED, "x", self.now)
        except LeaseLost:
            self._lose(worker)

    @invariant()
    def the_promise(self) -> None:
        rows = raw.sql(self.database, "SELECT holder, leader, state, tries FROM notice ORDER BY holder")
        # Nobody is lost.
        assert HOLDERS == len(rows)
        by_holder = {holder: (State(state), tries) for holder, _, state, tries in rows}
        for holder, leader, code, tries in rows:
            state = State(code)
            # A final state stays.
            assert self.final.get(holder, state) is state
            if state.final:
                self.final[holder] = state
            # Accepted means that a provider was given it.
            if state is State.ACCEPTED:
                assert self.sent.get(leader or holder)
            # Who shares a mailbox shares the fate.
            if leader:
                assert by_holder[leader] == (state, tries)
            # Twice only after a doubt, once more at most; never with `hold`, but by order.
            attempts = self.sent.get(holder, [])
            assert len(attempts) <= max(self.rules.tries, 1) + self.ordered.get(leader or holder, 0)
            assert set(attempts[:-1]) <= self.doubtful
            assert tries <= len(attempts) or tries >= HELD or leader


@pytest.mark.parametrize("ledger_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True)
def test_the_promise_is_kept(ledger: Database) -> None:
    """By whatever order of events: nobody is lost, none is told twice without a doubt, no final state changes."""
    some = 60 if isinstance(ledger, sqlite.Database) else 25
    run_state_machine_as_test(
        lambda: Machine(ledger),
        settings=settings(
            max_examples=some, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
