"""What the ledger can say about a campaign, counted from its rows; writes nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from notifier.channels.protocol import Kind
from notifier.errors import LedgerError
from notifier.ledger.book import KINDS
from notifier.ledger.records import Campaign, Control, Lane, LaneCount, Standing, State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from notifier.ledger.database import Database, Transaction
    from notifier.ledger.records import Rules

#: States that have a reason in the trail.
UNREACHED = (State.INVALID, State.SUPPRESSED, State.EXPIRED, State.BOUNCED, State.COMPLAINED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts of one campaign at one moment."""

    lanes: tuple[LaneCount, ...]
    #: Holders that the plan knows, told or not.
    holders: int
    #: Holders that nothing goes to, by reason.
    skipped: Mapping[str, int]
    #: Holders by the rule that gave their language.
    rules: Mapping[str, int]
    #: Rows with a fault: refused, and planned all the same.
    rejected: int
    flawed: int
    #: Notices on which the sending loop still has something to do.
    open: int
    #: Notices of which nobody knows whether they arrived, and that are sent again only by order.
    held: int
    #: Notices accepted after the last day of their lead time, or still open after it, by the end of that day.
    late_by: Mapping[int, int]

    @property
    def states(self) -> dict[State, int]:
        """Return the notices by state; states without one are absent."""
        found: Counter[State] = Counter()
        for one in self.lanes:
            found[one.state] += one.notices
        return dict(found)

    @property
    def late(self) -> int:
        """Return the notices that come too late for the lead time of their country."""
        return sum(self.late_by.values())

    @property
    def finished(self) -> bool:
        """Return whether the sending is over; counted, never read off a cursor."""
        return self.open == 0

    def waiting(self, deadline: int | None = None) -> dict[Kind, int]:
        """Return the messages by kind that are still to be sent, all or those whose lead time ends by a deadline."""
        found: Counter[Kind] = Counter()
        for one in self.lanes:
            if not one.follows and not one.state.final and (deadline is None or one.deadline <= deadline):
                found[one.lane.kind] += one.notices
        return dict(found)

    def dues(self) -> dict[int, int]:
        """Return by deadline, the earliest first, the messages that are to be sent until then: they go out in order."""
        deadlines = sorted({one.deadline for one in self.lanes if not one.follows and not one.state.final})
        return {deadline: sum(self.waiting(deadline).values()) for deadline in deadlines}

    @property
    def notices(self) -> int:
        """Return the number of notices."""
        return sum(self.states.values())


def find(work: Transaction, name: str) -> Campaign | None:
    """Return a campaign by name, or None."""
    row = work.one("campaign_get", name=name)
    if row is None:
        return None
    return Campaign(
        id=row["id"],
        name=row["name"],
        bundle=row["bundle"],
        digest=row["digest"],
        audience=row["audience"],
        as_of=date.fromisoformat(row["as_of"]) if row["as_of"] else None,
        first_day=date.fromisoformat(row["first_day"]),
        last_day=date.fromisoformat(row["last_day"]),
        deadline=row["deadline"],
        lead_days=row["lead_days"],
        control=Control(standing=Standing(row["standing"]), not_before=row["not_before"], not_after=row["not_after"]),
    )


def campaign(database: Database, name: str) -> Campaign:
    """Return a campaign by name; LedgerError, naming those there are, if it is not in the ledger."""
    with database.reading() as work:
        found = find(work, name)
        if found:
            return found
        names = ", ".join(row["name"] for row in work.all("campaign_names")) or "none"
    message = f"{database.name}: no campaign {name!r}; planned here: {names}"
    raise LedgerError(message)


def kinds_waiting(database: Database, campaign: int) -> frozenset[Kind]:
    """Return the kinds of notices that are still to be sent."""
    with database.reading() as work:
        return frozenset(kind for kind in Kind if work.one("next_ready", campaign=campaign, channel=kind.number))


def attempted(database: Database, campaign: int) -> bool:
    """Return whether any request was ever intended."""
    with database.reading() as work:
        return work.one("campaign_attempted", campaign=campaign) is not None


def rate(database: Database, campaign: int, now: int) -> float:
    """Return the copies a second of the last requests within a minute; 0 if there were none."""
    minute, limit = 60_000, 500
    with database.reading() as work:
        rows = work.all("recent_attempts", campaign=campaign, limit=limit)
    recent = [row for row in rows if row["ended_at"] and now - minute <= row["started_at"] <= now]
    if not recent:
        return 0.0
    copies: int = sum(row["copies"] for row in recent)
    return copies * 1000 / max(now - min(int(row["started_at"]) for row in recent), 1)


def reasons(database: Database, campaign: int, limit: int = 20) -> list[tuple[State, str, int]]:
    """Return why notices did not arrive, the most frequent reason first: state, reason, notices."""
    states = {state.name.lower(): state for state in UNREACHED}
    with database.reading() as work:
        rows = work.all("list_reasons", campaign=campaign, limit=limit, **states)
    return [(State(row["state"]), row["reason"], row["notices"]) for row in rows]


def faults(database: Database, name: str, limit: int) -> list[Mapping[str, Any]]:
    """Return the first faults of a campaign's audience by line: line, account, reason, kept."""
    found = campaign(database, name)
    with database.reading() as work:
        return work.all("list_faults", campaign=found.id, limit=limit)


def count(database: Database, of: Campaign, rules: Rules, now: int) -> Figures:
    """Return the figures of a campaign, all of one moment."""
    with database.reading() as work:
        return count_within(work, of.id, rules, now=now, deadline=of.deadline)


def count_within(work: Transaction, campaign: int, rules: Rules, *, now: int, deadline: int) -> Figures:
    """Return the figures within a transaction, also an unfinished one."""
    states = {state.name.lower(): state.value for state in State}
    undone = work.one(
        "count_open", campaign=campaign, settled_before=now - rules.reconcile, tries=rules.tries,
        planned=State.PLANNED, attempting=State.ATTEMPTING, unknown=State.UNKNOWN,
    ) or {"opened": 0, "held": 0}  # fmt: skip
    kept = {bool(row["kept"]): row["rows"] for row in work.all("count_faults", campaign=campaign)}
    return Figures(
        lanes=tuple(_lane(row) for row in work.all("count_lanes", campaign=campaign)),
        holders=work.value("count_holders", campaign=campaign),
        skipped={row["skipped"]: row["holders"] for row in work.all("count_skipped", campaign=campaign)},
        rules={row["rule"]: row["holders"] for row in work.all("count_rules", campaign=campaign)},
        rejected=kept.get(False, 0),
        flawed=kept.get(True, 0),
        open=int(undone["opened"]),
        held=int(undone["held"]),
        late_by={
            row["deadline"]: row["notices"]
            for row in work.all("count_late", campaign=campaign, now=now, deadline=deadline, **states)
        },
    )


def _lane(row: Mapping[str, Any]) -> LaneCount:
    lane = Lane(kind=KINDS[row["channel"]], locale=row["locale"], guardian=bool(row["guardian"]))
    return LaneCount(
        lane=lane, deadline=row["deadline"], state=State(row["state"]), follows=bool(row["follows"]),
        notices=row["notices"],
    )  # fmt: skip
