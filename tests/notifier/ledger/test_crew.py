"""Tests of what the ledger knows of workers and of what is handed over to them, in both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from notifier.channels.protocol import Kind
from notifier.errors import LeaseLost
from notifier.ledger import crew
from notifier.ledger.book import Book
from notifier.ledger.records import Intent, Shard, State, Verdict
from tests.notifier import raw
from tests.notifier.ledger.test_ledger import CONTENT, NAME, english, plan, states

if TYPE_CHECKING:
    from notifier.ledger.database import Database
    from notifier.ledger.records import Rules


def test_one_deals_at_a_time_and_not_too_often(ledger: Database) -> None:
    """Whoever comes first has the turn; the next has it when a moment has passed, and not before."""
    turns = []
    for now in (1000, 1000, 1499, 1500):
        with ledger.transaction() as work:
            turns.append(crew.ticks(work, now, 500))
    assert [True, False, False, True] == turns


def test_a_worker_is_seen_silent_and_forgotten(ledger: Database) -> None:
    """It shows itself; when it does not it is silent, and after a day forgotten; one that leaves is gone at once."""
    one = crew.arrive(ledger, "one", 4, 1000)
    two = crew.arrive(ledger, "two", 2, 1000)
    assert crew.seen(ledger, one, 40_000, 17)
    assert [("one", 4, 17, False), ("two", 2, 0, True)] == [
        (worker.name, worker.threads, worker.accepted, worker.silent(40_000)) for worker in crew.present(ledger)
    ]
    crew.leave(ledger, one)
    crew.arrive(ledger, "three", 1, 1001 + crew.FORGOTTEN)
    assert ["three"] == [worker.name for worker in crew.present(ledger)]
    assert not crew.seen(ledger, two, 2 + crew.FORGOTTEN, 0)


def test_a_plan_hands_nothing_over(ledger: Database, rules: Rules) -> None:
    """Workers send what was handed over; planned anew, it is to be handed over anew."""
    number = plan(ledger, rules, english(3))
    with ledger.reading() as work:
        assert [] == crew.handed(work)
    assert crew.hand_over(ledger, number, 5)
    assert not crew.hand_over(ledger, number, 6)
    assert NAME == crew.name_of(ledger, number)
    with ledger.reading() as work:
        assert [(number, NAME)] == [(one.id, one.name) for one in crew.handed(work)]
        assert [1] == crew.ready(work, number, tuple(Kind), 0, 10)
    number = plan(ledger, rules, english(4))
    assert crew.name_of(ledger, number) is None


def begun(ledger: Database, rules: Rules) -> tuple[Book, Shard, Intent]:
    """Return a request that was written down at 0, for a shard that was dealt out by its number."""
    book, number = Book(database=ledger, rules=rules), plan(ledger, rules, english(3))
    shard = book.claim(number, 0, only=1)
    assert shard is not None
    intent = book.intend(shard, CONTENT, "p", 1000, 0)
    assert intent is not None
    return book, shard, intent


def test_a_shard_that_was_dealt_out_twice_is_claimed_once(ledger: Database, rules: Rules) -> None:
    """The second finds it leased; and one whose lease is over is claimed by its number too."""
    book, shard, _ = begun(ledger, rules)
    assert book.claim(shard.campaign, 1, only=1) is None
    later = book.claim(shard.campaign, rules.lease, only=1)
    assert (1, 2) == (later.id, later.epoch) if later else False


def test_an_outcome_that_was_written_is_not_written_again(ledger: Database, rules: Rules) -> None:
    """The server's answer was lost on its way, so the worker tries again: trail, tries and failures stay as they were."""
    book, shard, intent = begun(ledger, rules)
    doubt = [Verdict(holder=intent.copies[0][0], state=State.UNKNOWN, at=1, reason="no answer")]
    for now in (10, 11):
        book.record(shard, intent, doubt, "id", now, hold=99, last=True)
    assert {State.ACCEPTED: 2, State.UNKNOWN: 1} == states(ledger, rules)
    assert [(1,)] == raw.sql(ledger, "SELECT COUNT(*) FROM trail")
    assert [(1,)] == raw.sql(ledger, "SELECT MAX(tries) FROM notice")
    assert [(1, 10)] == raw.sql(ledger, "SELECT failures, ended_at FROM pace, attempt")


def test_a_lease_is_proved_and_begins_anew(ledger: Database, rules: Rules) -> None:
    """Who was held up asks before the request; who lost the shard meanwhile makes none."""
    book, shard, _ = begun(ledger, rules)
    assert 30_000 + rules.lease == book.prolong(shard, 30_000)
    assert book.claim(shard.campaign, rules.lease, only=1) is None
    assert book.claim(shard.campaign, 30_000 + rules.lease, only=1)
    with pytest.raises(LeaseLost):
        book.prolong(shard, 30_001 + rules.lease)
