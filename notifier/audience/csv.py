"""CSV (RFC 4180, and as Excel writes it: semicolons, tabs) as blocks of rows; checks no field."""

from __future__ import annotations

import csv
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from notifier.audience import columns, rules
from notifier.audience.fields import LONGEST_ROW
from notifier.audience.holder import Block, Fault
from notifier.audience.lines import Lines, batches
from notifier.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import BinaryIO

    from notifier.audience.columns import Heading
    from notifier.audience.source import Source

DELIMITERS = (",", ";", "\t")
#: Lines one quoted row may span before its quote counts as never closed.
MOST_LINES = 50


class Record(NamedTuple):
    """One row of the file, on one line or on several that a quote joins."""

    line: int
    text: str
    problem: str = ""


def read(source: Source, on_heading: Callable[[Heading], None]) -> Iterator[Block | Fault]:
    """Yield the rows of a file and the faults of what is no row; InputError if it has no usable header."""
    with source.path.open("rb") as stream:
        yield from _read(stream, source, on_heading)


def _read(stream: BinaryIO, source: Source, on_heading: Callable[[Heading], None]) -> Iterator[Block | Fault]:
    feed = _Feed(lines=batches(stream, source.path))
    head = _heading(feed.record() or Record(1, ""), source)
    on_heading(head)
    while (batch := feed.plain()) is not None or feed.waiting:
        if batch is not None:
            lines: Sequence[int] = range(batch.first, batch.first + len(batch.texts))
            if block := _even(batch, lines, head):
                yield block
                continue
            texts, rows = batch.texts, [text.split(head.delimiter) for text in batch.texts]
        else:
            records = list(feed.records())
            yield from (rules.fault(one.line, one.text, one.problem) for one in records if one.problem)
            good = [one for one in records if not one.problem]
            lines, texts = [one.line for one in good], [one.text for one in good]
            rows = _split(texts, head.delimiter)
        yield from _rows(lines, texts, rows, head)


def _even(batch: Lines, lines: Sequence[int], head: Heading) -> Block | None:
    """Return the rows of a batch without quotes, cut all at once; None unless each has the header's width.

    A line end stands as a field of its own between two rows: it is in its place throughout if, and only if, the rows
    are of one width. That takes a third of the time of row after row.
    """
    joined = f"{head.delimiter}\n{head.delimiter}".join(batch.texts)
    fields, step, ends = joined.split(head.delimiter), head.width + 1, len(batch.texts) - 1
    if len(fields) != ends * step + head.width or joined.count("\n") != ends:
        return None
    if fields[head.width :: step].count("\n") != ends:
        return None
    columns = {name: fields[at::step] for name, at in head.places.items()}
    return Block(lines=lines, columns=columns, texts=batch.texts)


def _rows(lines: Sequence[int], texts: list[str], rows: list[list[str]], head: Heading) -> Iterator[Block | Fault]:
    if set(map(len, rows)) != {head.width}:
        for line, text, row in zip(lines, texts, rows, strict=True):
            if len(row) != head.width and text.strip():
                hint = "; a quote is out of place" if '"' in text else ""
                reason = f"{len(row)} columns where the header has {head.width}{hint}"
                yield rules.fault(line, text, reason)
        fit = [index for index, row in enumerate(rows) if len(row) == head.width and texts[index].strip()]
        lines, texts, rows = [lines[i] for i in fit], [texts[i] for i in fit], [rows[i] for i in fit]
    if rows:
        by_place = list(zip(*rows, strict=True))
        yield Block(lines=lines, columns={name: by_place[at] for name, at in head.places.items()}, texts=texts)


def _split(texts: list[str], delimiter: str) -> list[list[str]]:
    """Return the fields of each row; none where a quote is out of place."""
    try:
        rows = list(csv.reader(texts, delimiter=delimiter, strict=True))
        if len(rows) == len(texts):
            return rows
    except csv.Error:
        pass
    return [_fields(text, delimiter) for text in texts]


def _fields(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []


def _heading(record: Record, source: Source) -> Heading:
    line, text, problem = record
    where = f"{source.path}:{line}"
    if problem:
        message = f"{where}: {problem}; save the file as UTF-8 CSV"
        raise InputError(message)
    if text.lstrip().startswith(("{", "[")):
        message = f"{where}: JSON, and no CSV; write one object a line into a file that ends in .jsonl"
        raise InputError(message)
    # The one that parts the most: an id or a name may hold another.
    delimiter = max(DELIMITERS, key=lambda mark: len(_fields(text, mark)))
    names = [name.strip() for name in _fields(text, delimiter)]
    return columns.heading(names, source.columns, where, delimiter)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Feed:
    """Lines on their way: whole batches where no quote is in them, else one row after the other."""

    lines: Iterator[Lines]
    #: Lines that were read and not yet used.
    waiting: deque[Record] = field(default_factory=deque)

    def plain(self) -> Lines | None:
        """Return a batch of which each line is a row; None if there is none left or its lines wait now."""
        if self.waiting:
            return None
        batch = next(self.lines, None)
        if batch is None or not (batch.problems or batch.quoted):
            return batch
        self._put(batch)
        return None

    def records(self) -> Iterator[Record]:
        """Yield the rows of the lines that wait."""
        while self.waiting and (record := self.record()):
            yield record

    def record(self) -> Record | None:
        """Return the next row; a quote that is never closed costs its own line and no other."""
        first = self._next()
        if first is None or first.problem or first.text.count('"') % 2 == 0:
            return first
        taken, text = [first], first.text
        while text.count('"') % 2 and len(taken) <= MOST_LINES and len(text) < LONGEST_ROW:
            more = self._next()
            if more is None:
                break
            taken.append(more)
            text += "\n" + more.text
        if text.count('"') % 2:
            self.waiting.extendleft(reversed(taken[1:]))
            return first._replace(problem="a quote is opened and never closed")
        return Record(first.line, text, next((one.problem for one in taken if one.problem), ""))

    def _next(self) -> Record | None:
        if not self.waiting and (batch := next(self.lines, None)) is not None:
            self._put(batch)
        return self.waiting.popleft() if self.waiting else None

    def _put(self, batch: Lines) -> None:
        for index, text in enumerate(batch.texts):
            self.waiting.append(Record(batch.first + index, text, batch.problems.get(index, "")))
