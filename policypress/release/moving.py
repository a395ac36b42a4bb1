"""Amending and withdrawing a printed release before it takes effect; nothing else of a record ever changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policypress.bundle import Moved
from policypress.errors import RefusedError, UsageError
from policypress.git import Repository
from policypress.release.printed import Print, load
from policypress.release.record import Record, write_record
from policypress.source import worktree

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path


def amend(root: Path, release: str, *, effective: date, on: date, reason: str) -> tuple[Record, str]:
    """Move the effective date of a release to a later day; return its record and the commit.

    Raises `RefusedError` where it is in effect, withdrawn, or the day is not later.
    """
    printed, record, others = _found(root, release)
    missing = _settled(record, on)
    if effective <= record.takes_effect:
        missing.append(f"{effective} is not later than {record.takes_effect}; an effective date only moves later")
    # else the older text would come into force behind the newer one
    missing += [
        f"{other.id} was made after it and takes effect on {other.takes_effect}, not later than {effective}; amend that first"
        for other in others
        if other.id > release and other.takes_effect <= effective
    ]
    moved = Moved(kind="amended", on=on, effective=effective, reason=reason)
    return _entered(root, printed, record, moved, missing, f"Amend release {release}: effective {effective}")


def withdraw(root: Path, release: str, *, on: date, reason: str) -> tuple[Record, str]:
    """Take a release back before it takes effect; return its record and the commit."""
    printed, record, others = _found(root, release)
    missing = _settled(record, on)
    # its changes were told as the difference to this one
    missing += [f"{other.id} builds on it; withdraw that first" for other in others if other.previous == release]
    moved = Moved(kind="withdrawn", on=on, reason=reason)
    return _entered(root, printed, record, moved, missing, f"Withdraw release {release}")


def _found(root: Path, release: str) -> tuple[Print, Record, list[Record]]:
    """Return a release, its record, and the records of the others that stand."""
    prints = load(worktree(root))
    printed = prints.get(release)
    if printed is None or printed.record is None:
        message = f"{release}: no such release; there are {', '.join(prints) or 'none yet'}"
        raise UsageError(message)
    records = [other.record for other in prints.values() if other.record and other.id != release]
    return printed, printed.record, [record for record in records if not record.withdrawn]


def _settled(record: Record, on: date) -> list[str]:
    """Return why the dates of a release cannot move any more."""
    found = []
    if record.withdrawn:
        found.append("it is withdrawn already")
    elif record.takes_effect <= on:
        found.append(f"it is in effect since {record.takes_effect}; make a new release instead")
    if record.moved and on < record.moved[-1].on:
        found.append(
            f"its last entry is of {record.moved[-1].on}, later than {on}; entries stand in the order of their days"
        )
    return found


def _entered(
    root: Path, printed: Print, record: Record, moved: Moved, missing: list[str], message: str
) -> tuple[Record, str]:
    path = f"{printed.folder}/record.toml"
    if not moved.reason.strip():
        missing.append("it has no reason; say why, for the record")
    repository = Repository(root)
    if repository.dirty([path]):
        missing.append(f"{path} has changes that are not committed")
    if missing:
        raise RefusedError(f"{printed.id} cannot be changed:", missing)
    entered = record.model_copy(update={"moved": (*record.moved, moved)})
    file = root / path
    before = file.read_bytes()
    part = file.with_name("record.toml.part")
    try:
        part.write_bytes(write_record(entered).encode())
        part.replace(file)
        return entered, repository.commit([path], message)
    except BaseException:
        part.unlink(missing_ok=True)
        file.write_bytes(before)
        raise
