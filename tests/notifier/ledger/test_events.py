"""Tests of what reports make of notices: on both databases, in any order, any number of times."""

from __future__ import annotations

import itertools
import json
import random
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier.channels.protocol import Kind
from notifier.events import sendgrid
from notifier.events.settling import settle
from notifier.ledger import book, events, figures, open_ledger
from notifier.ledger.book import Book
from notifier.ledger.events import RANK, Incoming, Source, rises
from notifier.ledger.records import State
from tests.notifier import raw
from tests.notifier.sent import CONTENT, NOW, RULES, Sent, sent

if TYPE_CHECKING:
    from notifier.ledger.database import Database


def arrive(found: Sent, *bodies: bytes, source: Source = Source.SENDGRID) -> events.Settled:
    events.keep(found.database, [Incoming(source=source, body=body, received_at=NOW + 60_000) for body in bodies])
    return settle(found.database, lambda: NOW + 60_000)


def test_delivered_is_not_accepted(ledger: Database) -> None:
    """An event lifts the notice it names, and the ledger keeps when it happened."""
    found = sent(ledger)
    settled = arrive(found, found.body(found.event(1, "delivered", 7)))
    assert (1, {State.DELIVERED: 1}) == (settled.new, dict(settled.lifted))
    assert (State.DELIVERED, State.ACCEPTED) == (found.state(1), found.state(2))


def test_those_who_share_a_message_share_what_became_of_it(ledger: Database) -> None:
    """The event names the first account of a mailbox; both rows are lifted."""
    found = sent(ledger)
    arrive(found, found.body(found.event(3, "delivered")))
    assert (State.DELIVERED, State.DELIVERED) == (found.state(3), found.state(4))


def test_forty_six_copies_are_one_event(ledger: Database) -> None:
    """SendGrid repeats itself; one row stays, and reports that tell nothing new are let go."""
    found = sent(ledger)
    bodies = [found.body(found.event(1, "bounce", reason="550", type="blocked"), {"pad": n}) for n in range(46)]
    settled = arrive(found, *bodies, *bodies)
    assert (46, 1 + 46, 45) == (settled.reports, settled.new, settled.known)
    with ledger.reading() as work:
        assert 1 == len(events.originals(work, found.campaign, 1))
    again = arrive(found, found.body(found.event(1, "bounce", reason="550", type="blocked")))
    assert (0, 1) == (again.new, again.known)
    with ledger.reading() as work:
        assert 46 == len([one for one in range(1, 200) if work.one("report_get", id=one)])


def test_an_event_may_come_before_our_own_write(ledger: Database) -> None:
    """While the request is under way its outcome is settled by the event; what we write later takes nothing back."""
    found = sent(ledger, State.ATTEMPTING)
    arrive(found, found.body(found.event(1, "delivered"), found.event(2, "processed")))
    assert (State.DELIVERED, State.ACCEPTED, State.ATTEMPTING) == (found.state(1), found.state(2), found.state(3))
    with ledger.transaction() as work:
        work.run(
            "accept", campaign=found.campaign, shard=1, attempt=found.attempt, now=NOW, accepted=State.ACCEPTED,
            attempting=State.ATTEMPTING,
        )  # fmt: skip
    assert (State.DELIVERED, State.ACCEPTED, State.ACCEPTED) == (found.state(1), found.state(2), found.state(3))


def test_an_event_settles_what_nobody_knew(ledger: Database) -> None:
    """Once the provider has said of every unknown notice what became of it, nothing is sent again and nobody waits."""
    found = sent(ledger, State.UNKNOWN)
    looked = Book(database=ledger, rules=RULES)
    arrive(found, found.body(found.event(1, "delivered"), found.event(2, "processed")))
    assert looked.next_due(found.campaign, NOW, [Kind.EMAIL]) is not None
    arrive(found, found.body(found.event(3, "deferred")))
    assert looked.next_due(found.campaign, NOW, [Kind.EMAIL]) is None
    assert State.ACCEPTED is found.state(4)


def test_an_event_of_an_earlier_request_says_only_what_is_true_of_the_notice(ledger: Database) -> None:
    """A bounce of the first request says nothing of the second; a delivery by the first does."""
    found = sent(ledger, State.UNKNOWN)
    worker = Book(database=ledger, rules=RULES)
    later = NOW + RULES.reconcile
    shard = worker.claim(found.campaign, later, [Kind.EMAIL])
    assert shard is not None
    intent = worker.intend(shard, CONTENT, "sendgrid", 1000, later)
    assert intent is not None
    worker.record(shard, intent, [], "m2", later)
    arrive(found, found.body(found.event(1, "bounce", type="blocked"), found.event(2, "delivered")))
    assert (State.ACCEPTED, State.DELIVERED) == (found.state(1), found.state(2))


@pytest.mark.parametrize(
    "fields",
    [
        {"notice": "aaaaaaaaaaaaaaaaaaaaa"},
        {"notice": "x" * 500},
        {"notice": 7},
        {"notice": None},
        {"campaign": "other/2026-12-01"},
        {"attempt": "99"},
        {"email": "somebody.else@example.org"},
    ],
)
def test_what_is_about_no_notice_of_ours_changes_none(ledger: Database, fields: dict[str, object]) -> None:
    """Another ledger may write through the same account: name, request and address must agree."""
    found = sent(ledger)
    settled = arrive(found, found.body(found.event(1, "delivered", **fields)))
    assert (1, 1) == (settled.new, settled.foreign)
    assert State.ACCEPTED is found.state(1)


