"""Writes a plan into the ledger, all of it or nothing; decides nothing about anyone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import compress
from typing import TYPE_CHECKING, Any, NamedTuple

from notifier.channels.protocol import Kind
from notifier.ledger.records import State
from notifier.ledger.sieve import Sieve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from notifier.audience import Fault, Page
    from notifier.ledger.database import Transaction

#: Notices in one shard: what the largest request of any provider takes.
SHARD = 1000
#: Holders spread over the tables together; bounds the memory of a plan.
BUFFER = 10_000
#: Faults listed together.
LISTED = 10_000
#: Indexes that are made after the load, where no other campaign needs them meanwhile: sorting once costs a quarter
#: of finding a random place a million times.
INDEXES = ("holder_account", "notice_shard", "notice_leader")


class Way(NamedTuple):
    """How a notice reaches all holders of a decision."""

    kind: Kind
    #: The column of the audience that has the address.
    column: str
    #: Time zone in which quiet hours count; empty where none do.
    zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decision:
    """What happens to all holders who are alike; one object for each, so that it is found by identity."""

    country: str
    locale: str
    #: The rule that gave the locale.
    rule: str
    #: The end of the last day that keeps the lead time promised to their country, milliseconds since the epoch.
    deadline: int = 0
    guardian: bool = False
    ways: tuple[Way, ...] = ()
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
    """Takes holders page by page, in the order of the source, inside one transaction."""

    work: Transaction
    campaign: int
    _bulk: bool = False
    _holder: int = 0
    _shard: int = 0
    _first: int = 0
    _staged: int = 0
    _numbers: dict[Decision, int] = field(default_factory=dict)
    _filling: dict[tuple[Way, str, bool, int], tuple[int, int]] = field(default_factory=dict)
    _sieve: Sieve = field(default_factory=Sieve)

    def start(self) -> None:
        """Go on numbering where an earlier plan of the campaign ended."""
        used = self.work.one("numbers_used", campaign=self.campaign)
        self._holder, self._shard = (used["holders"], used["shards"]) if used else (0, 0)
        self._first = self._holder + 1
        self._bulk = self.work.one("holder_any") is None
        self.work.stage()
        if self._bulk:
            for name in INDEXES:
                self.work.unindex(name)

    def add(self, page: Page, decisions: Sequence[Decision]) -> Iterator[Twice]:
        """Take some holders with what was decided of each; yield those whose account is there already.

        In a ledger that was empty those come out at the end, by `finish`.
        """
        accounts, lines, contacts = page.account_id, page.lines, page.contacts
        if not self._bulk:
            keep, twice = self._fresh(page)
            yield from twice
            accounts, lines = list(compress(accounts, keep)), list(compress(lines, keep))
            decisions = list(compress(decisions, keep))
            contacts = {name: list(compress(values, keep)) for name, values in contacts.items()}
        first = self._holder + 1
        self._holder += len(lines)
        addresses, shards = self._notices(first, decisions, contacts)
        for decision in set(decisions) - self._numbers.keys():
            self._number(decision)
        numbers = map(self._numbers.__getitem__, decisions)
        ids = range(first, self._holder + 1)
        self.work.load("stage", zip(ids, lines, accounts, numbers, addresses, shards, strict=True))
        maybe = self._sieve.seen(map(str.lower, filter(None, addresses))) if self._bulk else ()
        self.work.many("stage_maybe", ({"address": address} for address in maybe))
        self._staged += len(lines)
        if self._staged >= BUFFER or not self._bulk:
            self._spread()

    def fault(self, fault: Fault) -> None:
        """Record what was wrong with a row."""
        self.work.run(
            "fault_put", campaign=self.campaign, line=fault.line, account=fault.account_id, reason=fault.reason,
            kept=int(fault.kept),
        )  # fmt: skip

    def finish(self) -> Iterator[Twice]:
        """Make the plan whole: accounts once, one message a mailbox, indexes; yield the rows that went out again."""
        self._spread()
        if self._bulk and not self.work.index("holder_account"):
            yield from self._drop_twice()
            self.work.index("holder_account")
        self._fold()
        for name in INDEXES[1:] if self._bulk else ():
            self.work.index(name)
        self.work.unstage()

    def _fresh(self, page: Page) -> tuple[list[bool], list[Twice]]:
        """Return which holders of a page are new, and who is there already."""
        keep, twice = [], []
        taken: dict[str, int] = {}
        for account, line in zip(page.account_id, page.lines, strict=True):
            row = self.work.one("holder_by_account", campaign=self.campaign, account=account)
            there = taken.get(account) or (row["line"] if row and row["id"] >= self._first else None)
            keep.append(row is None and there is None)
            if keep[-1]:
                taken[account] = line
            else:
                twice.append(Twice(line=line, account=account, first=there))
        return keep, twice

    def _notices(
        self, first: int, decisions: Sequence[Decision], contacts: Mapping[str, Sequence[str]]
    ) -> tuple[list[str | None], list[int | None]]:
        """Return address and shard of each holder's first way, None where nothing goes out; stage further ways."""
        addresses: list[str | None] = [None] * len(decisions)
        shards: list[int | None] = [None] * len(decisions)
        further: list[tuple[int, int, str, int]] = []
        alike: defaultdict[Decision, list[int]] = defaultdict(list)
        for index, decision in enumerate(decisions):
            alike[decision].append(index)
        for decision, indices in alike.items():
            for way in decision.ways:
                values, placed = contacts[way.column], self.place(way, decision, len(indices))
                if way is decision.ways[0]:
                    for index, shard in zip(indices, placed, strict=True):
                        addresses[index], shards[index] = values[index], shard
                else:
                    number = way.kind.number
                    further += [
                        (first + index, number, values[index], shard)
                        for index, shard in zip(indices, placed, strict=True)
                    ]
        self.work.load("stage_further", further)
        return addresses, shards

    def place(self, way: Way, decision: Decision, count: int) -> list[int]:
        """Return a shard for each of so many notices, in shards of their lane that are filled one after the other."""
        lane = (way, decision.locale, decision.guardian, decision.deadline)
        shard, filled = self._filling.get(lane, (0, SHARD))
        placed: list[int] = []
        while len(placed) < count:
            if filled >= SHARD:
                shard, filled = self.number(), 0
                self.work.run(
                    "stage_shard", campaign=self.campaign, id=shard, channel=way.kind.number, zone=way.zone,
                    locale=decision.locale, guardian=int(decision.guardian), deadline=decision.deadline,
                )  # fmt: skip
            more = min(count - len(placed), SHARD - filled)
            placed += [shard] * more
            filled += more
        self._filling[lane] = (shard, filled)
        return placed

    def number(self) -> int:
        """Return the number of a new shard."""
        self._shard += 1
        return self._shard

    def _number(self, decision: Decision) -> None:
        number = self._numbers[decision] = len(self._numbers) + 1
        self.work.run(
            "stage_decision", number=number, country=decision.country, locale=decision.locale, rule=decision.rule,
            skipped=decision.skipped, guardian=int(decision.guardian),
            channel=decision.ways[0].kind.number if decision.ways else None,
        )  # fmt: skip

    def _spread(self) -> None:
        """Let the database spread what was staged over the tables."""
        common: dict[str, Any] = {"campaign": self.campaign}
        self.work.run("spread_holders", **common)
        self.work.run("spread_contacts", **common)
        self.work.run("spread_notices", state=State.PLANNED.value, **common)
        self.work.run("spread_further_contacts", **common)
        self.work.run("spread_further_notices", state=State.PLANNED.value, **common)
        self.work.run("clear_staged")
        self.work.run("clear_further")
        self._staged = 0

    def _drop_twice(self) -> Iterator[Twice]:
        self.work.run("find_twice", campaign=self.campaign)
        for table in ("holder", "contact", "notice"):
            self.work.run(f"drop_twice_{table}", campaign=self.campaign)
        after = 0
        while rows := self.work.all("list_twice", after=after, limit=LISTED):
            yield from (Twice(line=row["line"], account=row["account"], first=row["first"]) for row in rows)
            after = rows[-1]["id"]

    def _fold(self) -> None:
        """Let notices to one mailbox share one message."""
        common = {"campaign": self.campaign, "channel": Kind.EMAIL.number}
        if self._bulk:
            self.work.look_at("contact", "notice", "shard", "maybe")
            self.work.run("find_shared", **common)
        else:
            self.work.look_at("contact", "notice", "shard")
            self.work.run("find_shared_with_earlier", low=self._first, **common)
        self.work.look_at("shared")
        self.work.run("fold_shared", **common)
