"""Tests that reports settled by the hundred say what each says alone, also where several processes settle."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier.channels.protocol import Kind
from notifier.events import sendgrid
from notifier.events.settling import settle
from notifier.ledger import events, open_ledger, settlement
from notifier.ledger.book import Book
from notifier.ledger.events import Incoming, Source
from notifier.ledger.records import State
from tests.notifier import raw
from tests.notifier.sent import CONTENT, NOW, RULES, Sent, planned, sent

if TYPE_CHECKING:
    from notifier.ledger.database import Database, Transaction

#: What settling leaves behind, but for the numbers of the reports and what was called up when.
FACTS = (
    "SELECT holder, channel, state, at, tries, attempt, leader FROM notice ORDER BY holder, channel",
    "SELECT source, key, campaign, holder, channel, attempt, kind, state, hard, at, reason, report, place FROM event ORDER BY key",
    "SELECT holder, channel, attempt, at, state, reason FROM trail ORDER BY holder, channel, state, reason",
    "SELECT channel, address FROM suppression ORDER BY channel, address",
    "SELECT id, settled_at IS NULL, problem FROM report ORDER BY id",
    "SELECT id, ready_at IS NULL FROM shard ORDER BY id",
)
KINDS = ("processed", "deferred", "delivered", "bounce", "dropped", "open")
#: Of which notice, what, when, and of which request.
TOLD = st.tuples(
    st.integers(1, 3), st.sampled_from(KINDS), st.integers(0, 2), st.sampled_from(["own", "none", "other"])
)


def understand(_source: Source, body: bytes, received_at: int) -> list[events.Happening]:
    return sendgrid.understand(body, received_at)


def keep(found: Sent, *bodies: bytes) -> None:
    events.keep(
        found.database, [Incoming(source=Source.SENDGRID, body=body, received_at=NOW + 60_000) for body in bodies]
    )


@given(
    st.sampled_from([State.ATTEMPTING, State.UNKNOWN, State.ACCEPTED]),
    st.lists(st.lists(TOLD, max_size=6), min_size=1, max_size=6),
)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_hundred_together_say_what_each_says_alone(start: State, told: list[list[tuple[int, str, int, str]]]) -> None:
    """Every table is the same, whether reports are settled one by one or all in one transaction."""
    ends = []
    for together in (1, 500):
        path = Path(f"together-{together}.db")
        database = open_ledger(f"sqlite:///{path}", create=True)
        try:
            found = sent(database, start)
            attempts = {"own": {}, "none": {"attempt": None}, "other": {"attempt": "77"}}
            keep(found, b"no report", *(
                found.body(*(found.event(holder, kind, n, type="bounce", status="5.1.1", **attempts[which])
                             for holder, kind, n, which in report))
                for report in told
            ))  # fmt: skip
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(settlement, "REPORTS", together)
                settle(database, lambda: NOW + 60_000)
            ends.append([raw.sql(database, one) for one in FACTS])
        finally:
            database.close()
            path.unlink()
    assert ends[0] == ends[1]


def test_as_many_are_taken_as_are_bounded(ledger: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """By number and by letters; one that is longer than allowed is settled alone."""
    found = sent(ledger)
    keep(found, *(found.body(found.event(1, "open", number)) for number in range(5)))
    keep(found, found.body(found.event(1, "delivered", pad="x" * 10_000)), found.body(found.event(1, "open", 9)))
    monkeypatch.setattr(settlement, "REPORTS", 3)
    monkeypatch.setattr(settlement, "LETTERS", 5000)
    sizes = []
    for _ in range(5):
        with ledger.transaction() as work:
            one = settlement.settle_next(work, understand, NOW)
        sizes.append(one.reports if one else None)
    assert [3, 2, 1, 1, None] == sizes


def test_what_moved_meanwhile_is_looked_at_again(ledger: Database) -> None:
    """An order that sends a held notice once more takes no shard's row; the event still settles it, and is counted once."""
    found = sent(ledger, State.UNKNOWN)
    keep(found, found.body(found.event(1, "delivered"), found.event(2, "delivered")))
    with ledger.transaction() as work:
        settled = settlement.settle_next(Meddling(work, found.campaign), understand, NOW)  # type: ignore[arg-type]
    assert settled is not None
    assert Counter({State.DELIVERED: 2}) == settled.lifted
    assert (State.DELIVERED, State.DELIVERED) == (found.state(1), found.state(2))


class Meddling:
    """A transaction in which, just before the first notices are lifted, somebody else plans one of them anew."""

    def __init__(self, work: Transaction, campaign: int) -> None:
        self.work, self.campaign, self.done = work, campaign, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.work, name)

    def all(self, name: str, /, **values: Any) -> Any:
        if name == "lift" and not self.done:
            self.done = True
            self.work.run(
                "resend", campaign=self.campaign, shard=1, now=NOW, planned=State.PLANNED, unknown=State.UNKNOWN,
                settled_before=NOW, tries=9,
            )  # fmt: skip
        return self.work.all(name, **values)


@pytest.mark.parametrize("settlers", [2, 4])
def test_several_settle_at_once(ledger: Database, settlers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same events in reports of other orders: nobody waits for another for ever, and each event is one row."""
    monkeypatch.setattr(settlement, "REPORTS", 3)
    rows = [f"a{number},h{number}@example.org,en,KZ,,,,," for number in range(1, 31)]
    found = sent(ledger, rows=rows)
    dice, listed = random.Random(7), []
    told = [
        found.event(
            1, kind, 0, email=f"h{holder}@example.org", notice=found.notice(holder), sg_event_id=f"{kind}-{holder}"
        )
        for holder in range(1, 31)
        for kind in ("processed", "delivered")
    ]
    strangers = [found.event(1, "open", 0, notice=None, sg_event_id=f"o{number}") for number in range(30)]
    for number in range(40):
        some = dice.sample(told + strangers, 45)
        listed.append(found.body(*some, {"pad": number}))
    keep(found, *listed)
    with ThreadPoolExecutor(settlers) as pool:
        ends = list(pool.map(lambda _: settle(ledger, lambda: NOW + 60_000), range(settlers)))
    expected = 60 + 30 + 40
    assert (40, expected) == (sum(one.reports for one in ends), sum(one.new for one in ends))
    assert [(expected,)] == raw.sql(ledger, "SELECT COUNT(*) FROM event")
    assert [(30, State.DELIVERED)] == raw.sql(ledger, "SELECT COUNT(*), state FROM notice GROUP BY state")
    assert Counter({State.DELIVERED: 30}) == sum((one.lifted for one in ends), Counter())


def test_a_worker_waits_for_the_shard_and_the_events_for_the_worker(ledger: Database) -> None:
    """What the sending wrote before is seen; what it writes afterwards takes nothing back."""
    number = planned(ledger)
    book = Book(database=ledger, rules=RULES)
    shard = book.claim(number, NOW, [Kind.EMAIL])
    assert shard is not None
    intent = book.intend(shard, CONTENT, "sendgrid", 1000, NOW)
    assert intent is not None
    found = Sent(database=ledger, campaign=number, attempt=intent.attempt)
    keep(found, found.body(found.event(1, "delivered"), found.event(2, "bounce", type="blocked")))
    settle(ledger, lambda: NOW + 60_000)
    book.record(shard, intent, [], "m1", NOW + 1)
    states = [found.state(holder) for holder in (1, 2, 3, 4)]
    assert [State.DELIVERED, State.BOUNCED, State.ACCEPTED, State.ACCEPTED] == states
