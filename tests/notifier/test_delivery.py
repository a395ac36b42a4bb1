"""Tests of the sending loop, and of a process killed in the middle of it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from notifier import campaign, tokens
from notifier.channels.protocol import Addressee, Answer, Batch, Kind, Outcome, Result
from notifier.compose import Composer
from notifier.delivery import Delivery, Idle, Worked
from notifier.errors import LedgerLost, ProviderError
from notifier.ledger import figures
from notifier.ledger.book import Book
from notifier.ledger.records import Rules, State
from notifier.pace import Pace
from tests.notifier import raw
from tests.notifier.factory import make_bundle, many_rows, write_audience

if TYPE_CHECKING:
    from collections.abc import Callable

    from notifier.channels.protocol import Channel
    from notifier.ledger.database import Database
    from notifier.pace import Quiet
    from tests.notifier.sendgrid_server import SendGridServer

NAME = "privacy-policy/2026-12-01"
KEY = b"k" * 32


@dataclass(kw_only=True)
class Scripted:
    """A channel that answers as told and keeps what it was given."""

    script: Callable[[int, Addressee], Outcome | None]
    name: str = "scripted"
    limit: int = 2
    idempotent: bool = False
    stop: str = ""
    batches: list[Batch] = field(default_factory=list)

    def send(self, batch: Batch) -> Answer:
        self.batches.append(batch)
        outcomes = [self.script(len(self.batches), one) for one in batch.addressees]
        return Answer(outcomes=tuple(one for one in outcomes if one), provider_id="p", stop=self.stop)

    def close(self) -> None:
        """Nothing to close."""


class Clock:
    """A clock that only moves when told."""

    def __init__(self) -> None:
        self.now = 1_796_083_200_000

    def __call__(self) -> int:
        return self.now


def make(
    ledger: Database, channel: Channel, rows: list[str], rules: Rules, kinds: set[Kind] = frozenset({Kind.EMAIL}),
    quiet: Quiet | None = None, *, reserve: bool = False,
) -> tuple[Delivery, Clock]:  # fmt: skip
    bundle, clock = make_bundle(), Clock()
    request = campaign.Request(
        bundle=bundle, source=write_audience(Path("a.csv"), *rows), today=date(2026, 12, 1), chosen=True,
        kinds=kinds, rejects=Path("rejects.jsonl"), limits=campaign.Limits(quiet=quiet, reserve=reserve),
    )  # fmt: skip
    campaign.plan(ledger, request, rules, datetime(2026, 12, 1, tzinfo=UTC))
    delivery = Delivery(
        book=Book(database=ledger, rules=rules, paces={}), campaign=figures.campaign(ledger, NAME).id, name=NAME,
        composer=Composer(bundle=bundle, sender="a@example.org"), channels=dict.fromkeys(kinds, channel),
        clock=clock, quiet=quiet, key=KEY, expires=date(2027, 12, 1),
    )  # fmt: skip
    return delivery, clock


def states(ledger: Database, rules: Rules) -> dict[State, int]:
    return dict(figures.count(ledger, figures.campaign(ledger, NAME), rules, 0).states)


def outcome(result: Result, wait: float | None = None) -> Callable[[int, Addressee], Outcome]:
    return lambda _number, one: Outcome(notice=one.notice, result=result, reason="r", wait=wait)


EN = ["a,a@example.org,en,KZ,,,,,", "b,b@example.org,en,KZ,,,,,", "c,c@example.org,en,KZ,,,,,"]


def test_a_shard_is_sent_in_batches_and_is_done(ledger: Database, rules: Rules) -> None:
    """No batch is larger than the channel allows; every copy has its own signed token; then nothing is due."""
    channel = Scripted(script=outcome(Result.ACCEPTED))
    delivery, _ = make(ledger, channel, EN, rules)
    assert Worked(accepted=3) == delivery.step()
    assert Idle(due=None) == delivery.step()
    assert [2, 1] == [len(batch.addressees) for batch in channel.batches]
    for one in (one for batch in channel.batches for one in batch.addressees):
        notice = tokens.read(KEY, one.token, purpose="consent", today=date(2027, 12, 1))
        assert one.notice == str(notice)
    assert {State.ACCEPTED: 3} == states(ledger, rules)


def test_a_copy_the_channel_is_silent_about_is_unknown(ledger: Database, rules: Rules) -> None:
    """It is never called accepted."""
    delivery, _ = make(ledger, Scripted(script=lambda _number, _one: None), EN[:1], rules)
    delivery.step()
    assert {State.UNKNOWN: 1} == states(ledger, rules)


def test_a_later_try_waits_as_long_as_asked(ledger: Database, rules: Rules) -> None:
    """Retry-After is kept to the millisecond; then it is sent."""
    answers = {1: Result.AGAIN, 2: Result.ACCEPTED}
    channel = Scripted(script=lambda number, one: Outcome(notice=one.notice, result=answers[number], wait=60))
    delivery, clock = make(ledger, channel, EN[:1], rules)
    delivery.step()
    assert Idle(due=clock.now + 60_000) == delivery.step()
    clock.now += 60_000
    assert Worked(accepted=1) == delivery.step()


def test_failures_without_a_wish_back_off(ledger: Database, rules: Rules) -> None:
    """Each pause is longer than half the one before doubled, and none is over the limit."""
    delivery, clock = make(ledger, Scripted(script=outcome(Result.AGAIN)), EN[:1], rules)
    for number in range(9):
        delivery.step()
        idle = delivery.step()
        assert isinstance(idle, Idle)
        assert idle.due is not None
        pause, longest = (idle.due - clock.now) / 1000, min(900, 15 * 2**number)
        assert longest / 2 <= pause <= longest
        clock.now = idle.due


def test_unknown_is_resent_once_and_then_held(ledger: Database, rules: Rules) -> None:
    """After the window one more request, recorded as a second attempt; never a third."""
    channel = Scripted(script=outcome(Result.UNKNOWN))
    delivery, clock = make(ledger, channel, EN[:1], rules)
    delivery.step()
    assert Idle(due=clock.now + rules.reconcile) == delivery.step()
    clock.now += rules.reconcile
    delivery.step()
    assert Idle(due=clock.now + rules.reconcile) == delivery.step()
    clock.now += rules.reconcile
    assert Worked(accepted=0) == delivery.step()
    assert Idle(due=None) == delivery.step()
    assert ["1", "2"] == [batch.attempt for batch in channel.batches]
    assert {State.UNKNOWN: 1} == states(ledger, rules)


def test_hold_never_resends(ledger: Database) -> None:
    """With NOTIFIER_ON_UNKNOWN=hold an unknown outcome is left for a person to decide."""
    rules = Rules(lease=1000, reconcile=10, tries=0)
    channel = Scripted(script=outcome(Result.UNKNOWN))
    delivery, clock = make(ledger, channel, EN[:1], rules)
    delivery.step()
    assert Idle(due=clock.now + rules.reconcile) == delivery.step()
    clock.now += 10_000
    assert Worked(accepted=0) == delivery.step()
    assert Idle(due=None) == delivery.step()
    assert 1 == len(channel.batches)


def test_a_bad_address_is_recorded_with_its_reason(ledger: Database, rules: Rules) -> None:
    """It ends as invalid; the others are accepted."""
    channel = Scripted(
        script=lambda _n, one: Outcome(
            notice=one.notice, result=Result.INVALID if one.address == "b@example.org" else Result.ACCEPTED, reason="no"
        )
    )
    delivery, _ = make(ledger, channel, EN, rules)
    delivery.step()
    assert {State.ACCEPTED: 2, State.INVALID: 1} == states(ledger, rules)
    assert [(2, State.INVALID, "no")] == raw.sql(ledger, "SELECT holder, state, reason FROM trail")


def test_a_refused_key_stops_the_run_and_loses_nobody(ledger: Database, rules: Rules) -> None:
    """What was not sent is planned again, the shard is given back."""
    channel = Scripted(script=outcome(Result.AGAIN), stop="bad key")
    delivery, _ = make(ledger, channel, EN, rules)
    with pytest.raises(ProviderError, match="bad key"):
        delivery.step()
    assert 1 == len(channel.batches)
    assert {State.PLANNED: 3} == states(ledger, rules)


@pytest.mark.parametrize("idempotent", [True, False])
def test_what_a_dead_worker_left_is_unknown(ledger: Database, rules: Rules, idempotent: bool) -> None:  # noqa: FBT001
    """Its intent without an outcome waits for the window, or goes at once where a repeat shows once."""

    def die(_number: int, _one: Addressee) -> Outcome:
        raise SystemExit

    delivery, clock = make(ledger, Scripted(script=die), EN[:1], rules)
    with pytest.raises(SystemExit):
        delivery.step()
    assert {State.ATTEMPTING: 1} == states(ledger, rules)
    channel = Scripted(script=outcome(Result.ACCEPTED), idempotent=idempotent)
    delivery.channels[Kind.EMAIL] = channel  # type: ignore[index]
    clock.now += rules.lease
    delivery.step()
    assert {State.ACCEPTED if idempotent else State.UNKNOWN: 1} == states(ledger, rules)
    clock.now += rules.reconcile
    delivery.step()
    assert {State.ACCEPTED: 1} == states(ledger, rules)
    assert 1 == len(channel.batches)


ENTRY = "from notifier.cli import main; main()"


def test_a_killed_run_loses_nobody(sendgrid_server: SendGridServer) -> None:
    """SIGKILL in the middle, three times, then a last run: everyone is told, and twice only after an unknown outcome."""
    Path("b.json").write_text(make_bundle().dump())
    write_audience(Path("a.csv"), *many_rows(3000))
    environment = os.environ | {
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "SENDGRID_API_KEY": "SG.key",
        "NOTIFIER_SENDGRID_URL": sendgrid_server.url,
        "NOTIFIER_RECONCILE_SECONDS": "1",
        "NOTIFIER_LEASE_SECONDS": "2",
        "NOTIFIER_WORKERS": "1",
    }

    def command(*arguments: str) -> list[str]:
        return [sys.executable, "-c", ENTRY, *arguments]

    plan = command("plan", "b.json", "--audience", "a.csv", "--as-of", "2026-12-01")
    subprocess.run(plan, env=environment, check=True, capture_output=True)
    sendgrid_server.delay = 0.2
    for _ in range(2):
        seen = len(sendgrid_server.requests)
        run = subprocess.Popen(
            command("send", NAME), env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        while len(sendgrid_server.requests) == seen and run.poll() is None:
            time.sleep(0.01)
        run.send_signal(signal.SIGKILL)
        run.wait()
    sendgrid_server.delay = 0
    last = subprocess.run(command("send", NAME, "--json"), env=environment, check=False, capture_output=True, text=True)
    assert 0 == last.returncode, last.stderr
    counted = Counter(sendgrid_server.recipients)
    assert {f"holder{number}@example.org" for number in range(3000)} == set(counted)
    with sqlite3.connect("notifier.sqlite") as connection:
        query = "SELECT address FROM trail JOIN contact USING (campaign, holder, channel) WHERE trail.state = ?"
        unknown = {row[0] for row in connection.execute(query, (State.UNKNOWN.value,))}
        assert [(State.ACCEPTED.value, 3000)] == connection.execute(
            "SELECT state, COUNT(*) FROM notice GROUP BY state"
        ).fetchall()
    connection.close()
    assert unknown
    assert {address for address, times in counted.items() if times > 1} <= unknown
    assert max(counted.values()) <= 3
    again = subprocess.run(command("send", NAME), env=environment, check=True, capture_output=True, text=True)
    assert "Nothing was left to send" in again.stdout
    assert counted == Counter(sendgrid_server.recipients)


class Away:
    """A book whose server is away for a while when an outcome is to be written."""

    def __init__(self, book: Book, times: int) -> None:
        self._book, self.times = book, times

    def __getattr__(self, name: str) -> object:
        return getattr(self._book, name)

    def record(self, *arguments: object, **more: object) -> int:
        if self.times:
            self.times -= 1
            message = "away"
            raise LedgerLost(message)
        return self._book.record(*arguments, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("times", "told"), [(3, 3), (10**9, 2)])
def test_an_outcome_is_written_while_the_lease_lasts(ledger: Database, rules: Rules, times: int, told: int) -> None:
    """A server that is away a moment leaves no doubt; when the lease is over the worker gives up, and says so."""
    channel = Scripted(script=outcome(Result.ACCEPTED))
    delivery, clock = make(ledger, channel, EN, rules)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.now += int(seconds * 1000)

    delivery = replace(delivery, book=Away(delivery.book, times), sleep=sleep)  # type: ignore[arg-type]
    if times == 3:
        assert Worked(accepted=3) == delivery.step(1)
        assert {State.ACCEPTED: 3} == states(ledger, rules)
        assert [0.5] * 3 == slept
    else:
        with pytest.raises(LedgerLost):
            delivery.step(1)
        assert rules.lease <= sum(slept) * 1000 <= rules.lease + 1000
    assert told == sum(len(batch.addressees) for batch in channel.batches)


def test_who_was_held_up_asks_before_the_request(ledger: Database, rules: Rules) -> None:
    """Stopped between intent and request for more than half a lease: taken over meanwhile, the shard makes no request."""
    channel = Scripted(script=outcome(Result.ACCEPTED))
    delivery, clock = make(ledger, channel, EN, rules)
    lost: list[int] = []
    book, begin = delivery.book, delivery.book.begin

    class Stopped(Away):
        def begin(self, *arguments: object, **more: object) -> object:
            found = begin(*arguments, **more)  # type: ignore[arg-type]
            clock.now += rules.lease
            assert book.claim(delivery.campaign, clock.now, only=1)
            return found

    stopped = replace(delivery, book=Stopped(book, 0), on_lost=lost.append)  # type: ignore[arg-type]
    assert Worked(accepted=0) == stopped.step(1)
    assert ([], [1]) == (channel.batches, lost)


def test_an_empty_bucket_is_waited_for_with_a_shard_in_hand(ledger: Database, rules: Rules) -> None:
    """A rate of one a second: a patient worker sends a shard in one go, one that is to leave gives it back."""
    channel = Scripted(script=outcome(Result.ACCEPTED))
    delivery, clock = make(ledger, channel, EN, rules)

    def sleep(seconds: float) -> None:
        clock.now += int(seconds * 1000)

    book = replace(delivery.book, paces={Kind.EMAIL: Pace(per_second=1)})
    patient = replace(delivery, book=book, sleep=sleep, patience=2000)
    began = clock.now
    assert Worked(accepted=1) == replace(patient, leaving=lambda: bool(channel.batches)).step(1)
    clock.now += 1000
    assert Worked(accepted=2) == patient.step(1)
    assert (2000, 3) == (clock.now - began, len(channel.batches))
