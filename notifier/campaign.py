"""Bundle x audience x calendar: who is told, how, in which language and by when; sends nothing."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from notifier import audience
from notifier.audience import Fault, Holder
from notifier.channels.protocol import Kind
from notifier.errors import InputError, Refused
from notifier.ledger import figures
from notifier.ledger.plans import Entry, PlanWriter, Twice
from policypress.bundle import FORMAT, Bundle, ChangeClass

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from notifier.ledger.figures import Figures
    from notifier.ledger.records import Campaign, Rules
    from notifier.ledger.sqlite import Database, Transaction

JOINED_LATER = "joined after publication and accepted the new text"
NO_CONTACT = "no address and no push token"
NO_PROVIDER = "no provider is configured for the only way to reach them"


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
    #: No rate is set, so the finish rests on the provider keeping up.
    assumed: bool
    figures: Figures
    #: Columns of the source that were not used.
    unused: tuple[str, ...]
    #: File with the refused and flawed rows; None if there were none.
    rejects: Path | None
    #: The same campaign had been planned before.
    again: bool

    @property
    def kept_days(self) -> int:
        """Return the days between the last notice and the effective date."""
        return (self.effective - self.last).days


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked to be planned."""

    bundle: Bundle
    source: Path
    #: The day calendar decisions are made for.
    today: date
    #: That day was chosen by the operator; recorded.
    chosen: bool
    #: Kinds of notices that have a provider.
    kinds: Collection[Kind]
    #: Where refused rows go.
    rejects: Path


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


def name_of(bundle: Bundle) -> str:
    """Return the id of the campaign of a release: document and release."""
    return f"{bundle.document}/{bundle.release}"


def today_of(bundle: Bundle, now: datetime) -> date:
    """Return the day it is where the policy is published."""
    return now.astimezone(ZoneInfo(bundle.timezone)).date()


def needs_notice(bundle: Bundle, today: date) -> None:
    """Raise Refused, with the reason, unless this release is to be announced and not yet in force."""
    name = name_of(bundle)
    if bundle.withdrawn:
        message = f"{name} was withdrawn; nobody is to be told that it takes effect"
    elif bundle.historic:
        message = f"{name} was recorded after the fact (historic); it was in force before and needs no notice"
    elif bundle.release_class is not ChangeClass.MATERIAL:
        message = f"{name} is a {bundle.release_class} release; only a material one is announced to holders"
    elif bundle.effective <= today:
        message = f"{name} is in force since {bundle.effective}; a notice on {today} would come after the fact"
    elif bundle.release_class not in bundle.lead_time.days:
        message = f"{name} says no lead time for a {bundle.release_class} release; add it to policy.toml, build again"
    else:
        return
    raise Refused(message)


