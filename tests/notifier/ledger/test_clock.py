"""Tests of the clock that one server has for all."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from notifier.errors import LedgerLost
from notifier.ledger.clock import EVERY, ServerClock
from tests.notifier.postgres import Server


@dataclass
class Far:
    """A server whose clock is ahead of this machine, and that can be cut off."""

    here: int = 1000
    ahead: int = 50_000
    away: bool = False
    asked: list[int] = field(default_factory=list)

    def ask(self) -> int:
        self.asked.append(self.here)
        if self.away:
            message = "away"
            raise LedgerLost(message)
        return self.here + self.ahead

    def passed(self) -> int:
        return self.here


def test_it_is_asked_now_and_then_and_carried_on_between() -> None:
    """A machine that is wrong by a minute says what the server says."""
    far = Far()
    clock = ServerClock(ask=far.ask, passed=far.passed)
    assert 51_000 == clock()
    far.here += EVERY - 1
    assert 51_000 + EVERY - 1 == clock()
    assert [1000] == far.asked
    far.here, far.ahead = far.here + 1, 50_007
    assert 51_007 + EVERY == clock()


def test_time_goes_on_without_the_server() -> None:
    """Cut off, it says what time it is all the same: leases end; never reached, it says nothing."""
    far = Far()
    clock = ServerClock(ask=far.ask, passed=far.passed)
    clock()
    far.away = True
    far.here += 3 * EVERY
    assert 51_000 + 3 * EVERY == clock()
    with pytest.raises(LedgerLost):
        ServerClock(ask=far.ask, passed=far.passed)()


def test_a_real_server_is_asked(postgres: Server) -> None:
    """Its time, in milliseconds since the epoch, is that of its own clock."""
    from notifier.ledger import open_ledger  # noqa: PLC0415 - the only test that needs one

    database = open_ledger(postgres.fresh(), create=True)
    clock = database.clock(lambda: 0)
    first, second = clock(), clock()
    database.close()
    assert 1_700_000_000_000 < first <= second < first + 60_000
