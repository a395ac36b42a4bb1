"""Tests of the webhook: what is signed is stored before it is answered, the rest is not."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from notifier.ledger import events
from notifier.ledger.records import State
from notifier.serve.hooks import LARGEST
from notifier.serve.office import Limits
from tests.notifier.events.test_signature import SIGNATURE, TIMESTAMP, headers
from tests.notifier.sent import sent
from tests.notifier.serve.server import serving, soon

if TYPE_CHECKING:
    from notifier.ledger.database import Database


def test_an_event_arrives_and_settles(ledger: Database) -> None:
    """204 means stored; a moment later the notice says what became of it."""
    found = sent(ledger)
    with serving(ledger) as server:
        assert 204 == server.signed(found.body(found.event(1, "delivered"))).status_code
        assert soon(lambda: found.state(1) is State.DELIVERED)
        assert {"status": "ok", "reports_waiting": 0} == server.get("/healthz").json()


@pytest.mark.parametrize(
    "change", [{SIGNATURE: "MEUCIQ=="}, {TIMESTAMP: "1"}, {SIGNATURE: ""}, {TIMESTAMP: "Қ".encode()}], ids=str
)
def test_what_is_not_signed_is_refused(sqlite_ledger: Database, change: dict[str, str]) -> None:
    """403, and nothing is stored."""
    found = sent(sqlite_ledger)
    body = found.body(found.event(1, "bounce"))
    with serving(sqlite_ledger, settle=False) as server, server.client() as client:
        signed = headers(body, server.clock.now // 1000) | change
        assert 403 == client.post("/events/sendgrid", content=body, headers=signed).status_code
        assert 403 == client.post("/events/sendgrid", content=body).status_code
        assert [] == server.errors
    assert 0 == events.waiting(sqlite_ledger)


def test_malformed_json_that_is_signed_is_kept(sqlite_ledger: Database) -> None:
    """SendGrid is told that it has arrived, so it does not come again all day; the reason is on record."""
    with serving(sqlite_ledger) as server:
        assert 204 == server.signed(b"{").status_code
        assert soon(lambda: events.problems(sqlite_ledger))


def test_a_body_is_bounded_while_it_is_read(sqlite_ledger: Database) -> None:
    """Also where it does not say how long it is: 413 comes before the end."""
    with serving(sqlite_ledger) as server, server.client() as client:
        assert 413 == client.post("/events/sendgrid", content=b" " * (LARGEST + 1)).status_code
        place = urlsplit(server.url)
        with socket.create_connection((place.hostname, place.port), 10) as connection:
            connection.sendall(b"POST /events/sendgrid HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            chunk = b"%x\r\n" % 65536 + b" " * 65536 + b"\r\n"
            for _ in range(LARGEST // 65536 + 2):
                connection.sendall(chunk)
            assert connection.recv(20).startswith(b"HTTP/1.1 413")
    assert 0 == events.waiting(sqlite_ledger)


def test_many_at_once_are_stored_together(ledger: Database) -> None:
    """Each is answered after its own report is stored; the same bytes twice are one report."""
    found = sent(ledger)
    bodies = [found.body(found.event(1, "open", number)) for number in range(40)] * 2
    with serving(ledger, settle=False) as server, ThreadPoolExecutor(8) as pool:
        assert {204} == {answer.status_code for answer in pool.map(server.signed, bodies)}
        assert 40 == events.waiting(ledger)


def test_guessing_signatures_is_slowed(sqlite_ledger: Database) -> None:
    """After so many wrong ones a client waits; what is signed is taken all the same."""
    with serving(sqlite_ledger, limits=Limits(failures=3), settle=False) as server, server.client() as client:
        codes = [client.post("/events/sendgrid", content=b"[]").status_code for _ in range(5)]
        assert [403, 403, 403, 429, 429] == codes
        assert 204 == server.signed(b"[]").status_code


def test_a_ledger_that_fails_is_said_and_the_provider_comes_again(sqlite_ledger: Database) -> None:
    """503 without a trace of what is inside."""
    with serving(sqlite_ledger, settle=False) as server:
        with sqlite_ledger.transaction() as work:
            work._connection.execute("ALTER TABLE report RENAME TO gone")  # type: ignore[attr-defined]
        answer = server.signed(b"[]")
        assert (503, {"error": "not now: the ledger cannot be used"}) == (answer.status_code, answer.json())
        assert ["LedgerError"] == server.errors
        assert 503 == server.get("/healthz").status_code


def test_without_a_key_there_is_no_webhook(sqlite_ledger: Database) -> None:
    """404: nothing is taken that nobody could verify."""
    with serving(sqlite_ledger) as server, server.client() as client:
        object.__setattr__(server.office, "verifier", None)
        assert 404 == client.post("/events/sendgrid", content=b"[]").status_code
