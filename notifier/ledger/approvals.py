"""What was planned as a whole, and who approved it, added to and never changed; decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from notifier.ledger.book import KINDS
from notifier.ledger.records import Lane

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from notifier.ledger.database import Database, Transaction

#: Holders that are fingerprinted together.
PART = 10_000
#: Part fields and holders; no field has them: readers of an audience let no control character in.
_MARK, _END = "\x1f", "\x1e"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan as a whole, as it stood when it was made."""

    digest: str
    #: Canonical JSON.
    body: str
    #: Who planned it, as they named themselves; empty: nobody did.
    planner: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """That somebody approved a plan."""

    digest: str
    approver: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSum:
    """What goes out alike, whatever became of it by now."""

    lane: Lane
    notices: int
    #: Without those that share the message of another account.
    messages: int


def planned(database: Database, campaign: int, digest: str | None = None) -> Planned | None:
    """Return the plan as it was written down last, or the one with a digest; None if there is none."""
    with database.reading() as work:
        row = (
            work.one("manifest_last", campaign=campaign)
            if digest is None
            else work.one("manifest_get", campaign=campaign, digest=digest)
        )
    return Planned(**row) if row else None


def write(database: Database, campaign: int, body: str, digest: str, planner: str, now: int) -> None:
    """Write down what is planned, unless that is what was written last by the same person."""
    with database.transaction() as work:
        last = work.one("manifest_last", campaign=campaign)
        if last is None or (last["digest"], last["planner"]) != (digest, planner):
            work.run("manifest_put", campaign=campaign, digest=digest, body=body, planner=planner, now=now)


def approved(database: Database, campaign: int) -> Approval | None:
    """Return the approval that counts: the last; None if there is none."""
    with database.reading() as work:
        row = work.one("approval_last", campaign=campaign)
    return Approval(**row) if row else None


def approve(database: Database, campaign: int, approval: Approval) -> None:
    """Add an approval."""
    with database.transaction() as work:
        work.run("approval_put", campaign=campaign, digest=approval.digest, approver=approval.approver, now=approval.at)


def lanes(work: Transaction, campaign: int) -> list[LaneSum]:
    """Return what goes out, by channel, language and kind of reader."""
    return [
        LaneSum(
            lane=Lane(
                kind=KINDS[row["channel"]], locale=row["locale"], guardian=bool(row["guardian"]), news=bool(row["news"])
            ),
            notices=row["notices"], messages=row["messages"],
        )
        for row in work.all("manifest_lanes", campaign=campaign)
    ]  # fmt: skip


def fingerprint(work: Transaction, campaign: int) -> str:
    """Return one digest over whom a campaign tells what, at which address, in the order of the plan; flat memory."""
    hashed = sha256()
    last = _last(work.one("numbers_used", campaign=campaign))
    for after in range(0, last, PART):
        said = work.column("manifest_holders", campaign=campaign, after=after, upto=after + PART, mark=_MARK)
        hashed.update("".join([f"{one}{_END}" for one in said]).encode())
    return f"sha256:{hashed.hexdigest()}"


def _last(used: Mapping[str, Any] | None) -> int:
    return int(used["holders"]) if used else 0
