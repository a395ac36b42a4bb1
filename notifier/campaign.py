"""Bundle x audience x calendar: who is told, how, in which language and by when; sends nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from notifier import audience, moving, pace, promise, refusals, restoring, subscribers
from notifier.audience import Fault, Source
from notifier.channels.protocol import Kind
from notifier.deciding import Decider
from notifier.errors import InputError, Refused
from notifier.ledger import figures, orders
from notifier.ledger.plans import PlanWriter, Twice
from notifier.ledger.records import State
from notifier.moving import name_of
from notifier.pace import Pace
from policypress.bundle import FORMAT, Bundle, ChangeClass

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from notifier.audience import Heading, Page
    from notifier.ledger.database import Database, Transaction
    from notifier.ledger.figures import Figures
    from notifier.ledger.records import Campaign, Rules
    from notifier.pace import Meter, Quiet
    from notifier.promise import Promise

#: How long behind the effective date it is still said that a release was withdrawn.
AFTERWARDS = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the operator allows: rates, warm-up, quiet hours."""

    paces: Mapping[Kind, Pace] = field(default_factory=dict)
    #: In the holder's time zone, for push.
    quiet: Quiet | None = None
    #: A push goes out only where the address is refused.
    reserve: bool = False

    def finish(self, kind: Kind, count: int, begin: datetime, meter: Meter | None) -> datetime:
        """Return when the last of so many notices of a kind goes out."""
        share = 1.0 if self.quiet is None or kind is Kind.EMAIL else self.quiet.open_share
        return pace.finish(count, self.paces.get(kind, Pace()), begin, meter, share)

    def open_ended(self, kind: Kind) -> bool:
        """Return whether no rate bounds a kind, so that its finish rests on the provider keeping up."""
        return self.paces.get(kind, Pace()).per_second is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Those who are promised the same lead time, and when the last of them is told."""

    promise: Promise
    #: Messages that are still to be sent to them.
    messages: int
    #: The last of these goes out on this day.
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A campaign as planned, with what the operator wants to know before it goes out."""

    name: str
    #: The first notice goes out on this day.
    first: date
    #: The last notice goes out on this day.
    last: date
    effective: date
    #: Days the last notice must come before the effective date, for the strictest country in the audience.
    lead_days: int
    #: By promise, the strictest first.
    terms: tuple[Term, ...]
    #: No rate is set, so the finish rests on the provider keeping up.
    assumed: bool
    figures: Figures
    #: Columns of the source that were not used.
    unused: tuple[str, ...]
    #: What parts the columns of a CSV file; a comma for any other source.
    delimiter: str
    #: File with the refused and flawed rows; None if there were none.
    rejects: Path | None
    #: The same campaign had been planned before.
    again: bool
    #: Notices that only say that the date moved, or that the release was withdrawn, to those who were told before.
    short: int = 0

    @property
    def kept_days(self) -> int:
        """Return the days between the last notice and the effective date."""
        return (self.effective - self.last).days


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked to be planned."""

    bundle: Bundle
    #: Where the holders come from; a path is a file whose columns have our names.
    source: Source | Path
    #: The day calendar decisions are made for.
    today: date
    #: That day was chosen by the operator; recorded.
    chosen: bool
    #: Kinds of notices that have a provider.
    kinds: Collection[Kind]
    #: Where refused rows go.
    rejects: Path
    #: Where they go if there is no other row; None: the same file.
    all_refused: Path | None = None
    limits: Limits = field(default_factory=Limits)
    #: Nothing goes out before this day, and nothing after that one; None: publication, and the effective date.
    not_before: date | None = None
    not_after: date | None = None
    #: The provider of mail writes to addresses with letters outside ASCII before the @.
    smtputf8: bool = True

    @property
    def audience(self) -> Source:
        """Return where the holders come from."""
        return Source(location=str(self.source)) if isinstance(self.source, Path) else self.source


def load_bundle(path: Path) -> Bundle:
    """Return the bundle in a file; InputError that names file and place if it is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        message = f"{path}: cannot read the release bundle: {why}; `policypress build` writes site/releases/<id>.json"
        raise InputError(message) from error
    try:
        return Bundle.model_validate_json(text)
    except ValidationError as error:
        found = "; ".join(_problem(problem["loc"], problem["msg"]) for problem in error.errors()[:3])
        message = f"{path}: not a release bundle ({FORMAT}): {found}; build it again with `policypress build`"
        raise InputError(message) from None


def today_of(bundle: Bundle, now: datetime) -> date:
    """Return the day it is where the policy is published."""
    return now.astimezone(ZoneInfo(bundle.timezone)).date()


