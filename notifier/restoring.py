"""Recognises a ledger that came back from a backup, and takes up what it does not know; sends nothing.

Two signs: the witness, a file apart from the ledger, knows requests that the ledger does not; and PostgreSQL says that
its tables stand elsewhere, or on another timeline, than before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from notifier.errors import InputError, Refused
from notifier.ledger import restored
from notifier.witness import Witness, mark

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from notifier.ledger.database import Database, Transaction
    from notifier.witness import Entry

WAY_OUT = "`notifier restored` takes up what is missing, so that nobody is told twice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a restored ledger was told."""

    #: Requests that it did not know, and the copies in them.
    requests: int
    copies: int
    #: Notices that are held: never sent again without an order.
    held: int


def witness(database: Database, path: Path | None) -> Witness | None:
    """Return the witness of a ledger in a file; None where there is to be none."""
    if path is None:
        return None
    with database.transaction() as work:
        ledger, key = restored.identity(work)
    return Witness(path=path, ledger=ledger, key=bytes.fromhex(key))


def check(database: Database, path: Path | None, *, begin: bool = True) -> Witness | None:
    """Return the witness to write to; Refused, with one message, if the ledger is an older copy of itself, or moved.

    `begin`: make the file where there is none yet.
    """
    found = witness(database, path)
    with database.transaction() as work:
        _same_place(work, database)
        if found is not None:
            _not_older(work, database, found)
            if not found.path.exists():
                _not_gone(work, database, found.path)
            if begin:
                work.run("about_set", key=restored.WITNESSED, value="1")
    if found is not None and begin:
        found.begin()
    return found


def take_up(
    database: Database, paths: Sequence[Path], now: int, *, own: Path | None, nothing_lost: bool, hold_all: bool
) -> Taken:
    """Take up what a restored ledger does not know, from the witnesses that there are, or as the operator says.

    InputError if there is no witness and the operator says nothing.
    """
    present = [path for path in paths if path.exists()]
    missing = [path for path in paths if path not in present]
    if not (nothing_lost or hold_all) and (missing or not present):
        names = f"{missing[0]}: no such file" if missing else "no witness is set (NOTIFIER_WITNESS)"
        message = (
            f"{names}; name the witness of each machine that sends with --witness FILE. Without any, say what you know: "
            "--nothing-lost (moved, or a failover that lost nothing), or --hold-all (nothing planned goes out any more)"
        )
        raise InputError(message)
    with database.transaction() as work:
        ledger, key = restored.identity(work)
        lost: list[Entry] = []
        for path in present:
            lost += restored.unknown(work, Witness(path=path, ledger=ledger, key=bytes.fromhex(key)).entries())
        if lost and nothing_lost:
            message = f"{present[0]}: knows {len(lost)} requests that the ledger does not, so something was lost: leave --nothing-lost out"
            raise Refused(message)
        copies = restored.take(work, lost)
        work.run("restored_fence")
        held = sum(hold(work, row["id"], row["name"], now) for row in work.all("campaign_list"))
        held += restored.hold_all(work, now) if hold_all else 0
        work.run("about_set", key=restored.PLACE, value=work.place())
    if own is not None:
        Witness(path=own, ledger=ledger, key=bytes.fromhex(key)).begin()
    return Taken(requests=len(lost), copies=copies, held=held)


def hold(work: Transaction, campaign: int, name: str, now: int) -> int:
    """Hold what a campaign's plan would send to those who had it by a request that the ledger did not know."""
    _, key = restored.identity(work)
    return restored.hold(work, campaign, name, partial(mark, bytes.fromhex(key)), now)


def _same_place(work: Transaction, database: Database) -> None:
    place = work.place()
    work.run("about_first", key=restored.PLACE, value=place)
    if work.value("about_get", key=restored.PLACE) != place:
        message = (
            f"{database.name}: its tables stand elsewhere than before: restored from a backup, moved, or after a "
            f"failover. What was sent since may be missing, so nothing goes out. {WAY_OUT}"
        )
        raise Refused(message)


def _not_older(work: Transaction, database: Database, found: Witness) -> None:
    missing = restored.unknown(work, found.tail())
    if missing:
        last = datetime.fromtimestamp(max(one.at for one in missing) / 1000, UTC)
        message = (
            f"{database.name}: an older copy of itself: {found.path} knows requests, the last of "
            f"{last:%Y-%m-%d %H:%M:%S} UTC, that it does not. Nothing goes out. {WAY_OUT}"
        )
        raise Refused(message)


def _not_gone(work: Transaction, database: Database, path: Path) -> None:
    """Refused where a file that was there is not; on PostgreSQL each machine has one of its own, and the place tells."""
    if not work.place() and work.value("about_get", key=restored.WITNESSED):
        message = (
            f"{path}: the witness of {database.name} is not there, so nobody can tell whether the ledger is an older copy "
            "of itself; put it back, name it with NOTIFIER_WITNESS, or say what you know by `notifier restored`"
        )
        raise Refused(message)
