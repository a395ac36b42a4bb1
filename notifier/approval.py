"""What a second person approves: everything that will be sent, under one digest; sends nothing and asks nobody.

The digest covers the bundle, the days, the audience with its counts, the words as composed, the providers and what the
operator allows them. Whatever of this changes later is named when it is asked to be sent.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from notifier import channels
from notifier.channels import outbox
from notifier.channels.protocol import Kind
from notifier.errors import Refused
from notifier.ledger import approvals, figures, orders
from notifier.ledger.approvals import Approval
from notifier.ledger.records import Standing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from notifier.compose import Composer
    from notifier.ledger.approvals import LaneSum, Planned
    from notifier.ledger.database import Database
    from notifier.ledger.records import Campaign
    from notifier.settings import Settings

FORMAT = "policypress.plan/1"
#: Settings that decide what goes out, to whom and how fast; those of a provider count where it is in use.
WHAT = (
    "sender", "serve_url", "push", "on_unknown", "reconcile_seconds", "most_tries",
    *(f"{kind.value}_{what}" for kind in Kind for what in ("rate", "warm_up")),
)  # fmt: skip
OF_PROVIDERS: Mapping[str, tuple[str, ...]] = {
    "sendgrid": ("sendgrid_url", "sendgrid_sandbox"),
    "smtp": ("smtp_bounces",),
    "fcm": ("fcm_url",),
    "webpush": ("webpush_hosts",),
}
_ALGORITHM = "sha256:"
#: Hexadecimal digits of a digest that must be given at least: 64 bits.
LEAST = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything that a campaign will send."""

    #: Canonical JSON.
    body: str

    @property
    def digest(self) -> str:
        """Return what is approved."""
        return _ALGORITHM + sha256(self.body.encode()).hexdigest()

    def differs(self, body: str) -> str:
        """Return the names of what another manifest has otherwise, for people."""
        return ", ".join(_differences(json.loads(self.body), json.loads(body))) or "nothing"


