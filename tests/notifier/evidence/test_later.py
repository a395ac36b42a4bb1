"""Tests of what comes after the sending: reports of providers and answers of holders become further segments."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from notifier.channels.protocol import Kind
from notifier.errors import Refused
from notifier.events.settling import settle
from notifier.evidence import proving, retention, sealing
from notifier.evidence.sealing import Sealer, sign
from notifier.evidence.signing import Signer
from notifier.evidence.verifier import Verdict, Wrong, verify
from notifier.ledger import events, figures, postgres, sqlite
from notifier.ledger.events import Incoming, Source
from tests.notifier import raw
from tests.notifier.sent import NAME, NOW, ROWS, RULES, Sent, sent

if TYPE_CHECKING:
    from notifier.ledger.database import Database

KEY = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
SIGNER = Signer(KEY)
LATER = NOW + 3_600_000


def seal(ledger: Database, now: int = LATER) -> tuple[int, int]:
    sealer = Sealer(database=ledger, campaign=figures.campaign(ledger, NAME), clock=lambda: now)
    done = sealer.seal()
    sign(sealer, SIGNER, RULES)
    return done


def reported(ledger: Database, campaign: Sent, *happened: dict[str, Any], at: int = NOW) -> None:
    """Store a report and understand it, as `notifier serve` does."""
    events.keep(ledger, [Incoming(source=Source.SENDGRID, body=campaign.body(*happened), received_at=at)])
    settle(ledger, lambda: at)


def answered(ledger: Database, account: str, reply: str, at: int = NOW) -> None:
    with ledger.transaction() as work:
        work.run(
            "answer_put", release=NAME, account=account, answer=reply, guardian=0, via="page", locale="en",
            digest="sha256:" + "0" * 64, at=at, form=f"{account}-{reply}", question="data",
        )  # fmt: skip


def proof(ledger: Database, account: str) -> dict[str, Any]:
    return proving.prove(ledger, figures.campaign(ledger, NAME), account)


def check(value: dict[str, Any]) -> Verdict:
    return verify([json.dumps(value)], SIGNER.public)


def test_reports_and_answers_become_further_segments(ledger: Database) -> None:
    """The acceptance stays as it was sealed; the delivery, as it came, and the answer stand beside it."""
    campaign = sent(ledger)
    seal(ledger)
    before = list(proving.log(ledger, figures.campaign(ledger, NAME)))
    reported(
        ledger, campaign, campaign.event(1, "processed"), campaign.event(1, "delivered", 5), campaign.event(3, "bounce")
    )
    answered(ledger, "a1", "later")
    answered(ledger, "a1", "yes", NOW + 1)
    assert (2, 5) == seal(ledger, LATER + 1)
    assert (0, 0) == seal(ledger, LATER + 2)
    after = list(proving.log(ledger, figures.campaign(ledger, NAME)))
    assert before == after[: len(before)]
    assert verify(after, SIGNER.public).leaves == verify(before, SIGNER.public).leaves + 5
    found = proof(ledger, "a1")
    told = [(one["leaf"]["fact"], one["leaf"].get("state") or one["leaf"].get("answer")) for one in found["facts"]]
    assert [
        ("notice", "accepted"),
        ("event", "accepted"),
        ("event", "delivered"),
        ("answer", "later"),
        ("answer", "yes"),
    ] == [(fact, word or None) for fact, word in told]
    delivered = json.loads(found["facts"][2]["raw"])
    assert ("delivered", "one@example.org") == (delivered["event"], delivered["email"])
    assert "three@example.org" not in json.dumps(found)
    assert 5 == check(found).leaves


@pytest.mark.parametrize("place", [2, 3])
def test_a_changed_report_or_answer_is_found(sqlite_ledger: Database, place: int) -> None:
    """The raw event, what was made of it, and what was answered."""
    campaign = sent(sqlite_ledger)
    reported(sqlite_ledger, campaign, campaign.event(1, "processed"), campaign.event(1, "delivered", 5))
    answered(sqlite_ledger, "a1", "no")
    seal(sqlite_ledger)
    found = proof(sqlite_ledger, "a1")
    fact = found["facts"][place]
    for name in fact["leaf"]:
        kept, fact["leaf"][name] = fact["leaf"][name], "changed"
        with pytest.raises(Wrong, match=r"do not lead to the root|not about this account|not the event"):
            check(found)
        fact["leaf"][name] = kept
    if fact["raw"] is not None:
        fact["raw"] = fact["raw"].replace("delivered", "processed")
        with pytest.raises(Wrong, match="not the event"):
            check(found)


def test_what_came_a_moment_ago_waits(sqlite_ledger: Database) -> None:
    """A report before it may still be on its way in; a minute later it is sealed, and none is missed."""
    campaign = sent(sqlite_ledger)
    seal(sqlite_ledger)
    reported(sqlite_ledger, campaign, campaign.event(1, "delivered"), at=LATER - 30_000)
    assert (0, 0) == seal(sqlite_ledger)
    assert (1, 1) == seal(sqlite_ledger, LATER + 60_000)


def test_a_report_is_never_parted(sqlite_ledger: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many events it has; a segment ends with a report."""
    monkeypatch.setattr(sealing, "PAGE", 3)
    campaign = sent(sqlite_ledger)
    seal(sqlite_ledger)
    for number in range(4):
        reported(sqlite_ledger, campaign, *(campaign.event(1, "deferred", 10 * number + one) for one in range(2)))
    reported(sqlite_ledger, campaign, *(campaign.event(3, "deferred", 100 + one) for one in range(5)))
    assert (5, 13) == seal(sqlite_ledger)
    assert 1 + 8 == check(proof(sqlite_ledger, "a1")).leaves


