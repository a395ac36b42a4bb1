"""Tests of the thread that stores reports: who no longer waits disturbs nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notifier.events.inbox import Inbox
from notifier.ledger import events
from notifier.ledger.events import Incoming, Source

if TYPE_CHECKING:
    from notifier.ledger.database import Database


def incoming(body: bytes) -> Incoming:
    return Incoming(source=Source.SENDGRID, body=body, received_at=1)


def test_who_was_cut_off_keeps_nobody_from_an_answer(sqlite_ledger: Database) -> None:
    """A request that ended while its report waited stores nothing; those beside it and behind it are stored."""
    inbox = Inbox(database=sqlite_ledger)
    gone, beside = inbox.put(incoming(b"[1]")), inbox.put(incoming(b"[2]"))
    assert gone.cancel()
    inbox.start()
    try:
        assert beside.result(10) is None
        assert inbox.put(incoming(b"[3]")).result(10) is None
    finally:
        inbox.stop()
    assert 2 == events.waiting(sqlite_ledger)
