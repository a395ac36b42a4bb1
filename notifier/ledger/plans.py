"""Writes a plan into the ledger, all of it or nothing; decides nothing about anyone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from notifier.channels.protocol import Kind
from notifier.ledger.records import Lane, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from notifier.audience import Fault
    from notifier.ledger.sqlite import Transaction

#: Notices in one shard: what the largest request of any provider takes.
SHARD = 1000
#: Holders written together; bounds the memory of a plan.
BUFFER = 2000
#: Notices to shared mailboxes folded together; each round sorts the addresses once.
FOLDED = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One holder as decided."""

    account: str
    line: int
    country: str
    locale: str
    #: The rule that gave the locale.
    rule: str
    guardian: bool = False
    #: (kind, address) of each notice.
    contacts: tuple[tuple[Kind, str], ...] = ()
    #: Why nothing goes out, where nothing does.
    skipped: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Twice:
    """A row whose account was planned already."""

    line: int
    account: str
    #: Line of the row that was taken; None if an earlier plan took it.
    first: int | None


@dataclass(slots=True, kw_only=True)
class PlanWriter:
    """Takes holders one by one, in the order of the source, inside one transaction."""

    work: Transaction
    campaign: int
    _holder: int = 0
    _shard: int = 0
    _first: int = 0
    _entries: dict[int, Entry] = field(default_factory=dict)
    _filling: dict[Lane, tuple[int, int]] = field(default_factory=dict)

    def start(self) -> None:
        """Go on numbering where an earlier plan of the campaign ended."""
        used = self.work.one("numbers_used", campaign=self.campaign)
        self._holder, self._shard = (used["holders"], used["shards"]) if used else (0, 0)
        self._first = self._holder + 1

    def add(self, entry: Entry) -> Iterator[Twice]:
        """Take one holder; now and then yield the rows that turned out to be there twice."""
        self._holder += 1
        self._entries[self._holder] = entry
        if len(self._entries) >= BUFFER:
            yield from self.flush()

    def fault(self, fault: Fault) -> None:
        """Record what was wrong with a row."""
        self.work.run(
            "fault_put", campaign=self.campaign, line=fault.line, account=fault.account_id, reason=fault.reason,
            kept=int(fault.kept),
        )  # fmt: skip

    def flush(self) -> Iterator[Twice]:
        """Write what was taken so far; yield the rows whose account was there already."""
        entries, self._entries = self._entries, {}
        if not entries:
            return
        self.work.many("holder_put", (self._holder_row(number, entry) for number, entry in entries.items()))
        low, high = min(entries), max(entries)
        new = {row["id"] for row in self.work.all("holder_range", campaign=self.campaign, low=low, high=high)}
        for number, entry in entries.items():
            if number not in new:
                yield self._twice(entry)
        fresh = [(number, entry) for number, entry in entries.items() if number in new]
        self.work.many("contact_put", (row for number, entry in fresh for row in self._contacts(number, entry)))
        self.work.many("notice_put", [row for number, entry in fresh for row in self._notices(number, entry)])

    def fold(self) -> None:
        """Let notices to one mailbox share one message."""
        after = self._first - 1
        while found := self.work.all(
            "shared_mailboxes", campaign=self.campaign, channel=Kind.EMAIL.number, after=after, limit=FOLDED
        ):
            common = {"campaign": self.campaign}
            self.work.many("fold", [common | dict(row) for row in found])
            after = found[-1]["holder"]

    def _holder_row(self, number: int, entry: Entry) -> Mapping[str, Any]:
        return {
            "campaign": self.campaign, "id": number, "account": entry.account, "line": entry.line,
            "country": entry.country, "locale": entry.locale, "rule": entry.rule, "skipped": entry.skipped,
        }  # fmt: skip

    def _contacts(self, number: int, entry: Entry) -> Iterator[Mapping[str, Any]]:
        for kind, address in entry.contacts:
            yield {
                "campaign": self.campaign, "holder": number, "channel": kind.number, "address": address,
                "guardian": int(entry.guardian),
            }  # fmt: skip

    def _notices(self, number: int, entry: Entry) -> Iterator[Mapping[str, Any]]:
        for kind, _ in entry.contacts:
            shard = self._place(Lane(kind=kind, locale=entry.locale, guardian=entry.guardian))
            yield {
                "campaign": self.campaign, "holder": number, "channel": kind.number, "shard": shard,
                "state": State.PLANNED.value,
            }  # fmt: skip

    def _place(self, lane: Lane) -> int:
        shard, filled = self._filling.get(lane, (0, SHARD))
        if filled >= SHARD:
            self._shard += 1
            shard, filled = self._shard, 0
            self.work.run(
                "shard_put", campaign=self.campaign, id=shard, channel=lane.kind.number, locale=lane.locale,
                guardian=int(lane.guardian),
            )  # fmt: skip
        self._filling[lane] = (shard, filled + 1)
        return shard

    def _twice(self, entry: Entry) -> Twice:
        there = self.work.one("holder_by_account", campaign=self.campaign, account=entry.account)
        ours = there is not None and there["id"] >= self._first
        return Twice(line=entry.line, account=entry.account, first=there["line"] if there and ours else None)