def test_only_a_dead_address_and_a_complaint_are_never_written_to_again(ledger: Database) -> None:
    """A block, a full mailbox and a drop keep their reason and their address; the holder can be reached tomorrow."""
    found = sent(ledger)
    dead = {"type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 <one@example.org> no such user"}
    full = {
        "type": "bounce",
        "status": "5.2.2",
        "reason": "552 mailbox full",
        "bounce_classification": "Mailbox Unavailable",
    }
    arrive(
        found,
        found.body(found.event(1, "bounce", **dead), found.event(2, "bounce", **full), found.event(3, "spamreport")),
    )
    assert (State.BOUNCED, State.BOUNCED, State.COMPLAINED) == (found.state(1), found.state(2), found.state(3))
    addresses = ("one@example.org", "two@example.org", "three@example.org")
    with ledger.reading() as work:
        known = [work.one("suppression_get", channel=1, address=book.digest(one)) is not None for one in addresses]
    assert [True, False, True] == known
    reasons = {(state, reason) for state, reason, _ in figures.reasons(ledger, found.campaign)}
    assert (State.BOUNCED, "bounce (bounce): 550 5.1.1 <address> no such user") in reasons


def test_a_bounce_calls_up_the_push_in_reserve(ledger: Database) -> None:
    """Whoever was not reached by mail is told by push; a complaint means that the mail was read."""
    found = sent(ledger, reserve=True)
    assert State.RESERVED is found.state(2, Kind.FCM)
    settled = arrive(found, found.body(found.event(2, "bounce", type="blocked", reason="busy")))
    assert (1, State.PLANNED) == (settled.called_up, found.state(2, Kind.FCM))


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"{", "no JSON: JSONDecodeError"),
        (b"\xff\x00{", "no JSON: UnicodeDecodeError"),
        (b'{"event": "delivered"}', "JSON, but no array of events"),
        (b"[1, null]", "an array in which nothing is an event"),
        (b"[" * 100_000, "no JSON: RecursionError"),
    ],
)
def test_what_cannot_be_read_is_kept_with_the_reason(ledger: Database, body: bytes, problem: str) -> None:
    """Byte for byte, and the next report is settled all the same."""
    found = sent(ledger)
    settled = arrive(found, body, found.body(found.event(1, "delivered")))
    assert (2, 1, State.DELIVERED) == (settled.reports, settled.unreadable, found.state(1))
    (kept,) = events.problems(ledger)
    assert problem == kept["problem"]
    with ledger.reading() as work:
        row = work.one("report_get", id=kept["id"])
    assert body == events.as_came(row)


def test_a_fault_of_ours_costs_its_report_and_no_other(ledger: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever reading one report does, those behind it are settled, and the fault is on record by its class alone."""
    found, read = sent(ledger), sendgrid.understand

    def stumble(body: bytes, received_at: int) -> list[events.Happening]:
        if body == b"[]":
            raise KeyError("anna@example.org")
        return read(body, received_at)

    monkeypatch.setattr(sendgrid, "understand", stumble)
    settled = arrive(found, b"[]", found.body(found.event(1, "delivered")))
    assert (2, 1, State.DELIVERED) == (settled.reports, settled.unreadable, found.state(1))
    assert ["a fault of ours: KeyError"] == [one["problem"] for one in events.problems(ledger)]


def test_an_event_comes_back_as_the_provider_wrote_it(ledger: Database) -> None:
    """With the digest and the signature of the report it stood in."""
    found = sent(ledger)
    event = found.event(1, "delivered", response="250 ok", note="Қ")
    signed = Incoming(
        source=Source.SENDGRID,
        body=found.body(found.event(2, "processed"), event),
        received_at=NOW,
        signed_at="17",
        signature="MEU",
    )
    events.keep(ledger, [signed])
    settle(ledger, lambda: NOW)
    with ledger.reading() as work:
        (original,) = events.originals(work, found.campaign, 1)
    assert ("delivered", "17", "MEU") == (original.kind, original.signed_at, original.signature)
    assert event == json.loads(original.raw)
    assert "sha256:" + sha256(signed.body).hexdigest() == original.report
    raw.sql(ledger, "UPDATE report SET body = ''")
    with ledger.reading() as work:
        assert [replace(original, raw="")] == events.originals(work, found.campaign, 1)


KINDS = ("processed", "deferred", "delivered", "bounce", "dropped", "spamreport", "open", "group_unsubscribe")


@given(
    st.sampled_from([State.ATTEMPTING, State.UNKNOWN, State.ACCEPTED]),
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 3)), min_size=1, max_size=8),
    st.randoms(),
)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_order_and_number_make_no_difference(start: State, told: list[tuple[str, int]], dice: random.Random) -> None:
    """Any permutation and duplication of the same events, in reports of any size, ends in the same state and moment."""
    ends = set()
    for turn in range(2):
        database = open_ledger(f"sqlite:///order-{turn}.db", create=True)
        try:
            found = sent(database, start)
            listed = [found.event(1, kind, number) for kind, number in told]
            if turn:
                listed = [one for one in listed for _ in range(dice.randint(1, 3))]
                dice.shuffle(listed)
            while listed:
                size = dice.randint(1, len(listed))
                arrive(found, found.body(*listed[:size]))
                listed = listed[size:]
            ends.add(found.standing(1))
        finally:
            database.close()
            Path(f"order-{turn}.db").unlink()
    assert 1 == len(ends)


def test_the_lattice_is_an_order() -> None:
    """Of two moves one way never leads back: the same state at an earlier moment, or a higher rank."""
    for before, state in itertools.product(State, RANK):
        assert not (rises(before, 5, state, 5) and rises(state, 5, before, 5) if before in RANK else False)
        assert rises(before, 5, state, 5) == (RANK[state] > RANK.get(before, 0))
    assert [State.ACCEPTED, State.DELIVERED, State.BOUNCED, State.COMPLAINED] == sorted(RANK, key=RANK.__getitem__)
