"""Brings a plan in the ledger up to an audience as it is today; decides nothing, and touches nobody who was told."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from notifier.ledger.records import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from notifier.ledger.database import Database, Transaction
    from notifier.ledger.plans import Decision, PlanWriter

#: A notice in one of these went out, or may have.
TOLD = frozenset({State.ATTEMPTING, State.UNKNOWN, State.ACCEPTED, State.DELIVERED, State.COMPLAINED})
#: A notice in one of these may be sent to another address.
OPEN = frozenset({State.PLANNED, State.RESERVED, State.BOUNCED, State.INVALID, State.SUPPRESSED})
LEFT = "the account had left before it was told"
ELSEWHERE = "the account is reached another way now"


class What(IntEnum):
    """What becomes of a holder that the plan has; the numbers stand in this run's own tables alone."""

    #: It stays: nothing changed, or it was told.
    SAME = 0
    #: It changed before any request: planned anew.
    ANEW = 1
    #: It changed after a request that did not reach it: its notices go to where it can be reached now.
    AGAIN = 2
    #: It is not in the source, which is whole.
    LEFT = 3
    #: It is not in the source, and stays.
    ABSENT = 4


@dataclass(slots=True, kw_only=True)
class Refresher:
    """One refresh, inside one transaction: first every holder is looked at, then what changed is written."""

    work: Transaction
    campaign: int
    writer: PlanWriter
    #: Milliseconds since the epoch.
    now: int
    again: dict[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    def look(self, account: str, decision: Decision, addresses: Sequence[str]) -> None:
        """Say what becomes of an account that the source has, if the plan has it too."""
        rows = self.work.all("refresh_known", campaign=self.campaign, account=account)
        if rows:
            what = _what(rows, decision, addresses)
            if what is What.AGAIN:
                self.again.setdefault(account, rows)
            self.work.run("refresh_seen", holder=rows[0]["id"], what=what)

    def keep(self, account: str) -> None:
        """Leave an account as it is: its row cannot be read, which is no reason not to tell it."""
        self.work.run("refresh_seen_account", campaign=self.campaign, account=account, what=What.SAME)

    def apply(self, *, whole: bool) -> dict[What, int]:
        """Take out what is planned anew, and who left where the source is `whole`; return how many became what."""
        common: dict[str, Any] = {"campaign": self.campaign}
        states = {state.name.lower(): state.value for state in TOLD | {State.PLANNED, State.RESERVED}}
        self.work.run("refresh_absent", what=What.LEFT if whole else What.ABSENT, **states, **common)
        self._promote()
        left = {"left": What.LEFT, "planned": State.PLANNED, "reserved": State.RESERVED, "now": self.now}
        left |= {"suppressed": State.SUPPRESSED} | common
        self.work.run("refresh_left_trail", reason=LEFT, **left)
        self.work.run("refresh_left_contact", left=What.LEFT, **common)
        self.work.run("refresh_left", **left)
        self.work.run("refresh_gone", anew=What.ANEW, **common)
        for table in ("notice", "contact", "holder"):
            self.work.run(f"refresh_drop_{table}", anew=What.ANEW, **common)
        return {what: int(self.work.value("refresh_count", what=what)) for what in What}

    def readdress(self, account: str, decision: Decision, addresses: Sequence[str]) -> None:
        """Send the notices of an account, which a request did not reach, to where it can be reached now."""
        rows = self.again.pop(account, None)
        if rows is None:
            return
        holder, old = rows[0]["id"], {row["channel"]: row for row in rows if row["channel"] is not None}
        common = {"campaign": self.campaign, "holder": holder}
        self.work.run("refresh_holder", locale=decision.locale, country=decision.country, rule=decision.rule, **common)
        for way, address in zip(decision.ways, addresses, strict=True):
            row = old.pop(way.kind.number, None)
            if row is None or (row["address"] != address and State(row["state"]) in OPEN):
                shard = self.writer.place(way, decision, 1)[0]
                where = common | {"channel": way.kind.number}
                self.work.run("refresh_contact", address=address, guardian=int(decision.guardian), **where)
                self.work.run("refresh_notice", shard=shard, planned=State.PLANNED, now=self.now, **where)
        for channel in old:
            ended = common | {"channel": channel, "now": self.now, "planned": State.PLANNED}
            ended |= {"reserved": State.RESERVED, "suppressed": State.SUPPRESSED}
            self.work.run("refresh_end_trail", reason=ELSEWHERE, **ended)
            self.work.run("refresh_end", **ended)
        self.work.run("refresh_fresh", holder=holder)

    def lost(self) -> int:
        """Return how many accounts were taken out and are not planned anew."""
        return int(self.work.value("refresh_lost", campaign=self.campaign))

    def _promote(self) -> None:
        """Give those who share the message of somebody who changes a message of their own."""
        values = {what.name.lower(): what.value for what in What}
        rows = self.work.all("refresh_orphans", campaign=self.campaign, planned=State.PLANNED, **values)
        shards: dict[tuple[int, str], int] = {}
        for row in rows:
            lane = (row["shard"], row["locale"])
            if lane not in shards:
                shards[lane] = self.writer.number()
                self.work.run(
                    "refresh_shard", campaign=self.campaign, id=shards[lane], shard=row["shard"], now=self.now,
                    locale=row["locale"],
                )  # fmt: skip
            where = {"campaign": self.campaign, "holder": row["holder"], "channel": row["channel"]}
            self.work.run("refresh_promote", id=shards[lane], **where)
            self.work.run("refresh_fresh", holder=row["holder"])


def hold(database: Database, campaign: int) -> None:
    """Wait until every intent that was being written is committed; a pause given before is seen by all that follow."""
    with database.transaction() as work:
        work.run("refresh_barrier", campaign=campaign)


def _what(rows: Sequence[Mapping[str, Any]], decision: Decision, addresses: Iterable[str]) -> What:
    notices = [row for row in rows if row["channel"] is not None]
    if any(State(row["state"]) in TOLD for row in notices):
        return What.SAME
    holder = rows[0]
    now = {
        (way.kind.number, address, way.zone)
        for way, address in zip(decision.ways, addresses, strict=True)
    }  # fmt: skip
    before = {(row["channel"], row["address"], row["zone"]) for row in notices}
    guardians = {bool(row["guardian"]) for row in notices if row["guardian"] is not None}
    same = (
        (decision.locale, decision.country, decision.skipped)
        == (holder["locale"], holder["country"], holder["skipped"])
        and now == before
        and guardians <= {decision.guardian}
    )
    if same:
        return What.SAME
    clean = all(State(row["state"]) in {State.PLANNED, State.RESERVED} and not row["attempt"] for row in notices)
    return What.ANEW if clean else What.AGAIN
