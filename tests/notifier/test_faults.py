"""Tests of a run against a full disk, a locked ledger, a wrong clock and a provider out of order."""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from notifier.channels.protocol import Addressee, Outcome, Result
from notifier.channels.sendgrid import open_channel
from notifier.delivery import Idle
from notifier.errors import LedgerError, ProviderError
from notifier.ledger import figures, sqlite
from notifier.ledger.records import Rules, State
from notifier.settings import Settings
from tests.notifier.factory import many_rows
from tests.notifier.test_delivery import EN, Scripted, make, outcome, states

if TYPE_CHECKING:
    from notifier.delivery import Delivery
    from notifier.ledger.database import Database
    from tests.notifier.sendgrid_server import SendGridServer
    from tests.notifier.test_delivery import Clock


def run_out(delivery: Delivery, clock: Clock, steps: int = 200) -> None:
    """Step until nothing is left, moving the clock to whatever is due."""
    for _ in range(steps):
        found = delivery.step()
        if isinstance(found, Idle):
            if found.due is None:
                return
            clock.now = max(clock.now, found.due)
    raise AssertionError("it never ends")


def test_a_full_disk_stops_the_run_before_the_request(sqlite_ledger: Database, rules: Rules) -> None:
    """An intent that cannot be written is a request that is not made; with room again the run goes on."""
    channel = Scripted(script=outcome(Result.ACCEPTED), limit=100)
    delivery, clock = make(sqlite_ledger, channel, many_rows(600), rules)
    pages = sqlite_ledger._writer[0].execute("PRAGMA page_count").fetchone()[0]
    sqlite_ledger._writer[0].execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LedgerError, match=r"test\.db: .*full; what was recorded before stays recorded"):
        run_out(delivery, clock)
    before = Counter(one.address for batch in channel.batches for one in batch.addressees)
    sqlite_ledger._writer[0].execute("PRAGMA max_page_count = 100000")
    run_out(delivery, clock)
    counted = Counter(one.address for batch in channel.batches for one in batch.addressees)
    assert (600, {State.ACCEPTED: 600}) == (len(counted), states(sqlite_ledger, rules))
    # Only what was on its way when the disk ran full can have gone out twice.
    assert sum(counted.values()) - 600 <= channel.limit
    assert set(before) <= set(counted)


def test_a_locked_ledger_stops_the_run_with_one_message(
    sqlite_ledger: Database, rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the patience for other writers is over; then it goes on."""
    delivery, clock = make(sqlite_ledger, Scripted(script=outcome(Result.ACCEPTED)), EN, rules)
    sqlite_ledger._writer[0].execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(sqlite_ledger.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerError, match=r"test\.db: .*locked"):
        delivery.step()
    other.rollback()
    other.close()
    run_out(delivery, clock)
    assert {State.ACCEPTED: 3} == states(sqlite_ledger, rules)
    assert sqlite.PATIENCE >= 30


@pytest.mark.parametrize("jumps", [[3_600_000, -7_200_000], [-86_400_000, 86_400_000], [50_000] * 8, [-50_000] * 8])
def test_a_clock_that_jumps_between_requests(ledger: Database, rules: Rules, jumps: list[int]) -> None:
    """Back and forth: everyone is told once all the same."""
    left = list(jumps)

    def jump(_number: int, one: Addressee) -> Outcome:
        clock.now += left.pop() if left else 0
        return Outcome(notice=one.notice, result=Result.ACCEPTED)

    channel = Scripted(script=jump)
    delivery, clock = make(ledger, channel, [*many_rows(9)], rules)
    # The first moment of the campaign was yesterday: put back, the clock is still within it.
    clock.now += 2 * 86_400_000
    run_out(delivery, clock)
    counted = Counter(one.address for batch in channel.batches for one in batch.addressees)
    assert (9, {1}) == (len(counted), set(counted.values()))


@pytest.mark.parametrize("fault", ["500", "reset", "429"])
def test_a_provider_out_of_order(ledger: Database, rules: Rules, sendgrid_server: SendGridServer, fault: str) -> None:
    """It accepts and then answers 500 or resets, or it storms with 429: all are told, twice only after a doubt."""
    taken: list[str] = []
    broken = {"500": (500, {}, None), "reset": None, "429": (429, {"Retry-After": "1"}, None)}[fault]

    def answer(body: dict[str, object]) -> tuple[int, dict[str, str], object] | None:
        wrong = len(sendgrid_server.requests) <= 3
        if not (wrong and fault == "429"):
            taken.extend(one["to"][0]["email"] for one in body["personalizations"])  # type: ignore[attr-defined]
        return broken if wrong else (202, {"X-Message-Id": "m"}, None)

    sendgrid_server.answer = answer  # type: ignore[assignment]
    settings = Settings(sendgrid_url=sendgrid_server.url, sendgrid_api_key="SG.key")  # type: ignore[arg-type]
    channel = open_channel(settings)
    delivery, clock = make(ledger, channel, many_rows(60), rules)
    run_out(delivery, clock)
    channel.close()
    counted = Counter(taken)
    assert 60 == len(counted)
    assert max(counted.values()) <= (1 if fault == "429" else 2)
    assert {State.ACCEPTED: 60} == states(ledger, rules)


def test_a_dead_provider_ends_the_run_with_its_words(ledger: Database) -> None:
    """After so many failures in a row; nobody is lost, and the next run begins to count anew."""
    rules = Rules(lease=60_000, reconcile=1000, tries=2, most=4)
    channel = Scripted(script=outcome(Result.AGAIN))
    delivery, clock = make(ledger, channel, EN, rules)
    with pytest.raises(ProviderError, match=r"email: 4 requests in a row failed, the last with: r; nobody was lost"):
        run_out(delivery, clock)
    assert 4 == len(channel.batches)
    assert {State.PLANNED: 3} == states(ledger, rules)
    channel.script = outcome(Result.ACCEPTED)
    run_out(delivery, clock)
    assert {State.ACCEPTED: 3} == states(ledger, rules)


def test_one_that_always_fails_is_given_up(ledger: Database) -> None:
    """Alone it looks like a provider that fails, which ends a run; a later one gives up on it, with the reason."""
    rules = Rules(lease=60_000, reconcile=1000, tries=2, most=3)

    def fail_a(_number: int, one: Addressee) -> Outcome:
        bad = one.address == "holder0@example.org"
        return Outcome(notice=one.notice, result=Result.AGAIN if bad else Result.ACCEPTED, reason="busy")

    channel = Scripted(script=fail_a)
    delivery, clock = make(ledger, channel, many_rows(1) + EN, rules)
    with pytest.raises(ProviderError, match="email: 3 requests"):
        run_out(delivery, clock)
    assert {State.ACCEPTED: 3, State.PLANNED: 1} == states(ledger, rules)
    run_out(delivery, clock)
    assert [(State.SUPPRESSED, "given up after 6 tries: busy", 1)] == figures.reasons(ledger, delivery.campaign)
