"""Tests of a database that neither answers nor refuses: packets are lost, and nobody says so."""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from notifier.channels.protocol import Kind
from notifier.errors import LeaseLost, LedgerLost
from notifier.ledger import open_ledger
from notifier.ledger.book import Book
from notifier.ledger.records import Rules, State
from tests.notifier import raw
from tests.notifier.black_hole import BlackHole
from tests.notifier.sent import CONTENT, NOW, Sent, planned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notifier.ledger.database import Database
    from tests.notifier.postgres import Server

#: Seconds of silence, stated in the URL here; without that they are 20 and 10.
SILENCE, CONNECTING = 1.0, 2
#: Seconds that anybody waits for a connection of the pool.
WAITING = 10
RULES = Rules(lease=1000, reconcile=5000, tries=2)


@pytest.fixture
def hole(postgres: Server) -> Iterator[BlackHole]:
    with BlackHole(postgres.port) as made:
        yield made


@pytest.mark.slow
def test_a_silent_server_is_given_up_in_the_stated_time_and_used_again_later(postgres: Server, hole: BlackHole) -> None:
    """In the middle of a transaction: it ends, nothing of it was done, and a connection that cannot be made ends too."""
    url = postgres.fresh()
    database = open_ledger(
        f"{hole.through(url)}?tcp_user_timeout={SILENCE * 1000:.0f}&connect_timeout={CONNECTING}", create=True
    )
    began = time.monotonic()
    with pytest.raises(LedgerLost):
        _write(database, hole)
    assert time.monotonic() - began < SILENCE + 2
    began = time.monotonic()
    with pytest.raises(LedgerLost, match="the ledger cannot be used"), database.reading():
        pass
    assert time.monotonic() - began < WAITING + 4
    hole.heal()
    assert (None, None) == _until(lambda: (_about(database, "half"), _about(database, "other")))
    database.close()


def _write(database: Database, hole: BlackHole) -> None:
    with database.transaction() as work:
        work.run("about_put", key="half", value="1")
        hole.swallow()
        work.run("about_put", key="other", value="1")


def _about(database: Database, key: str) -> Any:
    with database.reading() as work:
        return work.value("about_get", key=key)


def _until(ask: Any, seconds: float = 30) -> Any:
    end = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except LedgerLost:
            assert time.monotonic() < end


def test_what_was_written_in_the_dark_is_refused_afterwards(postgres: Server, hole: BlackHole) -> None:
    """Its lease ran out while it heard nothing: another worker sent the rest, and its own outcome is fenced off."""
    url = postgres.fresh()
    direct = open_ledger(url, create=True)
    number = planned(direct)
    cut = open_ledger(f"{hole.through(url)}?tcp_user_timeout={SILENCE * 1000:.0f}&connect_timeout={CONNECTING}")
    far, near = Book(database=cut, rules=RULES), Book(database=direct, rules=RULES)
    shard = far.claim(number, NOW, [Kind.EMAIL])
    assert shard is not None
    intent = far.intend(shard, CONTENT, "sendgrid", 1000, NOW)
    assert intent is not None
    hole.swallow()
    with pytest.raises(LedgerLost):
        far.record(shard, intent, [], "m1", NOW + 1)
    taken = near.claim(number, NOW + RULES.lease, [Kind.EMAIL])
    assert taken is not None
    assert shard.epoch + 1 == taken.epoch
    hole.heal()
    with pytest.raises(LeaseLost):
        _until(lambda: far.record(shard, intent, [], "m1", NOW + RULES.lease + 1))
    found = Sent(database=direct, campaign=number, attempt=intent.attempt)
    assert [State.UNKNOWN] * 4 == [found.state(holder) for holder in (1, 2, 3, 4)]
    assert [(None,)] == raw.sql(direct, "SELECT provider_id FROM attempt")
    cut.close()
    direct.close()


def test_every_connection_listens_for_silence(postgres: Server) -> None:
    """As the kernel has it: those of the ledger, and those that another library opens for the queue."""
    url = postgres.fresh()
    database = open_ledger(url, create=True)
    expected = {
        "TCP_USER_TIMEOUT": 20_000, "TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3,
    }  # fmt: skip
    with database.transaction() as work:
        assert expected == _options(work._connection, expected)
    parameters = database.parameters("other")
    with psycopg.connect(url, **parameters) as connection:
        assert expected == _options(connection, expected)
    database.close()


def _options(connection: Any, names: Any) -> dict[str, int]:
    with socket.socket(fileno=os.dup(connection.pgconn.socket)) as one:
        return {name: one.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in names}
