"""Lets stored reports say what they have to say of the notices, many in one transaction; parses no report."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from notifier.ledger import book
from notifier.ledger.events import OF_THE_NOTICE, Settled, Source, Unreadable, as_came, rises
from notifier.ledger.records import State

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from notifier.ledger.database import Transaction
    from notifier.ledger.events import Happening

#: Reports settled together at most, and letters of them: a statement costs as much for one event as for a hundred, and
#: whoever sends to the same notices waits for all of them.
REPORTS, LETTERS = 500, 1_000_000


class _Key(NamedTuple):
    """One notice."""

    campaign: int
    holder: int
    channel: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """The notice of this ledger that an event is about."""

    key: _Key
    shard: int
    #: The request the event is about.
    attempt: int
    #: The digest that stands for its address; empty once addresses were purged.
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """One event of one report."""

    one: Happening
    source: Source
    report: int
    #: When it happened, by the provider's clock, but not after the report came.
    at: int
    #: None: it is about no notice of this ledger.
    about: _About | None = None


def settle_next(
    work: Transaction, understand: Callable[[Source, bytes, int], Sequence[Happening]], now: int
) -> Settled | None:
    """Take the oldest reports that wait and let them say what they have to say; None if none waits.

    `understand` raises Unreadable for what it cannot read: that is recorded, and the report stays.
    """
    reports = _waiting(work)
    if not reports:
        return None
    settled = Settled(reports=len(reports))
    told: list[_Told] = []
    problems: dict[int, str] = {}
    for row in reports:
        source, came = Source(row["source"]), row["received_at"]
        try:
            said = understand(source, as_came(row), came)
        except Unreadable as error:
            problems[row["id"]] = str(error)
            continue
        told += [_Told(one=one, source=source, report=row["id"], at=min(one.at, came)) for one in said]
    settled.unreadable = len(problems)
    new = _settle(work, told, settled, now)
    _close(work, {one.report for one in told} - {one.report for one in new}, problems, reports, now)
    return settled


def _waiting(work: Transaction) -> list[Mapping[str, Any]]:
    """Return the oldest reports, at least one, and hold them: another process takes those behind."""
    numbers: list[int] = []
    letters = 0
    for row in work.all("reports_next", limit=REPORTS):
        letters += row["letters"]
        if numbers and letters > LETTERS:
            break
        numbers.append(row["id"])
    return work.all("reports_get", numbers=json.dumps(numbers)) if numbers else []


def _close(
    work: Transaction,
    stale: Collection[int],
    problems: Mapping[int, str],
    reports: Iterable[Mapping[str, Any]],
    now: int,
) -> None:
    """Let go of reports that told nothing new; the others are settled, and what was wrong with one is kept."""
    done = [row["id"] for row in reports if row["id"] not in stale and row["id"] not in problems]
    if stale:
        work.run("reports_drop", numbers=json.dumps(sorted(stale)))
    work.run("reports_settled", numbers=json.dumps(done), now=now)
    work.many("report_unreadable", [{"id": id_, "now": now, "problem": words} for id_, words in problems.items()])


def _settle(work: Transaction, told: Sequence[_Told], settled: Settled, now: int) -> list[_Told]:
    """Settle the events; return those that are new."""
    told = _find(work, told)
    shards = {(one.about.key.campaign, one.about.shard) for one in told if one.about}
    if shards:
        # In order, so that two who settle never wait for each other.
        work.all("shards_hold", rows=json.dumps(sorted(shards)))
    new = _put(work, told)
    settled.new, settled.known = len(new), len(told) - len(new)
    settled.foreign = sum(one.about is None for one in new)
    _note(work, new, now)
    bounced, emptied = _lift(work, new, settled)
    for campaign, shard in sorted(bounced):
        settled.called_up += book.escalate(work, campaign, shard, now)
    common = {"planned": State.PLANNED, "attempting": State.ATTEMPTING, "unknown": State.UNKNOWN}
    work.many("shard_settled", [{"campaign": campaign, "shard": shard} | common for campaign, shard in sorted(emptied)])
    return new


def _find(work: Transaction, told: Sequence[_Told]) -> list[_Told]:
    """Return the events with the notice each is about, if it is one of ours.

    Another ledger may write through the same account with the same numbers: name, request and address must agree.
    """
    found = _standings(work, {key for one in told if (key := _key(one.one))})
    earlier = [
        one.one.attempt for one in told if one.one.attempt and (row := found.get(_key(one.one))) and one.one.attempt < row["attempt"]
    ]  # fmt: skip
    rows = work.all("attempts_shard", numbers=json.dumps(sorted(set(earlier)))) if earlier else ()
    shards = {row["id"]: (row["campaign"], row["shard"]) for row in rows}
    return [
        _Told(one=one.one, source=one.source, report=one.report, at=one.at, about=_ours(one.one, found, shards)) for one in told
    ]  # fmt: skip


def _ours(
    one: Happening, found: Mapping[_Key | None, Mapping[str, Any]], shards: Mapping[int, tuple[int, int]]
) -> _About | None:
    key = _key(one)
    row = found.get(key)
    if key is None or row is None or one.campaign not in {"", row["name"]}:
        return None
    attempt = one.attempt or row["attempt"]
    if not attempt or attempt > row["attempt"]:
        return None
    if attempt != row["attempt"] and shards.get(attempt) != (key.campaign, row["shard"]):
        return None
    ours = row["address"]
    if ours is not None and one.address and ours.casefold() != one.address.casefold():
        return None
    return _About(key=key, shard=row["shard"], attempt=attempt, address=book.digest(ours) if ours else "")


def _key(one: Happening) -> _Key | None:
    return _Key(one.notice.campaign, one.notice.holder, one.notice.channel) if one.notice else None


def _standings(work: Transaction, keys: Collection[_Key]) -> dict[_Key | None, Mapping[str, Any]]:
    """Return the notices with these keys as they stand."""
    rows = work.all("standings", rows=json.dumps(sorted(keys))) if keys else ()
    return {_Key(row["campaign"], row["holder"], row["channel"]): row for row in rows}


def _put(work: Transaction, told: Sequence[_Told]) -> list[_Told]:
    """Write the events down; return those that are new, in their order: an event that came twice is the first one."""
    first: dict[tuple[str, str], _Told] = {}
    for one in told:
        first.setdefault((one.source.value, one.one.key), one)
    # In order of their keys, so that two who settle the same events never wait for each other.
    rows = [_row(one) for _, one in sorted(first.items())]
    put = {(row["source"], row["key"]) for row in work.all("events_put", rows=json.dumps(rows))} if rows else set()
    return [one for key, one in first.items() if key in put]


def _row(told: _Told) -> tuple[Any, ...]:
    one, about = told.one, told.about
    key, attempt = (about.key, about.attempt) if about else (_Key(0, 0, 0), 0)
    return (
        told.source.value, one.key, *key, attempt, one.kind, one.state, int(one.hard), told.at, one.reason, told.report,
        one.place,
    )  # fmt: skip


def _note(work: Transaction, new: Iterable[_Told], now: int) -> None:
    """Write down why notices did not arrive, and that nothing more goes to an address that is dead."""
    failed = [(told, told.about) for told in new if told.about and told.one.state in {State.BOUNCED, State.COMPLAINED}]
    if not failed:
        return
    work.load(
        "trail_load", [(*about.key, about.attempt, now, told.one.state, told.one.reason) for told, about in failed]
    )
    dead = [
        {"channel": about.key.channel, "address": about.address, "reason": told.one.reason, "now": now}
        for told, about in failed
        if told.one.hard and about.address
    ]
    # In one order, whoever writes them.
    work.many("suppression_put", sorted(dead, key=lambda row: (row["channel"], row["address"])))


#: A campaign's shard.
_Shards = set[tuple[int, int]]


def _lift(work: Transaction, new: Iterable[_Told], settled: Settled) -> tuple[_Shards, _Shards]:
    """Move notices up the lattice; return the shards with one that bounced, and with one that the sending had open."""
    bounced: _Shards = set()
    emptied: _Shards = set()
    left: dict[_Key, list[_Told]] = {}
    for told in new:
        if told.about and told.one.state is not None:
            left.setdefault(told.about.key, []).append(told)
    while left:
        climbs = {key: climb for key, climb in _climbs(work, left) if climb.moves}
        done = _written(work, climbs)
        for key in done:
            shard = (key.campaign, climbs[key].shard)
            for before, state in climbs[key].steps():
                settled.lifted[state] += 1
                if state is State.BOUNCED:
                    bounced.add(shard)
                if not before.final:
                    emptied.add(shard)
        # Whoever was quicker has moved the rest: look again.
        left = {key: left[key] for key in climbs.keys() - done}
    return bounced, emptied


@dataclass(frozen=True, slots=True, kw_only=True)
class _Climb:
    """A notice's way up: the states it has in turn, the first as it stands, each with its moment."""

    shard: int
    states: Sequence[tuple[State, int]]

    @property
    def moves(self) -> bool:
        """Return whether it is to be written at all."""
        return len(self.states) > 1

    def steps(self) -> Iterator[tuple[State, State]]:
        """Yield each change of state; an earlier moment of the same one is none."""
        names = [state for state, _ in self.states]
        yield from ((one, other) for one, other in itertools.pairwise(names) if one is not other)


def _climbs(work: Transaction, told: Mapping[_Key, Sequence[_Told]]) -> Iterator[tuple[_Key, _Climb]]:
    for key, row in _standings(work, told.keys()).items():
        if key is None:
            continue
        states = [(State(row["state"]), row["at"])]
        for one in told[key]:
            state, attempt = one.one.state, one.about.attempt if one.about else 0
            if state is None or (state not in OF_THE_NOTICE and attempt < row["attempt"]):
                continue
            if rises(*states[-1], state, one.at):
                states.append((state, one.at))
        yield key, _Climb(shard=row["shard"], states=states)


def _written(work: Transaction, climbs: Mapping[_Key, _Climb]) -> set[_Key]:
    """Write the last state of each; return those that still stood as they were read."""
    if not climbs:
        return set()
    rows = {key: (*key, one.states[0][0], *one.states[-1]) for key, one in sorted(climbs.items())}
    lifted = work.all("lift", rows=json.dumps(list(rows.values())))
    done = {_Key(row["campaign"], row["holder"], row["channel"]) for row in lifted}
    work.run("lift_followers", rows=json.dumps([row for key, row in rows.items() if key in done]))
    return done
