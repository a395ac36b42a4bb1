"""Tests of the ledger: its file, its fences, and that no state ever goes down."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier import campaign
from notifier.channels.protocol import Content, Kind
from notifier.errors import InputError, LeaseLost, LedgerError
from notifier.ledger import figures, open_ledger
from notifier.ledger.book import Book, Terms
from notifier.ledger.records import Rules, Shard, State, Verdict
from tests.notifier import raw
from tests.notifier.factory import make_bundle, many_rows, write_audience

if TYPE_CHECKING:
    from notifier.ledger.database import Database

CONTENT = Content(kind=Kind.EMAIL, locale="en", direction="ltr", guardian=False, subject="s", text="t")
NAME = "privacy-policy/2026-12-01"


def plan(database: Database, rules: Rules, rows: list[str]) -> int:
    request = campaign.Request(
        bundle=make_bundle(), source=write_audience(Path("a.csv"), *rows), today=date(2026, 12, 1), chosen=True,
        kinds=set(Kind), rejects=Path("rejects.jsonl"),
    )  # fmt: skip
    campaign.plan(database, request, rules, datetime(2026, 12, 1, tzinfo=UTC))
    # These tests count their milliseconds from 0.
    raw.sql(database, "UPDATE campaign SET not_before = 0, not_after = 0")
    return figures.campaign(database, NAME).id


def english(count: int) -> list[str]:
    """Return rows that all fall into one shard."""
    return [f"a{number},a{number}@example.org,en,KZ,,,,," for number in range(count)]


def states(database: Database, rules: Rules, now: int = 0) -> dict[State, int]:
    return dict(figures.count(database, figures.campaign(database, NAME), rules, now).states)


def claim(book: Book, number: int, now: int) -> Shard:
    shard = book.claim(number, now)
    assert shard is not None
    return shard


def test_a_newer_ledger_is_refused(ledger: Database, ledger_url: str) -> None:
    """The message names the ledger and both versions."""
    raw.sql(ledger, "UPDATE about SET value = '99' WHERE key = 'schema'")
    with pytest.raises(LedgerError, match=rf"{re.escape(ledger.name)}: written by a newer version \(ledger format 99"):
        open_ledger(ledger_url)


def test_an_older_ledger_is_refused(ledger: Database, ledger_url: str) -> None:
    """Its tables lack what the statements ask for: the message says so before any of them runs."""
    raw.sql(ledger, "UPDATE about SET value = '1' WHERE key = 'schema'")
    with pytest.raises(
        LedgerError,
        match=rf"{re.escape(ledger.name)}: written by an older version \(ledger format 1, .*`notifier migrate`",
    ):
        open_ledger(ledger_url)


@pytest.mark.parametrize(
    ("url", "error", "words"),
    [
        ("sqlite:///none.db", LedgerError, "no such ledger"),
        ("sqlite:///no/folder/x.db", InputError, "does not exist"),
        ("oracle://u:secret@h/db", InputError, "write sqlite:///FILE"),
        ("notifier.sqlite", InputError, "write sqlite:///FILE"),
        ("sqlite:///text.db", LedgerError, "not a database"),
        ("sqlite:///other.db", LedgerError, "no ledger of ours"),
    ],
)
def test_what_is_no_ledger_is_refused(url: str, error: type[Exception], words: str) -> None:
    """Nothing is made in its place, and no password is repeated."""
    Path("text.db").write_text("hello " * 1000)
    with sqlite3.connect("other.db") as connection:
        connection.execute("CREATE TABLE mine (a)")
    connection.close()
    with pytest.raises(error, match=words) as caught:
        open_ledger(url)
    assert "secret" not in str(caught.value)
    assert not Path("none.db").exists()


def test_a_commit_that_fails_ends_its_transaction(sqlite_ledger: Database) -> None:
    """The next one begins and is kept."""
    raw.sql(sqlite_ledger, "CREATE TABLE first (id INTEGER PRIMARY KEY)")
    raw.sql(sqlite_ledger, "CREATE TABLE second (first INTEGER REFERENCES first DEFERRABLE INITIALLY DEFERRED)")
    writer = sqlite_ledger._writer[0]  # type: ignore[attr-defined]
    writer.execute("PRAGMA foreign_keys = ON")
    with pytest.raises(LedgerError, match="FOREIGN KEY constraint failed"), sqlite_ledger.transaction():
        writer.execute("INSERT INTO second VALUES (1)")
    with sqlite_ledger.transaction():
        writer.execute("INSERT INTO first VALUES (2)")
    kept = [raw.sql(sqlite_ledger, f"SELECT * FROM {name}") for name in ("first", "second")]
    assert [[(2,)], []] == kept


def test_a_shard_is_leased_to_one(ledger: Database, rules: Rules) -> None:
    """A second worker gets nothing before the lease is over, and then the same shard with a higher epoch."""
    book, number = Book(database=ledger, rules=rules), plan(ledger, rules, ["a,a@example.org,en,KZ,,,,,"])
    first = claim(book, number, 0)
    assert book.claim(number, rules.lease - 1) is None
    assert rules.lease == book.next_due(number)
    assert replace(first, epoch=2) == book.claim(number, rules.lease)


def test_a_zombie_cannot_write(ledger: Database, rules: Rules) -> None:
    """Whoever lost the lease can neither record nor release; what it sent becomes unknown."""
    book, number = Book(database=ledger, rules=rules), plan(ledger, rules, ["a,a@example.org,en,KZ,,,,,"])
    shard = claim(book, number, 0)
    intent = book.intend(shard, CONTENT, "test", 10, 0)
    assert intent is not None
    claim(book, number, rules.lease)
    with pytest.raises(LeaseLost):
        book.record(shard, intent, [], "", rules.lease)
    with pytest.raises(LeaseLost):
        book.release(shard, rules.lease)
    assert {State.UNKNOWN: 1} == states(ledger, rules)


@pytest.mark.parametrize(("tries", "open_after"), [(2, 1), (0, 0)])
def test_an_unknown_outcome_waits_for_its_window(ledger: Database, tries: int, open_after: int) -> None:
    """Within the window it is open; afterwards it is sent once more, or held for good."""
    rules = Rules(lease=1000, reconcile=5000, tries=tries)
    book, number = Book(database=ledger, rules=rules), plan(ledger, rules, ["a,a@example.org,en,KZ,,,,,"])
    shard = claim(book, number, 0)
    intent = book.intend(shard, CONTENT, "test", 10, 0)
    assert intent is not None
    book.record(shard, intent, [Verdict(holder=1, state=State.UNKNOWN, at=0, reason="timeout")], "", 0)
    book.release(shard, 0)
    found = figures.campaign(ledger, NAME)
    assert (1, open_after) == tuple(figures.count(ledger, found, rules, now).open for now in (4999, 5000))
    # Held, it is looked at once more, so that whoever waits for the end waits for the window.
    assert 5000 == book.next_due(number)
    assert (0 if tries else 1) == figures.count(ledger, found, rules, 5000).held


def test_those_who_share_a_mailbox_share_the_outcome(ledger: Database, rules: Rules) -> None:
    """One copy is sent, two rows say what became of it, also a row that is planned only later."""
    rows = ["a,f@example.org,en,KZ,,,,,", "b,F@example.org,en,KZ,,,,,"]
    book, number = Book(database=ledger, rules=rules), plan(ledger, rules, rows)
    shard = claim(book, number, 0)
    intent = book.intend(shard, CONTENT, "test", 10, 0)
    assert intent is not None
    assert ((1, "f@example.org"),) == intent.copies
    book.record(shard, intent, [], "m", 1)
    assert {State.ACCEPTED: 2} == states(ledger, rules)
    plan(ledger, rules, [*rows, "c,f@example.org,en,KZ,,,,,"])
    assert {State.ACCEPTED: 3} == states(ledger, rules)


def test_an_intent_is_of_its_copies_alone(ledger: Database, rules: Rules) -> None:
    """What is planned in a shard after its copies were read is not taken along: it would count as sent."""
    number = plan(ledger, rules, many_rows(3))
    states_ = {"planned": State.PLANNED, "attempting": State.ATTEMPTING}
    with ledger.transaction() as work:
        work.run("intend", campaign=number, channel=1, numbers="[3, 2]", attempt=7, now=0, **states_)
    assert [(1, 0), (2, 7), (3, 7)] == raw.sql(ledger, "SELECT holder, attempt FROM notice ORDER BY holder")


def test_many_rows_come_in_their_order(ledger: Database, rules: Rules) -> None:
    """In whatever way the database hands them over."""
    number = plan(ledger, rules, english(12))
    values = {"campaign": number, "shard": 1, "planned": State.PLANNED, "now": 0, "limit": 11}
    with ledger.reading() as work:
        rows = work.all("ready", **values)
        assert [[row["holder"], row["address"]] for row in rows] == work.bulk("ready", ["holder", "address"], **values)
        assert [] == work.bulk("ready", ["holder"], **values | {"shard": 99})


def test_the_last_request_of_a_shard_is_known_beforehand(ledger: Database, rules: Rules) -> None:
    """So the shard is given back with its outcome, in one transaction."""
    book, number = Book(database=ledger, rules=rules), plan(ledger, rules, english(3))
    more = []
    for _ in range(2):
        begun = book.begin(number, 1, lambda _shard: Terms(CONTENT, "t", 2))
        assert begun is not None
        shard, intent = begun
        assert intent is not None
        book.record(shard, intent, [], "m", 1, last=True)
        more.append((len(intent.copies), intent.more))
    assert [(2, True), (1, False)] == more
    assert (None, {State.ACCEPTED: 3}) == (book.next_due(number), states(ledger, rules))


def fail_halfway(database: Database) -> None:
    with database.transaction() as work:
        work.run("about_put", key="x", value="y")
        raise RuntimeError


def test_a_transaction_that_fails_leaves_nothing(ledger: Database) -> None:
    """What was written in it is not there afterwards."""
    with pytest.raises(RuntimeError):
        fail_halfway(ledger)
    with ledger.reading() as work:
        assert work.value("about_get", key="x") is None


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["claim", "intend", "record", "release", "tick"]),
        st.integers(0, 1),
        st.sampled_from([State.PLANNED, State.UNKNOWN, State.INVALID, None]),
    ),
    max_size=25,
)


@given(STEPS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_state_ever_goes_down(ledger: Database, steps: list[tuple[str, int, State | None]]) -> None:
    """Whatever two workers do in whatever order: a final state stays, nobody is lost, resends are at most one."""
    rules = Rules(lease=10, reconcile=20, tries=2)
    raw.empty(ledger)
    number = plan(ledger, rules, many_rows(4))
    book, now = Book(database=ledger, rules=rules), 1
    held: dict[int, Shard] = {}
    intents: dict[int, object] = {}
    final: dict[tuple[int, int], int] = {}
    for action, worker, state in steps:
        shard = held.get(worker)
        try:
            if action == "tick":
                now += 7
            elif action == "claim":
                found = book.claim(number, now)
                if found:
                    held[worker] = found
                    intents.pop(worker, None)
            elif shard and action == "intend":
                intents[worker] = book.intend(shard, CONTENT, "t", 10, now)
            elif shard and action == "record" and intents.get(worker):
                intent = intents.pop(worker)
                verdicts = [
                    Verdict(holder=holder, state=state, at=now, reason="r") for holder, _ in intent.copies if state
                ]
                book.record(shard, intent, verdicts, "", now)
            elif shard and action == "release":
                book.release(shard, now)
        except LeaseLost:
            held.pop(worker)
        rows = raw.sql(ledger, "SELECT holder, channel, state, tries FROM notice")
        assert 4 == len(rows)
        assert all(tries <= 2 for *_, tries in rows)
        for holder, channel, code, _ in rows:
            assert final.get((holder, channel), code) == code
            if State(code).final:
                final[holder, channel] = code
