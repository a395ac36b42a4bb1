"""JSON Lines (one object a line) as blocks of rows; checks no field."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from notifier.audience import columns, rules
from notifier.audience.holder import COLUMNS, Block, Fault
from notifier.audience.lines import Lines, batches
from notifier.audience.table import as_text
from notifier.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from notifier.audience.columns import Heading
    from notifier.audience.source import Source


def read(source: Source, on_heading: Callable[[Heading], None]) -> Iterator[Block | Fault]:
    """Yield the rows of a file and the faults of what is no object; InputError if no row can be a holder."""
    told = False
    with source.path.open("rb") as stream:
        for batch in batches(stream, source.path):
            lines, texts, rows = [], [], []
            for line, text, row in _objects(batch):
                if isinstance(row, str):
                    yield rules.fault(line, text, row)
                    continue
                if not told:
                    names = [str(name) for name in row]
                    on_heading(columns.heading(names, source.columns, f"{source.path}:{line}"))
                    told = True
                lines.append(line)
                texts.append(text)
                rows.append(row)
            if rows:
                yield Block(lines=lines, columns=_columns(rows, source), texts=texts)
    if not told:
        message = f"{source.path}: no row is a JSON object with an account_id; one object a line is expected"
        raise InputError(message)


def _objects(batch: Lines) -> Iterator[tuple[int, str, dict[str, Any] | str]]:
    """Yield (line, text, object or what is wrong with it)."""
    for index, text in enumerate(batch.texts):
        problem = batch.problems.get(index, "")
        if problem or text.strip():
            yield batch.first + index, text, problem or _object(text)


def _object(text: str) -> dict[str, Any] | str:
    try:
        row = json.loads(text, object_pairs_hook=_unique)
    except _TwiceError as error:
        return f"the name {error} stands twice in it"
    except (ValueError, RecursionError):
        return "not a JSON object"
    return row if isinstance(row, dict) else "not a JSON object"


class _TwiceError(ValueError):
    """A name stands twice in an object: nobody knows which value is meant."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) != len(pairs):
        names = [name for name, _ in pairs]
        raise _TwiceError(next(name for name in names if names.count(name) > 1)[:40])
    return row


def _columns(rows: list[dict[str, Any]], source: Source) -> dict[str, list[str]]:
    theirs = {name: source.columns.get(name, name) for name in COLUMNS}
    return {
        ours: [as_text(row.get(name)) for row in rows]
        for ours, name in theirs.items()
        if ours == "account_id" or any(name in row for row in rows)
    }
