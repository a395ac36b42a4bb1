"""A plan brought up to an audience as it is today: who is new, moved or changed language, and who left; sends nothing.

Who was told, or may have been, stays as they are. The source is read twice: once to see what changed, once to write it;
all of it in one transaction, while no request is intended.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from notifier import audience, campaign, moving, promise, refusals, restoring, subscribers
from notifier.audience import Fault
from notifier.channels.protocol import Kind
from notifier.deciding import Decider
from notifier.errors import InputError, Refused
from notifier.ledger import figures, orders, refreshing
from notifier.ledger.plans import PlanWriter
from notifier.ledger.records import Standing, State
from notifier.ledger.refreshing import Refresher, What

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from notifier.audience import Page
    from notifier.campaign import Request, Term
    from notifier.ledger.database import Database, Transaction
    from notifier.ledger.figures import Figures
    from notifier.ledger.plans import Decision
    from notifier.ledger.records import Campaign, Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What a refresh changed."""

    #: Holders that were not there.
    new: int
    #: Holders that changed before any request, and after one that did not reach them.
    changed: int
    again: int
    #: Holders that had left.
    left: int
    #: Holders still to be told that are not in the source, and stay.
    absent: int
    figures: Figures
    terms: tuple[Term, ...]


def refresh(
    database: Database, of: Campaign, request: Request, rules: Rules, now: datetime, *, whole: bool
) -> Refreshed:
    """Bring a plan up to its audience, all of it or nothing; `whole`: who is not in the source has left.

    Refused for a campaign that is over, or if it has not begun and could not keep its lead time any more.
    """
    over = of.control.over(int(now.timestamp() * 1000))
    if over and (of.control.standing is Standing.CANCELLED or not request.chosen):
        message = f"{of.name}: {over[1]}; there is nobody left to be told"
        raise Refused(message)
    with (
        refusals.listed(request.rejects, request.rejects) as reject,
        _held(database, of),
        database.transaction() as work,
    ):
        work.run("plan_lock")
        work.run("number_lock", campaign=of.id)
        holders = int(work.value("count_holders", campaign=of.id))
        since = int(work.value("shard_last", campaign=of.id) or 0)
        writer = PlanWriter(work=work, campaign=of.id)
        writer.start()
        refresher = Refresher(work=work, campaign=of.id, writer=writer, now=int(now.timestamp() * 1000))
        _look(refresher, request)
        became = refresher.apply(whole=whole)
        again = len(refresher.again)
        work.run("forget_fault", campaign=of.id)
        campaign.fill(writer, _readdressed(refresher, request), request, reject)
        _settle(work, of, request, since)
        restoring.hold(work, of.id, of.name, int(now.timestamp() * 1000))
        counted, coming = _coming(work, of, request, rules, now)
        return Refreshed(
            new=int(work.value("count_holders", campaign=of.id)) - holders,
            changed=became[What.ANEW],
            again=again,
            left=became[What.LEFT],
            absent=became[What.ABSENT],
            figures=counted,
            terms=coming,
        )


@contextmanager
def _held(database: Database, of: Campaign) -> Iterator[None]:
    """Let nothing be intended meanwhile, as `pause` does, and let it go on as before."""
    before = orders.order(database, of.id, Standing.PAUSED)
    try:
        refreshing.hold(database, of.id)
        yield
    finally:
        if before is Standing.RUNNING:
            orders.order(database, of.id, Standing.RUNNING)


def _pages(work: Transaction, request: Request) -> Iterator[Page | Fault]:
    pages = refusals.some(audience.pages(request.audience), request.audience, request.rejects)
    return subscribers.joined(work, request.bundle, pages) if Kind.WEBPUSH in request.kinds else pages


def _look(refresher: Refresher, request: Request) -> None:
    decider = _decider(request)
    for page in _pages(refresher.work, request):
        if isinstance(page, Fault):
            if not page.kept and page.account_id:
                refresher.keep(page.account_id)
            continue
        for index, decision in enumerate(decider.decide(page)):
            refresher.look(page.account_id[index], decision, _addresses(page.contacts, decision, index))


def _readdressed(refresher: Refresher, request: Request) -> Iterator[Page | Fault]:
    """Yield the pages once more, to be planned as far as they are not; who is told again is seen to on the way."""
    decider = _decider(request)
    for page in _pages(refresher.work, request):
        if not isinstance(page, Fault) and refresher.again:
            for index, decision in enumerate(decider.decide(page)):
                refresher.readdress(page.account_id[index], decision, _addresses(page.contacts, decision, index))
        yield page
    # All that was yielded is written by now.
    if refresher.lost() or refresher.again:
        message = f"{request.audience.label}: it changed while it was read; nothing was changed here, refresh again"
        raise InputError(message)


def _decider(request: Request) -> Decider:
    return Decider(bundle=request.bundle, kinds=request.kinds, smtputf8=request.smtputf8)


def _addresses(contacts: Mapping[str, Sequence[str]], decision: Decision, index: int) -> list[str]:
    return [contacts[way.column][index] for way in decision.ways]


def _settle(work: Transaction, of: Campaign, request: Request, since: int) -> None:
    """Do to what was added what a plan does at its end."""
    bundle = request.bundle
    earlier = moving.earlier(work, bundle)
    moving.part(work, of.id, bundle, earlier, since, promise.news(bundle).deadline)
    work.run("refresh_empty", campaign=of.id)
    if request.limits.reserve:
        work.run("reserve", campaign=of.id, reserved=State.RESERVED, planned=State.PLANNED, channel=Kind.EMAIL.number)
    strictest = campaign.strictest_of(work, of.id, bundle)
    work.run(
        "campaign_calendar", campaign=of.id, first_day=of.first_day.isoformat(), lead_days=strictest.lead_days,
        last_day=strictest.last_day.isoformat(), deadline=strictest.deadline, not_before=of.control.not_before,
        not_after=of.control.not_after,
    )  # fmt: skip


def _coming(
    work: Transaction, of: Campaign, request: Request, rules: Rules, now: datetime
) -> tuple[Figures, tuple[Term, ...]]:
    counted = figures.count_within(work, of.id, rules, now=int(now.timestamp() * 1000), deadline=of.deadline)
    zone = ZoneInfo(request.bundle.timezone)
    begin = datetime.combine(request.today, datetime.min.time(), zone) if request.chosen else now
    coming = campaign.terms(counted, request.limits, orders.meters(work), begin, request.bundle)
    if work.one("campaign_attempted", campaign=of.id) is None:
        campaign.in_time(request.bundle, *coming)
    return counted, coming
