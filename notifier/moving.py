"""A release whose date moved, or that was withdrawn, after some holders were told of it; composes and sends nothing.

Who was told before, or may have been, gets a short notice; who was not, the whole notice with the new date, or, of what
is withdrawn, none. The campaign before ends in the transaction that plans the new one, so nobody falls between.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from notifier.errors import Refused
from notifier.ledger.records import HELD, Standing, State

if TYPE_CHECKING:
    from notifier.ledger.database import Database, Transaction
    from policypress.bundle import Bundle

NOT_TOLD = "the release was withdrawn before they were told of it"
#: Holders copied together.
PAGE = 1000
_TOLD = {
    state.name.lower(): state.value
    for state in (State.ATTEMPTING, State.UNKNOWN, State.ACCEPTED, State.DELIVERED, State.COMPLAINED)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A campaign of the same release, by which holders were told."""

    id: int
    name: str
    #: It was a rehearsal, planned as of a chosen day.
    rehearsal: bool


def name_of(bundle: Bundle) -> str:
    """Return the id of the campaign of a release: document and release, and behind a + how often its date moved."""
    moved = f"+{len(bundle.moved)}" if bundle.moved else ""
    return f"{bundle.document}/{bundle.release}{moved}"


def release_of(campaign: str) -> str:
    """Return `document/release` of a campaign, also of one that says that its date moved."""
    return campaign.partition("+")[0]


def earlier(work: Transaction, bundle: Bundle) -> list[Earlier]:
    """Return the campaigns of the release before its date moved by which anybody was told, or may have been."""
    base, found = f"{bundle.document}/{bundle.release}", []
    for name in (base, *(f"{base}+{number}" for number in range(1, len(bundle.moved)))):
        row = work.one("moving_earlier", name=name)
        if row is not None and bundle.moved:
            found.append(Earlier(id=row["id"], name=row["name"], rehearsal=row["as_of"] is not None))
    return found


def allowed(work: Transaction, bundle: Bundle, before: list[Earlier], *, chosen: bool) -> None:
    """Refused if nobody needs to hear of it, or a rehearsal would end a real campaign."""
    told = [one for one in before if work.one("moving_told_any", campaign=one.id, **_TOLD)]
    if bundle.withdrawn and not told:
        message = f"{name_of(bundle)} was withdrawn before anybody was told of it; nobody is to be told now"
        raise Refused(message)
    real = [one.name for one in before if not one.rehearsal]
    if chosen and real:
        message = (
            f"{name_of(bundle)}: --as-of is for rehearsals, and this plan would end {real[0]}, which was planned for "
            "real; `notifier rehearse --ledger` shows it and changes nothing"
        )
        raise Refused(message)


def fence(work: Transaction, before: list[Earlier]) -> None:
    """Shut out every worker of the campaigns before, first of all; who was told stands still from here on."""
    for one in before:
        work.run("moving_fence", campaign=one.id)


def part(work: Transaction, campaign: int, bundle: Bundle, before: list[Earlier], since: int, deadline: int) -> int:
    """Part those who were told before from the others of a plan; return the notices that will be short.

    `since`: the last shard that an earlier plan of this campaign made; 0: there was none.
    """
    common = {"campaign": campaign, "before": since, "offset": int(work.value("shard_last", campaign=campaign) or 0)}
    for one in before:
        work.run("moving_told", earlier=one.id, **_TOLD, **common)
    if before:
        work.run("moving_followers", **common)
        work.run("moving_shards", deadline=deadline, **common)
    if bundle.withdrawn:
        work.run("moving_spared", reason=NOT_TOLD, **common)
        work.run("moving_spared_contacts", **common)
        work.run("moving_spared_notices", **common)
    if before:
        work.run("moving_empty", **common)
    return int(work.value("moving_count", campaign=campaign))


def close(work: Transaction, before: list[Earlier], name: str, now: int) -> None:
    """End the campaigns before: what was not sent is left to the new one, what is unknown is never sent again."""
    states = {state.name.lower(): state.value for state in State}
    for one in before:
        wanted = {"campaign": one.id, "now": now, "held": HELD, "reason": f"the date moved: see {name}"}
        for statement, names in (
            ("moving_trail", ("planned", "reserved", "attempting", "unknown", "suppressed", "now", "reason")),
            ("moving_doubtful", ("attempting", "unknown", "held")),
            ("moving_unsent", ("planned", "reserved", "suppressed", "now")),
            ("moving_close", ()),
        ):
            values = states | wanted
            work.run(statement, campaign=one.id, **{key: values[key] for key in names})
        work.run("campaign_standing", campaign=one.id, standing=Standing.CANCELLED)


def carry(source: Database, target: Database, bundle: Bundle) -> None:
    """Copy who was told by the campaigns before into the ledger of a rehearsal: accounts and that fact, no address."""
    with source.reading() as work, target.transaction() as into:
        for one in earlier(work, bundle):
            row = into.value(
                "campaign_put", name=one.name, bundle="", digest="", audience="", planned_at=0, as_of="1970-01-01"
            )
            into.run(
                "campaign_calendar", campaign=row, first_day="1970-01-01", last_day="1970-01-01", deadline=0,
                lead_days=0, not_before=0, not_after=0,
            )  # fmt: skip
            after = 0
            while found := work.all("carry_from", campaign=one.id, after=after, limit=PAGE, **_TOLD):
                rows = [{"campaign": row, "id": each["id"], "account": each["account"]} for each in found]
                into.many("carry_holder", rows)
                told = [{"campaign": row, "id": each["id"], "state": State.ACCEPTED} for each in found if each["told"]]
                into.many("carry_notice", told)
                after = found[-1]["id"]
