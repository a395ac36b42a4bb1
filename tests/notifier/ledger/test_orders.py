"""Tests of what an operator orders of a campaign, and of the buckets that all workers share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notifier.channels.protocol import Addressee, Kind, Outcome, Result
from notifier.delivery import Idle, Why, Worked, close
from notifier.ledger import figures, orders
from notifier.ledger.records import Rules, Standing, State
from notifier.pace import DAY_MS, Pace, quiet
from tests.notifier import raw
from tests.notifier.test_delivery import EN, NAME, Scripted, make, outcome, states

if TYPE_CHECKING:
    from notifier.ledger.database import Database


def test_a_pause_holds_between_two_requests(ledger: Database, rules: Rules) -> None:
    """What is under way is recorded, the next request is not made; resumed, it goes on where it was."""
    delivery, clock = make(ledger, Scripted(script=outcome(Result.ACCEPTED)), EN, rules)

    def pause(number: int, one: Addressee) -> Outcome:
        orders.order(ledger, delivery.campaign, Standing.PAUSED)
        return Outcome(notice=one.notice, result=Result.ACCEPTED)

    delivery.channels[Kind.EMAIL] = channel = Scripted(script=pause)  # type: ignore[index]
    assert Worked(accepted=2) == delivery.step()
    assert Idle(due=clock.now + 1000, why=Why.PAUSED) == delivery.step()
    assert {State.ACCEPTED: 2, State.PLANNED: 1} == states(ledger, rules)
    assert Standing.PAUSED is orders.order(ledger, delivery.campaign, Standing.RUNNING)
    assert Worked(accepted=1) == delivery.step()
    assert [2, 1] == [len(batch.addressees) for batch in channel.batches]


def test_a_cancelled_campaign_is_over(ledger: Database, rules: Rules) -> None:
    """What was not sent is suppressed with the reason, nothing is due, and no order brings it back."""
    delivery, _ = make(ledger, Scripted(script=outcome(Result.ACCEPTED)), EN, rules)
    orders.order(ledger, delivery.campaign, Standing.CANCELLED)
    delivery.step()
    assert Idle(due=None) == delivery.step()
    assert {State.SUPPRESSED: 3} == states(ledger, rules)
    assert [(State.SUPPRESSED, "the campaign was cancelled", 3)] == figures.reasons(ledger, delivery.campaign)
    orders.order(ledger, delivery.campaign, Standing.RUNNING)
    assert Standing.CANCELLED is figures.campaign(ledger, NAME).control.standing


def test_a_cancelled_unknown_is_never_sent_again(ledger: Database, rules: Rules) -> None:
    """It stays listed as unknown, and open no longer than its window."""
    channel = Scripted(script=outcome(Result.UNKNOWN))
    delivery, clock = make(ledger, channel, EN[:1], rules)
    delivery.step()
    orders.order(ledger, delivery.campaign, Standing.CANCELLED)
    clock.now += rules.reconcile
    delivery.step()
    assert Idle(due=None) == delivery.step()
    assert 1 == len(channel.batches)
    assert figures.count(ledger, figures.campaign(ledger, NAME), rules, clock.now).finished


def test_a_stale_campaign_expires(ledger: Database, rules: Rules) -> None:
    """A server restored after the effective date sends nothing."""
    channel = Scripted(script=outcome(Result.ACCEPTED))
    delivery, clock = make(ledger, channel, EN, rules)
    clock.now = figures.campaign(ledger, NAME).control.not_after
    delivery.step()
    assert ([], {State.EXPIRED: 3}) == (channel.batches, states(ledger, rules))


def test_nothing_goes_out_before_its_day(ledger: Database, rules: Rules) -> None:
    """The loop waits for the first moment and says so."""
    channel = Scripted(script=outcome(Result.ACCEPTED))
    delivery, clock = make(ledger, channel, EN, rules)
    first = figures.campaign(ledger, NAME).control.not_before
    clock.now = first - 1
    assert Idle(due=first, why=Why.EARLY) == delivery.step()
    clock.now = first
    assert Worked(accepted=3) == delivery.step()


def test_workers_draw_from_one_bucket(ledger: Database, rules: Rules) -> None:
    """Two copies a second, whoever sends them; an order of another rate holds at once."""
    channel = Scripted(script=outcome(Result.ACCEPTED))
    delivery, clock = make(ledger, channel, EN, rules)
    delivery.book.paces[Kind.EMAIL] = Pace(per_second=1)  # type: ignore[index]
    assert Worked(accepted=1) == delivery.step()
    assert Idle(due=clock.now + 1000) == delivery.step()
    clock.now += 1000
    assert Worked(accepted=1) == delivery.step()
    orders.set_rate(ledger, [Kind.EMAIL], 100)
    assert Worked(accepted=1) == delivery.step()


def test_a_warm_up_day_ends_at_midnight(ledger: Database, rules: Rules) -> None:
    """With its cap used up a channel waits for the next day (UTC)."""
    delivery, clock = make(ledger, Scripted(script=outcome(Result.ACCEPTED)), EN, rules)
    delivery.book.paces[Kind.EMAIL] = Pace(warm_up=(2,))  # type: ignore[index]
    assert Worked(accepted=2) == delivery.step()
    delivery.step()
    midnight = (clock.now // DAY_MS + 1) * DAY_MS
    assert Idle(due=midnight) == delivery.step()
    clock.now = midnight
    assert Worked(accepted=1) == delivery.step()


def test_a_storm_of_429_is_met_by_one_request(ledger: Database, rules: Rules) -> None:
    """The whole channel is held back, not only the shard that met it."""
    rows = [*EN, "k,k@example.org,kk,KZ,,,,,", "r,r@example.org,ru,RU,,,,,"]
    channel = Scripted(script=lambda _n, one: Outcome(notice=one.notice, result=Result.AGAIN, wait=60), limit=10)
    delivery, clock = make(ledger, channel, rows, rules)
    delivery.step()
    assert Idle(due=clock.now + 60_000) == delivery.step()
    assert 1 == len(channel.batches)


def test_quiet_hours_put_off_a_push_and_no_mail(ledger: Database, rules: Rules) -> None:
    """The phone is silent until morning where the holder lives; elsewhere it is day, and mail goes at any hour."""
    channel = Scripted(script=outcome(Result.ACCEPTED))
    rows = ["a,a@example.org,en,KZ,Asia/Almaty,tok-a,,,", "b,b@example.org,en,PT,Europe/Lisbon,tok-b,,,"]
    delivery, clock = make(
        ledger, channel, rows, rules, kinds={Kind.EMAIL, Kind.FCM}, quiet=quiet("22:00-08:00")
    )  # fmt: skip
    clock.now += 18 * 3_600_000
    for _ in range(4):
        last = delivery.step()
    morning = clock.now - 18 * 3_600_000 + 27 * 3_600_000
    reached = [one.address for batch in channel.batches for one in batch.addressees]
    assert ["a@example.org", "b@example.org", "tok-b"] == sorted(reached)
    assert Idle(due=morning) == last
    clock.now = morning
    assert Worked(accepted=1) == delivery.step()


def test_a_refused_address_calls_up_the_push_in_reserve(ledger: Database, rules: Rules) -> None:
    """Who was reached by mail gets no push; who was not, does."""

    def refuse_a(_number: int, one: Addressee) -> Outcome:
        bad = one.address == "a@example.org"
        return Outcome(notice=one.notice, result=Result.INVALID if bad else Result.ACCEPTED, reason="no such mailbox")

    channel = Scripted(script=refuse_a)
    rows = ["a,a@example.org,en,KZ,,tok-a,,,", "b,b@example.org,en,KZ,,tok-b,,,"]
    delivery, _ = make(ledger, channel, rows, rules, kinds={Kind.EMAIL, Kind.FCM}, reserve=True)
    assert {State.PLANNED: 2, State.RESERVED: 2} == states(ledger, rules)
    while isinstance(delivery.step(), Worked):
        pass
    assert ["tok-a"] == [
        one.address for batch in channel.batches if batch.content.kind is Kind.FCM for one in batch.addressees
    ]
    assert {State.INVALID: 1, State.ACCEPTED: 2, State.RESERVED: 1} == states(ledger, rules)


def test_a_dead_token_is_not_tried_by_the_next_campaign(ledger: Database, rules: Rules) -> None:
    """It is suppressed with the provider's words; nobody else is."""
    channel = Scripted(script=outcome(Result.INVALID))
    delivery, _ = make(ledger, channel, ["a,,en,KZ,,dead,,,"], rules, kinds={Kind.EMAIL, Kind.FCM})
    delivery.step()
    raw.sql(ledger, "UPDATE campaign SET name = 'privacy-policy/2026-01-01'")
    rows = ["a,,en,KZ,,dead,,,", "b,,en,KZ,,alive,,,"]
    channel = Scripted(script=outcome(Result.ACCEPTED))
    delivery, _ = make(ledger, channel, rows, rules, kinds={Kind.EMAIL, Kind.FCM})
    delivery.step()
    assert ["alive"] == [one.address for batch in channel.batches for one in batch.addressees]
    assert [(State.SUPPRESSED, "refused before: r", 1)] == figures.reasons(ledger, delivery.campaign)