def test_purging_takes_reports_and_leaves_their_proof(ledger: Database) -> None:
    """What a provider wrote holds addresses: it goes with them, the digest stays; an erased answer is nobody's."""
    campaign = sent(ledger, kinds=[Kind.EMAIL])
    reported(ledger, campaign, campaign.event(1, "delivered"))
    answered(ledger, "a1", "yes")
    answered(ledger, "a2", "no")
    seal(ledger)
    found = figures.campaign(ledger, NAME)
    retention.purge(ledger, found, RULES, LATER, 0)
    after = proof(ledger, "a1")
    assert [None] * len(after["facts"]) == [fact["raw"] for fact in after["facts"]]
    assert "one@example.org" not in json.dumps(after)
    assert 3 == check(after).leaves
    retention.erase(ledger, found, "a2")
    assert (0, 0) == seal(ledger, LATER + 1)
    with ledger.reading() as work:
        assert [] == work.all("answers_of", release=NAME, account="a2")
    assert 3 == check(proof(ledger, "a1")).leaves
    assert len(ROWS) == 4


def test_addresses_leave_a_slice_at_a_time(ledger: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each in a transaction of its own; what was cut short is gone on with, and all of them are counted."""
    sent(ledger, kinds=[Kind.EMAIL])
    seal(ledger)
    found = figures.campaign(ledger, NAME)
    monkeypatch.setattr(retention, "SLICE", 1)
    with ledger.transaction() as work:
        assert 1 == work.run("purge_contacts", campaign=found.id, low=0, high=1)
    assert 3 == retention.purge(ledger, found, RULES, LATER, 0)
    assert 0 == retention.purge(ledger, found, RULES, LATER, 0)
    assert [(0,)] == raw.sql(ledger, "SELECT COUNT(*) FROM contact")


def bodies(ledger: Database) -> str:
    """Return every report as it stands in the ledger, one behind the other."""
    found, after = [], 0
    with ledger.reading() as work:
        while row := work.one("erase_reports", campaign=0, holder=0, notice="%", after=after):
            found.append(row["body"])
            after = row["id"]
    return "\n".join(found)


def test_erasing_one_person_takes_them_out_of_the_reports(ledger: Database) -> None:
    """Also where a report only repeats, and tells of others too; their proofs hold, with the event as it came."""
    campaign = sent(ledger, kinds=[Kind.EMAIL])
    first = campaign.event(1, "delivered")
    reported(ledger, campaign, first, campaign.event(3, "delivered"))
    reported(ledger, campaign, first, campaign.event(2, "delivered"))
    reported(ledger, campaign, campaign.event(1, "deferred", 3))
    found = figures.campaign(ledger, NAME)
    seal(ledger, NOW + 1_000)
    with pytest.raises(Refused, match="not sealed yet"):
        retention.erase(ledger, found, "a1")
    seal(ledger)
    before = [proof(ledger, account) for account in ("a2", "a3", "a4")]
    assert "one@example.org" in bodies(ledger)
    retention.erase(ledger, found, "a1")
    assert "one@example.org" not in bodies(ledger)
    assert before == [proof(ledger, account) for account in ("a2", "a3", "a4")]
    assert [2, 2, 1] == [len(check(one).facts) for one in before]
    verify(proving.log(ledger, found), SIGNER.public)


def test_what_comes_in_after_an_erasure_is_taken_out_too(ledger: Database) -> None:
    """A provider reports for days: it is sealed as a fact about nobody, and the address does not stay."""
    campaign = sent(ledger, kinds=[Kind.EMAIL])
    seal(ledger)
    retention.erase(ledger, figures.campaign(ledger, NAME), "a1")
    reported(ledger, campaign, campaign.event(1, "delivered"), campaign.event(3, "delivered"))
    assert (1, 2) == seal(ledger)
    assert "one@example.org" not in bodies(ledger)
    assert "three@example.org" in bodies(ledger)
    verify(proving.log(ledger, figures.campaign(ledger, NAME)), SIGNER.public)
    assert "delivered" in json.dumps(check(proof(ledger, "a3")).facts)


TAMPERINGS = {
    "a leaf": "UPDATE segment_body SET leaves = REPLACE(leaves, 'accepted', 'delivered') WHERE number = 1",
    "a leaf less": "UPDATE segment_body SET leaves = '' WHERE number = 1",
    "a header": "UPDATE segment SET header = REPLACE(header, '\"count\":', '\"count\":1') WHERE number = 1",
    "an order": "UPDATE segment SET header = (SELECT header FROM segment AS other WHERE other.number = 0) WHERE number = 1",
    "a checkpoint": "UPDATE checkpoint SET body = REPLACE(body, '\"segments\":2', '\"segments\":1')",
    "a signature": "UPDATE checkpoint SET signature = REPLACE(signature, 'a', 'b')",
    "a number": "UPDATE checkpoint SET body = REPLACE(body, '\"number\":0', '\"number\":7')",
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_whatever_is_changed_in_the_ledger_is_found(ledger: Database, what: str) -> None:
    """By whoever can write to it, in each database: the log that it gives afterwards does not hold."""
    sent(ledger)
    seal(ledger)
    found = figures.campaign(ledger, NAME)
    verify(proving.log(ledger, found), SIGNER.public)
    execute(ledger, TAMPERINGS[what])
    with pytest.raises(Wrong):
        verify(proving.log(ledger, found), SIGNER.public)


def execute(ledger: Database, sql: str) -> None:
    """Run a statement that is none of ours."""
    if isinstance(ledger, sqlite.Database):
        with closing(sqlite3.connect(ledger.path)) as connection, connection:
            changed = connection.execute(sql).rowcount
    else:
        assert isinstance(ledger, postgres.Database)
        with psycopg.connect(ledger.url) as server:
            changed = server.execute(sql).rowcount
    assert 0 < changed