def manifest(
    database: Database, campaign: Campaign, settings: Settings, composer: Composer, *, kept: Planned | None = None
) -> Manifest:
    """Return everything a campaign will send; the audience is that of a plan written down before, if one is given."""
    with database.reading() as work:
        lanes = approvals.lanes(work, campaign.id)
        if kept is None:
            audience = {"fingerprint": approvals.fingerprint(work, campaign.id), "notices": _counts(lanes)}
        else:
            audience = json.loads(kept.body)["audience"]
    values = {
        "format": FORMAT,
        "campaign": campaign.name,
        "bundle": campaign.digest,
        "days": {
            "as_of": campaign.as_of.isoformat() if campaign.as_of else "",
            "first": campaign.first_day.isoformat(),
            "last": campaign.last_day.isoformat(),
            "lead_days": campaign.lead_days,
            "not_before": campaign.control.not_before,
            "not_after": campaign.control.not_after,
        },
        "audience": audience,
        "words": {_name(one): composer.content(one.lane).digest for one in lanes},
        "channels": {kind.value: name for kind, name in channels.in_use(settings).items()},
        "settings": _settings(settings),
    }
    return Manifest(body=json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")))


def needed(settings: Settings) -> bool:
    """Return whether a campaign needs a second person with these settings: not where all of it goes to files."""
    return settings.approval == "required" and set(channels.in_use(settings).values()) != {outbox.NAME}


def approve(database: Database, campaign: Campaign, now: Manifest, given: str, by: str, moment: int) -> Approval:
    """Write down that somebody approved a plan by its digest, or the first digits of it; Refused if that is another."""
    wanted = given.strip().lower().removeprefix(_ALGORITHM)
    if len(wanted) < LEAST or not now.digest.removeprefix(_ALGORITHM).startswith(wanted):
        planned = approvals.planned(database, campaign.id)
        changed = f"; changed since it was planned: {now.differs(planned.body)}" if planned else ""
        message = (
            f"{campaign.name}: {given} is not the digest of what would be sent now, which is {now.digest}{changed}. "
            f"Read the plan again before you approve it; at least {LEAST} digits are needed"
        )
        raise Refused(message)
    approval = Approval(digest=now.digest, approver=by, at=moment)
    approvals.approve(database, campaign.id, approval)
    return approval


def check(database: Database, campaign: Campaign, now: Manifest, *, required: bool) -> Approval | None:
    """Return the approval that covers what would be sent; Refused, with the way out, where one is due and none does.

    An approval binds also where none is required: what was approved is sent, or nothing.
    """
    given, planned = approvals.approved(database, campaign.id), approvals.planned(database, campaign.id)
    how = f"`notifier send {campaign.name} --approve {now.digest} --by NAME`"
    if given is None:
        if not required:
            return None
        message = f"{campaign.name}: a second person's approval is required (approval): {how}, once they have read it"
        raise Refused(message)
    if given.digest != now.digest:
        before = approvals.planned(database, campaign.id, given.digest)
        changed = now.differs(before.body) if before else "the plan"
        message = (
            f"{campaign.name}: changed since {given.approver} approved it on {_day(given.at)}: {changed}. Nothing was "
            f"sent. Put it back, or let it be approved as it is now: {how}"
        )
        raise Refused(message)
    if required:
        _second(campaign, planned.planner if planned else "", given.approver)
    return given


@contextmanager
def bound(database: Database, name: str, settings: Settings) -> Iterator[None]:
    """Let nothing go out of a campaign while its plan is changed, if an approval binds it.

    It goes on by itself if what was approved is still what is planned; else it stays paused until that is approved.
    """
    with database.reading() as work:
        found = figures.find(work, name)
    if found is None or not (needed(settings) or approvals.approved(database, found.id)):
        yield
        return
    before = orders.order(database, found.id, Standing.PAUSED)
    try:
        yield
    finally:
        if before is Standing.RUNNING and covered(database, found):
            orders.order(database, found.id, Standing.RUNNING)


def covered(database: Database, campaign: Campaign) -> bool:
    """Return whether what is planned is what was approved, if anything was."""
    given, planned = approvals.approved(database, campaign.id), approvals.planned(database, campaign.id)
    return given is None or (planned is not None and planned.digest == given.digest)


def second(database: Database, campaign: Campaign, by: str) -> None:
    """Refused if whoever approves is the one who planned, or nobody knows who planned."""
    planned = approvals.planned(database, campaign.id)
    _second(campaign, planned.planner if planned else "", by)


def _second(campaign: Campaign, planner: str, approver: str) -> None:
    if not planner:
        message = f"{campaign.name}: nobody knows who planned it, so nobody can be the second; plan again, with --by"
        raise Refused(message)
    if planner.strip().casefold() == approver.strip().casefold():
        message = (
            f"{campaign.name}: {planner} planned it and cannot approve it too; another person does, with --by NAME "
            "(or NOTIFIER_BY)"
        )
        raise Refused(message)


def _counts(lanes: list[LaneSum]) -> dict[str, list[int]]:
    return {_name(one): [one.notices, one.messages] for one in lanes}


def _name(one: LaneSum) -> str:
    lane = asdict(one.lane)
    marks = [mark for mark, field in (("guardian", "guardian"), ("short", "news")) if lane[field]]
    return " ".join([one.lane.kind.value, one.lane.locale, *marks])


def _settings(settings: Settings) -> dict[str, Any]:
    names = set(channels.in_use(settings).values())
    fields = [*WHAT, *(field for name in sorted(names) for field in OF_PROVIDERS.get(name, ()))]
    found: dict[str, Any] = {field: getattr(settings, field) for field in fields}
    quiet = settings.quiet_hours
    found["quiet_hours"] = f"{quiet.start:%H:%M}-{quiet.end:%H:%M}" if quiet else None
    if "smtp" in names and settings.smtp_url:
        server = urlsplit(settings.smtp_url.get_secret_value())
        # The server alone: the URL holds the password.
        found["smtp_url"] = f"{server.scheme}://{server.hostname}:{server.port or ''}"
    return found


def _differences(one: Any, other: Any, where: str = "") -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            yield from _differences(one.get(key), other.get(key), f"{where}.{key}" if where else key)
    elif one != other:
        yield where


def _day(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d}"