def test_closing_leaves_a_shard_in_work_to_its_worker(ledger: Database, rules: Rules) -> None:
    """Its lease is respected; the worker closes it itself."""
    delivery, clock = make(ledger, Scripted(script=outcome(Result.ACCEPTED)), EN, rules)
    delivery.book.claim(delivery.campaign, clock.now)
    close(delivery.book, delivery.campaign, (State.SUPPRESSED, "x"), clock)
    assert {State.PLANNED: 3} == states(ledger, rules)


def test_what_is_held_is_sent_once_more_by_order(ledger: Database) -> None:
    """Only then, only what is beyond its window, and with a trace; unknown again, it is held again."""
    rules = Rules(lease=1000, reconcile=5000, tries=0)

    def doubt(_number: int, one: Addressee) -> Outcome:
        result = Result.ACCEPTED if one.address == "a@example.org" else Result.UNKNOWN
        return Outcome(notice=one.notice, result=result)

    channel = Scripted(script=doubt)
    delivery, clock = make(ledger, channel, EN, rules)

    def order(*, held: bool) -> int:
        return orders.awaken(ledger, delivery.campaign, rules, clock.now, held=held)

    def work() -> list[str]:
        before = len(channel.batches)
        while isinstance(found := delivery.step(), Worked) or found.due is not None:
            clock.now = max(clock.now, found.due or 0) if isinstance(found, Idle) else clock.now
        return [one.address[0] for batch in channel.batches[before:] for one in batch.addressees]

    delivery.step()
    assert (0, []) == (order(held=True), work())
    assert (0, []) == (order(held=False), work())
    assert (2, ["b", "c"]) == (order(held=True), work())
    counted = figures.count(ledger, figures.campaign(ledger, NAME), rules, clock.now)
    assert (2, True) == (counted.held, counted.finished)
    query = "SELECT holder, reason FROM trail WHERE state = 0 ORDER BY holder"
    assert [(holder, "held, and sent again by order") for holder in (2, 3)] == raw.sql(ledger, query)


def test_other_rules_open_what_was_held(ledger: Database) -> None:
    """Who sets `resend` after `hold` means also what is held by now; what was cancelled stays where it is."""
    channel = Scripted(script=outcome(Result.UNKNOWN))
    hold, resend = Rules(lease=1000, reconcile=0, tries=0), Rules(lease=1000, reconcile=0, tries=2)
    delivery, clock = make(ledger, channel, EN[:1], hold)
    delivery.step()
    assert Idle(due=None) == delivery.step()
    orders.awaken(ledger, delivery.campaign, resend, clock.now, held=False)
    assert Idle(due=clock.now) == Idle(due=delivery.book.next_due(delivery.campaign))
    orders.order(ledger, delivery.campaign, Standing.CANCELLED)
    delivery.step()
    assert 0 == orders.awaken(ledger, delivery.campaign, hold, clock.now, held=True)
    assert Idle(due=None) == delivery.step()
    assert 1 == len(channel.batches)
