"""Tests of how often clients may come, where one process serves a ledger and where several do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from fractions import Fraction
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier.ledger import allowances, open_ledger
from notifier.ledger.allowances import Spending
from notifier.serve.limits import TIDY
from notifier.serve.office import Limits
from tests.notifier import raw
from tests.notifier.sent import NOW, sent
from tests.notifier.serve.server import serving, token

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from notifier.ledger.database import Database
    from tests.notifier.postgres import Server
    from tests.notifier.serve.server import Serving


@pytest.fixture
def shared(postgres: Server) -> Iterator[Database]:
    database = open_ledger(postgres.fresh(), create=True)
    yield database
    database.close()


def two(closing: ExitStack, database: Database, **limits: int) -> list[Serving]:
    """Serve a ledger twice, as two machines behind a proxy would."""
    return [closing.enter_context(serving(database, limits=Limits(**limits), settle=False)) for _ in range(2)]


def test_a_link_is_limited_over_all_who_serve(shared: Database) -> None:
    """Three a minute are three, whichever process is asked; a minute later all goes on, whichever that is."""
    found = sent(shared)
    path = f"/consent/{token(found.campaign, 1)}"
    with ExitStack() as closing:
        servers = two(closing, shared, client=100, token=3)
        assert [200, 200, 200, 429, 429, 429] == [servers[turn % 2].get(path).status_code for turn in range(6)]
        for server in servers:
            server.clock.now += 60_000
        assert [200, 200, 200, 429] == [servers[turn % 2].get(path).status_code for turn in range(4)]


def test_clients_and_guesses_are_limited_over_all_who_serve(shared: Database) -> None:
    """Pages by client; wrong keys, wrong links and wrong signatures by client too. The right key is not held up."""
    found = sent(shared)
    with ExitStack() as closing:
        one, other = two(closing, shared, client=4, token=100, failures=2)
        paths = [f"/consent/{token(found.campaign, holder)}" for holder in (1, 2, 3)]
        codes = [server.get(path).status_code for path in paths for server in (one, other)]
        assert [200, 200, 200, 200, 429, 429] == codes
        asked = [server.get("/v1/holders/a1").status_code for server in (one, other, one, other)]
        assert [401, 401, 429, 429] == asked
        forged = [
            httpx.post(f"{server.url}/events/sendgrid", content=b"[]", trust_env=False) for server in (one, other, one)
        ]
        assert [403, 403, 429] == [answer.status_code for answer in forged]
        with other.api() as client:
            assert 200 == client.get("/v1/holders/a1").status_code


def test_a_file_is_served_by_one_process(sqlite_ledger: Database) -> None:
    """Its limits are that process's own: a page must not wait for a plan that is being written."""
    sent(sqlite_ledger)
    with serving(sqlite_ledger) as server:
        assert server.office.together is None
        assert 200 == server.get(f"/consent/{token(1, 1)}").status_code
    assert [] == raw.sql(sqlite_ledger, "SELECT * FROM allowance")


def test_the_ledger_learns_no_address_and_no_link(shared: Database) -> None:
    """Keys are digests; what says nothing any more is gone with the next request a minute later."""
    found = sent(shared)
    one, other = (f"/consent/{token(found.campaign, holder)}" for holder in (1, 2))
    with serving(shared, limits=Limits(), settle=False) as server:
        server.get(one)
        keys = [key for (key,) in raw.sql(shared, "SELECT key FROM allowance")]
        assert [64, 64] == [len(key) for key in keys]
        assert all(int(key, 16) for key in keys)
        server.clock.now += TIDY
        server.get(other)
        left = {key for (key,) in raw.sql(shared, "SELECT key FROM allowance")}
    assert 1 == len(left & set(keys)), "the client came again; the first link's row is gone"


def test_two_processes_spend_from_one_row(shared: Database) -> None:
    """At the same moment too: never more than there is."""
    wanted = [Spending("client", 40), Spending("token", 20)]
    with ThreadPoolExecutor(8) as pool:
        passed = list(pool.map(lambda _: allowances.spend(shared, wanted, NOW), range(60)))
        list(pool.map(lambda _: allowances.forget(shared, NOW + 60_000), range(4)))
    assert 20 == passed.count(True)
    assert [(0,)] == raw.sql(shared, "SELECT COUNT(*) FROM allowance")


@given(st.sampled_from([1, 2, 3, 5, 8, 12, 30, 60, 120]), st.lists(st.integers(0, 40_000), max_size=60))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_ledger_counts_what_a_bucket_holds(tmp_path: Path, per_minute: int, gaps: list[int]) -> None:
    """A minute's worth at once, and it fills evenly: exactly, at whatever moments somebody comes."""
    path = tmp_path / "one.db"
    path.unlink(missing_ok=True)
    database, now, left = open_ledger(f"sqlite:///{path}", create=True), NOW, Fraction(per_minute)
    try:
        for gap in gaps:
            now += gap
            left = min(left + Fraction(gap * per_minute, 60_000), Fraction(per_minute))
            assert (left >= 1) == allowances.spend(database, [Spending("k", per_minute)], now)
            left -= left >= 1
    finally:
        database.close()
