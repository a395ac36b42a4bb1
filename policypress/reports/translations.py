"""How far translations are, as a table for a terminal and as JSON for a dashboard; counts nothing itself."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policypress.localise.progress import Counts, Status

_HEAD = ("", "clauses", "approved", "to approve", "edited since", "fuzzy", "missing")
#: Classes of changes from the heaviest down, then what did not change.
_ORDER = ("material", "minor", "editorial", "technical", "new", "unchanged")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One locale of the report."""

    status: Status
    #: A release waits for this language.
    required: bool
    #: How many of its translations a release waits for; None where the draft cannot be compiled.
    awaited: int | None


def table(rows: Sequence[Row], *, whole: bool = False) -> str:
    """Return the table: a line a locale, below it the changes by weight and the sections that are not done (or all)."""
    lines: list[tuple[str, ...]] = [_HEAD]
    for row in rows:
        lines.append((row.status.locale, *_cells(row.status.counts)))
        for name in sorted(row.status.changes, key=_ORDER.index):
            if name != "unchanged" or whole:
                lines.append((f"  {name}", *_cells(row.status.changes[name])))
        for anchor, counts in row.status.sections.items():
            if whole or not counts.done:
                lines.append((f"  #{anchor}", *_cells(counts)))
    widths = [max(len(line[place]) for line in lines) for place in range(len(_HEAD))]
    text = [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    return "\n".join([*text, *_waiting(rows)])


def _cells(counts: Counts) -> tuple[str, ...]:
    named = (counts.total, counts.approved, counts.unapproved, counts.stale, counts.fuzzy, counts.missing)
    return tuple(map(str, named))


def _waiting(rows: Iterable[Row]) -> list[str]:
    found = [f"{row.awaited} in {row.status.locale}" for row in rows if row.awaited]
    return [f"a release waits for: {', '.join(found)}"] if found else []


def data(rows: Sequence[Row]) -> str:
    """Return the same as JSON, every section in it."""
    return json.dumps([_row(row) for row in rows], ensure_ascii=False, indent=2)


def _row(row: Row) -> dict[str, object]:
    status = row.status
    return {
        "locale": status.locale,
        "required": row.required,
        "release_waits_for": row.awaited,
        **asdict(status.counts),
        "changes": {name: asdict(status.changes[name]) for name in sorted(status.changes, key=_ORDER.index)},
        "sections": {anchor: asdict(counts) for anchor, counts in status.sections.items()},
    }
