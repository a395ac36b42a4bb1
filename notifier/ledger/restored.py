"""Whether a ledger is the one it was, and what it does not know of what was sent; reads no file."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from notifier.ledger.records import HELD, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from notifier.ledger.database import Transaction
    from notifier.witness import Entry

#: Counts as so many requests of unknown outcome: sent once more by `send --resend-held` alone.
ORDERED = HELD - 1
#: Holders looked at together.
PART = 10_000
#: Keys of `about`.
ID, KEY, PLACE, WITNESSED = "ledger", "witness key", "place", "witness"
REASON = "sent after the backup that this ledger was restored from; what became of it is not known here"
UNSURE = "the ledger was restored from a backup, and nobody knows whether it was sent since"
_OPEN = {state.name.lower(): state.value for state in (State.PLANNED, State.ATTEMPTING, State.UNKNOWN, State.RESERVED)}


def identity(work: Transaction) -> tuple[str, str]:
    """Return the id of a ledger and the key of its marks; made where there are none yet."""
    work.run("about_first", key=ID, value=secrets.token_hex(8))
    work.run("about_first", key=KEY, value=secrets.token_hex(32))
    return work.value("about_get", key=ID), work.value("about_get", key=KEY)


def unknown(work: Transaction, entries: Iterable[Entry]) -> list[Entry]:
    """Return the requests that the ledger does not know."""
    return [one for one in entries if work.one("attempt_known", attempt=one.attempt, at=one.at) is None]


def take(work: Transaction, entries: Iterable[Entry]) -> int:
    """Write down requests that the ledger does not know, and whom they went to; return how many copies."""
    copies = 0
    for one in entries:
        row = work.one("campaign_get", name=one.campaign)
        if work.one("attempt_taken", attempt=one.attempt) is None:
            work.run(
                "attempt_lost", attempt=one.attempt, campaign=row["id"] if row else 0, shard=one.shard,
                epoch=one.epoch, provider=one.provider, content=one.content, copies=len(one.marks), at=one.at,
            )  # fmt: skip
        common = {"campaign": one.campaign, "channel": one.channel, "attempt": one.attempt, "at": one.at}
        work.many("lost_put", [common | {"mark": mark} for mark in one.marks])
        copies += len(one.marks)
    work.renumber()
    return copies


def hold(work: Transaction, campaign: int, name: str, mark: Callable[[int, str], str], now: int) -> int:
    """Hold every notice of a campaign that was sent by a request the ledger did not know; return how many."""
    if work.one("lost_any", name=name) is None:
        return 0
    held = 0
    used = work.one("numbers_used", campaign=campaign)
    for after in range(0, int(used["holders"]) if used else 0, PART):
        rows = work.all("lost_candidates", campaign=campaign, after=after, upto=after + PART, held=ORDERED, **_OPEN)
        found = [
            (row, lost)
            for row in rows
            if (
                lost := work.one(
                    "lost_get", name=name, channel=row["channel"], mark=mark(row["channel"], row["address"])
                )
            )
        ]
        _hold(work, campaign, found, now)
        held += len(found)
    return held


def _hold(
    work: Transaction, campaign: int, found: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]], now: int
) -> None:
    for row, lost in found:
        where = {"campaign": campaign, "holder": row["holder"], "channel": row["channel"], "attempt": lost["attempt"]}
        states = {name: value for name, value in _OPEN.items() if name != "reserved"}
        work.run("lost_hold_trail", now=now, unknown=State.UNKNOWN, reason=REASON, **where)
        work.run("lost_hold", at=lost["at"], unknown=State.UNKNOWN, held=ORDERED, **where)
        work.run("lost_hold_followers", at=lost["at"], held=ORDERED, **where, **states)
        del where["attempt"]
        work.run("lost_hold_shard", **where)


def hold_all(work: Transaction, now: int) -> int:
    """Hold everything that the ledger would still send, of every campaign; return how many notices."""
    states = {name: value for name, value in _OPEN.items() if name != "unknown"} | {"unknown": State.UNKNOWN}
    work.run("hold_all_trail", now=now, reason=UNSURE, **states)
    return work.run("hold_all", now=now, held=ORDERED, **states)