def needs_notice(bundle: Bundle, today: date) -> None:
    """Raise Refused, with the reason, unless this release is to be announced and not yet in force."""
    name = name_of(bundle)
    if bundle.historic:
        message = f"{name} was recorded after the fact (historic); it was in force before and needs no notice"
    elif bundle.release_class is not ChangeClass.MATERIAL:
        message = f"{name} is a {bundle.release_class} release; only a material one is announced to holders"
    elif bundle.effective <= today and not bundle.withdrawn:
        message = f"{name} is in force since {bundle.effective}; a notice on {today} would come after the fact"
    elif bundle.release_class not in bundle.lead_time.days:
        message = f"{name} says no lead time for a {bundle.release_class} release; add it to policy.toml, build again"
    else:
        return
    raise Refused(message)


def in_time(bundle: Bundle, *terms: Term) -> None:
    """Raise Refused, with the earliest honest date, unless the last notice of every term keeps its lead time."""
    missed = [one for one in terms if one.last > one.promise.last_day]
    # What is withdrawn takes no effect, so that no lead time can be missed; it is told as soon as may be.
    if not missed or bundle.withdrawn:
        return
    honest = max(one.last + timedelta(days=one.promise.lead_days) for one in missed)
    told = "; ".join(
        f"{one.promise.lead_days} days are promised{' in ' if one.promise.whom else ''}{one.promise.whom}, and the "
        f"last notice{' there' if one.promise.whom else ''} goes out on {one.last}, "
        f"{(bundle.effective - one.last).days} days before"
        for one in missed
    )
    message = (
        f"{name_of(bundle)} takes effect on {bundle.effective}: {told} ({bundle.lead_time.reason}). "
        f"The earliest honest effective date is {honest}: publish the release with that date, then plan again"
    )
    raise Refused(message)


def plan(database: Database, request: Request, rules: Rules, now: datetime) -> Plan:
    """Stream the audience into the ledger, all of it or nothing, and return the plan.

    Planned again before anything was sent, the plan is made anew; after that, only new holders are added.
    Refused if the lead time cannot be kept: then nothing was written.
    """
    bundle = request.bundle
    needs_notice(bundle, request.today)
    first = max(request.today, bundle.published, request.not_before or bundle.published)
    headings: list[Heading] = []
    source, refused = request.audience, request.all_refused or request.rejects
    with refusals.listed(request.rejects, refused) as reject, database.transaction() as work:
        work.run("plan_lock")
        before = moving.earlier(work, bundle)
        moving.allowed(work, bundle, before, chosen=request.chosen)
        moving.fence(work, before)
        row, again = _begin(work, request, now)
        since = int(work.value("shard_last", campaign=row) or 0)
        writer = PlanWriter(work=work, campaign=row)
        writer.start()
        pages = refusals.some(audience.pages(source, on_heading=headings.append), source, refused)
        pages = subscribers.joined(work, bundle, pages) if Kind.WEBPUSH in request.kinds else pages
        fill(writer, pages, request, reject)
        short = moving.part(work, row, bundle, before, since, promise.news(bundle).deadline)
        moving.close(work, before, name_of(bundle), int(now.timestamp() * 1000))
        restoring.hold(work, row, name_of(bundle), int(now.timestamp() * 1000))
        strictest = strictest_of(work, row, bundle)
        in_time(bundle, Term(promise=strictest, messages=0, last=first))
        if request.limits.reserve:
            work.run("reserve", campaign=row, reserved=State.RESERVED, planned=State.PLANNED, channel=Kind.EMAIL.number)
        work.run(
            "campaign_calendar", campaign=row, first_day=first.isoformat(),
            last_day=strictest.last_day.isoformat(), deadline=strictest.deadline, lead_days=strictest.lead_days,
            not_before=promise.milliseconds(first, bundle), not_after=_last_moment(request),
        )  # fmt: skip
        moment = int(now.timestamp() * 1000)
        counted = figures.count_within(work, row, rules, now=moment, deadline=strictest.deadline)
        if not counted.holders:
            message = f"{source.label}: no account holder is in it, so nobody would be told; nothing was planned"
            raise InputError(message)
        begin = datetime.combine(first, datetime.min.time(), ZoneInfo(bundle.timezone))
        begin = begin if request.chosen else max(begin, now)
        coming = terms(counted, request.limits, orders.meters(work), begin, bundle)
        last = coming[-1].last if coming else today_of(bundle, begin)
        in_time(bundle, *coming)
        _within(request, first, last)
    return Plan(
        name=name_of(bundle),
        first=first,
        last=last,
        effective=bundle.effective,
        lead_days=strictest.lead_days,
        terms=coming,
        assumed=any(request.limits.open_ended(kind) for kind in counted.waiting()),
        figures=counted,
        unused=headings[0].unused,
        delimiter=headings[0].delimiter,
        rejects=request.rejects if counted.rejected or counted.flawed else None,
        again=again,
        short=short,
    )