def in_time(bundle: Bundle, last: date, lead_days: int) -> None:
    """Raise Refused, with the earliest honest date, unless a last notice on that day keeps the lead time."""
    if last + timedelta(days=lead_days) <= bundle.effective:
        return
    honest = last + timedelta(days=lead_days)
    message = (
        f"{name_of(bundle)} takes effect on {bundle.effective}, {(bundle.effective - last).days} days after the last "
        f"notice on {last}; {lead_days} days are promised ({bundle.lead_time.reason}). "
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
    first = max(request.today, bundle.published)
    unused: list[str] = []
    with _rejects(request.rejects) as reject, database.transaction() as work:
        row, again = _begin(work, request, now)
        writer = PlanWriter(work=work, campaign=row)
        writer.start()
        _fill(writer, audience.read(request.source, on_header=unused.extend), request, reject)
        writer.fold()
        lead_days = _strictest(work, row, bundle)
        # Without a rate of ours the last notice goes out on the day of the first.
        in_time(bundle, first, lead_days)
        latest = bundle.effective - timedelta(days=lead_days)
        deadline = _milliseconds(latest + timedelta(days=1), bundle)
        work.run(
            "campaign_calendar", campaign=row, first_day=first.isoformat(), last_day=latest.isoformat(),
            deadline=deadline, lead_days=lead_days,
        )  # fmt: skip
        counted = figures.count_within(work, row, rules, now=int(now.timestamp() * 1000), deadline=deadline)
    return Plan(
        name=name_of(bundle),
        first=first,
        last=first,
        effective=bundle.effective,
        lead_days=lead_days,
        assumed=True,
        figures=counted,
        unused=tuple(unused),
        rejects=request.rejects if counted.rejected or counted.flawed else None,
        again=again,
    )


def may_send(campaign: Campaign, bundle: Bundle, today: date, *, begun: bool) -> str:
    """Return a warning, or nothing, if a campaign may go out today; Refused if it may not.

    One that has begun goes on even if it is late by now: late is better than never, and it is said.
    """
    needs_notice(bundle, today)
    if today < campaign.first_day:
        message = f"{campaign.name} is not to be sent before {campaign.first_day}; it is {today}"
        raise Refused(message)
    if today <= campaign.last_day:
        return ""
    if not begun:
        in_time(bundle, today, campaign.lead_days)
    return f"late: notices after {campaign.last_day} do not keep the {campaign.lead_days} days of lead time"


@dataclass(frozen=True, slots=True)
class Negotiator:
    """Finds the language of a notice by rules that are recorded."""

    bundle: Bundle
    _known: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    def choose(self, tag: str, country: str) -> tuple[str, str]:
        """Return (locale, rule): exact, script-stripped, language, country, fallback."""
        key = (tag, country)
        if key not in self._known:
            if len(self._known) > _MOST_PAIRS:
                self._known.clear()
            self._known[key] = self._choose(tag, country)
        return self._known[key]

    def _choose(self, tag: str, country: str) -> tuple[str, str]:
        published = {locale.lower(): locale for locale in self.bundle.locales}
        parts = tag.replace("_", "-").lower().split("-")
        for length in range(len(parts), 0, -1):
            found = published.get("-".join(parts[:length]))
            if found:
                dropped = parts[length:]
                script = any(len(part) == _SCRIPT and part.isalpha() for part in dropped)
                return found, "exact" if not dropped else "script-stripped" if script else "language"
        own = self.bundle.countries.get(country)
        if own in self.bundle.locales:
            return str(own), "country"
        return self.bundle.source_locale, "fallback"


#: A hostile source may have a tag of its own in every row; memory stays flat.
_MOST_PAIRS = 10_000
_SCRIPT = 4


def decide(holder: Holder, request: Request, negotiator: Negotiator) -> Entry:
    """Return what happens to one holder: the language with its rule, and the ways, or why there is none."""
    locale, rule = negotiator.choose(holder.locale, holder.country)
    every = _ways(holder)
    contacts = tuple((kind, address) for kind, address in every if kind in request.kinds)
    skipped = None
    if _joined_later(holder, request.bundle):
        contacts, skipped = (), JOINED_LATER
    elif not every:
        skipped = NO_CONTACT
    elif not contacts:
        skipped = NO_PROVIDER
    return Entry(
        account=holder.account_id,
        line=holder.line,
        country=holder.country,
        locale=locale,
        rule=rule,
        guardian=bool(holder.guardian_email),
        contacts=contacts,
        skipped=skipped,
    )


def _ways(holder: Holder) -> list[tuple[Kind, str]]:
    if holder.guardian_email:
        # Nothing to the minor's own devices: the notice is the guardian's to read.
        return [(Kind.EMAIL, holder.guardian_email)]
    ways = [(Kind.EMAIL, holder.email)] if holder.email else []
    # One push is enough: the app where there is one, else the browser.
    if holder.fcm_token:
        ways.append((Kind.FCM, holder.fcm_token))
    elif holder.webpush:
        ways.append((Kind.WEBPUSH, holder.webpush))
    return ways


def _joined_later(holder: Holder, bundle: Bundle) -> bool:
    joined = holder.joined_at
    if isinstance(joined, datetime):
        joined = joined.astimezone(ZoneInfo(bundle.timezone)).date()
    # On the day of publication itself nobody can tell which text was accepted: those are told.
    return joined is not None and joined > bundle.published


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
        "campaign_put", name=name, bundle=text, digest=digest, audience=str(request.source),
        planned_at=int(now.timestamp() * 1000), as_of=request.today.isoformat() if request.chosen else None,
    )  # fmt: skip
    return int(row), old is not None


def _fill(
    writer: PlanWriter, rows: Iterable[Holder | Fault], request: Request, reject: Callable[[Fault], None]
) -> None:
    negotiator = Negotiator(request.bundle)

    def refuse(twice: Iterable[Twice]) -> None:
        for one in twice:
            # An account of an earlier plan is simply there already; one of this source stands twice in it.
            if one.first is not None:
                reason = f"the account_id stands on line {one.first} already; that row was taken"
                fault = Fault(line=one.line, account_id=one.account, reason=reason, kept=False, row="")
                writer.fault(fault)
                reject(fault)

    for row in rows:
        if isinstance(row, Fault):
            writer.fault(row)
            reject(row)
        else:
            refuse(writer.add(decide(row, request, negotiator)))
    refuse(writer.flush())


def _strictest(work: Transaction, campaign: int, bundle: Bundle) -> int:
    countries = [row["country"] for row in work.all("count_countries", campaign=campaign)]
    return max(bundle.lead_time.for_country(country, bundle.release_class) for country in [*countries, None])


def _milliseconds(day: date, bundle: Bundle) -> int:
    start = datetime.combine(day, datetime.min.time(), ZoneInfo(bundle.timezone))
    return int(start.astimezone(UTC).timestamp() * 1000)


@contextmanager
def _rejects(path: Path) -> Iterator[Callable[[Fault], None]]:
    """Give a function that writes faults as JSON Lines; the file appears whole, and only if the plan is made."""
    written = 0
    try:
        stream = NamedTemporaryFile(  # noqa: SIM115 - closed below
            "w", encoding="utf-8", dir=path.parent, prefix=".", suffix=".part", delete=False
        )
    except OSError as error:
        message = f"{path}: cannot write the rejects file: {error.strerror}; name another with --rejects"
        raise InputError(message) from error

    def reject(fault: Fault) -> None:
        nonlocal written
        written += 1
        entry = {"line": fault.line, "account_id": fault.account_id, "reason": fault.reason, "kept": fault.kept}
        stream.write(json.dumps(entry | {"row": fault.row}, ensure_ascii=False) + "\n")

    try:
        with stream:
            yield reject
        path.unlink(missing_ok=True)
        if written:
            Path(stream.name).replace(path)
    finally:
        Path(stream.name).unlink(missing_ok=True)


def _problem(place: tuple[int | str, ...], words: str) -> str:
    return f"{'.'.join(str(part) for part in place) or 'the file'}: {words}"