def terms(
    counted: Figures, limits: Limits, meters: Mapping[Kind, Meter], begin: datetime, bundle: Bundle
) -> tuple[Term, ...]:
    """Return what waits by promise, the strictest first, with the day on which the last of it goes out by the rates.

    Those who are promised more are told before the others, so a term ends when all until its deadline are told.
    """
    promises, found = promise.every(bundle), []
    zone, before = ZoneInfo(bundle.timezone), 0
    for deadline, messages in counted.dues().items():
        waiting = counted.waiting(deadline)
        ends = [begin, *(limits.finish(kind, count, begin, meters.get(kind)) for kind, count in waiting.items())]
        last = max(ends).astimezone(zone).date()
        found.append(Term(promise=promises[deadline], messages=messages - before, last=last))
        before = messages
    return tuple(found)


def may_send(campaign: Campaign, bundle: Bundle, today: date, coming: Sequence[Term], *, begun: bool) -> str:
    """Return a warning, or nothing, if a campaign may go out today; Refused if it may not.

    A campaign that has begun goes on even if it is late by now: late is better than never, and it is said.
    """
    needs_notice(bundle, today)
    if today < campaign.first_day:
        message = f"{campaign.name} is not to be sent before {campaign.first_day}; it is {today}"
        raise Refused(message)
    if not begun:
        in_time(bundle, *coming)
    return "; ".join(_missed(campaign, one, today) for one in coming if one.last > one.promise.last_day)


def _missed(campaign: Campaign, term: Term, today: date) -> str:
    kept, where = term.promise, f" in {term.promise.whom}" if term.promise.whom else ""
    if today <= kept.last_day:
        return (
            f"{campaign.name} will miss its date{where}: at this rate the last notice goes out on {term.last}, and "
            f"after {kept.last_day} the {kept.lead_days} days of lead time are not kept"
        )
    return f"late{where}: notices after {kept.last_day} do not keep the {kept.lead_days} days of lead time"


def _begin(work: Transaction, request: Request, now: datetime) -> tuple[int, bool]:
    name, text = name_of(request.bundle), request.bundle.dump()
    digest = "sha256:" + sha256(text.encode()).hexdigest()
    old = figures.find(work, name)
    if old is not None and work.one("campaign_attempted", campaign=old.id):
        if old.digest != digest:
            message = f"{name}: notices of it went out from another bundle; a published release does not change"
            raise Refused(message)
        work.run("forget_fault", campaign=old.id)
        return old.id, True
    if old is not None:
        for table in ("campaign", "holder", "contact", "shard", "notice", "fault"):
            work.run(f"forget_{table}", campaign=old.id)
    row = work.value(
        "campaign_put", name=name, bundle=text, digest=digest, audience=request.audience.label,
        planned_at=int(now.timestamp() * 1000), as_of=request.today.isoformat() if request.chosen else None,
    )  # fmt: skip
    return int(row), old is not None


def fill(writer: PlanWriter, pages: Iterable[Page | Fault], request: Request, reject: Callable[[Fault], None]) -> None:
    """Decide of each holder and let them be written; what is refused is recorded and goes to `reject`."""
    decider = Decider(bundle=request.bundle, kinds=request.kinds, smtputf8=request.smtputf8)

    def refuse(twice: Iterable[Twice]) -> None:
        for one in twice:
            # An account of an earlier plan is simply there already; one of this source stands twice in it.
            if one.first is not None:
                reason = f"the account_id stands on line {one.first} already; that row was taken"
                take(Fault(line=one.line, account_id=one.account, reason=reason, kept=False, row=""))

    def take(fault: Fault) -> None:
        writer.fault(fault)
        reject(fault)

    for page in pages:
        if isinstance(page, Fault):
            take(page)
        else:
            refuse(writer.add(page, decider.decide(page)))
    refuse(writer.finish())


def _last_moment(request: Request) -> int:
    if request.not_after:
        return promise.milliseconds(request.not_after + timedelta(days=1), request.bundle)
    # Who was told of what is withdrawn shall hear so even behind the day on which it would have taken effect.
    more = AFTERWARDS if request.bundle.withdrawn else timedelta()
    return int((request.bundle.takes_effect_at() + more).timestamp() * 1000)


def _within(request: Request, first: date, last: date) -> None:
    if request.not_after and last > request.not_after:
        message = (
            f"{name_of(request.bundle)}: the notices go out from {first} to {last}, and --not-after says "
            f"{request.not_after}; raise the rate, or name a later day"
        )
        raise Refused(message)


def strictest_of(work: Transaction, campaign: int, bundle: Bundle) -> Promise:
    """Return the promise with the earliest deadline among the holders of a campaign."""
    deadline = work.value("first_deadline", campaign=campaign)
    return promise.every(bundle)[deadline] if deadline else promise.of(bundle, "")


def _problem(place: tuple[int | str, ...], words: str) -> str:
    return f"{'.'.join(str(part) for part in place) or 'the file'}: {words}"
