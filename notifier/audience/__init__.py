"""Account holders, streamed from a file or a database; knows no campaign, no channel and no ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from notifier.audience import csv, jsonl, parquet, sql
from notifier.audience.columns import Heading
from notifier.audience.fields import address
from notifier.audience.holder import COLUMNS, CONTACTS, Block, Fault, Holder, Page
from notifier.audience.sift import sift
from notifier.audience.source import Source, parse
from notifier.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["COLUMNS", "CONTACTS", "Fault", "Heading", "Holder", "Page", "Source", "address", "pages", "parse", "read"]

#: The reader of a file by its ending; a new one is a file here and a line. Anything else is CSV.
READERS: Mapping[str, Callable[[Source, Callable[[Heading], None]], Iterator[Block | Fault]]] = {
    ".jsonl": jsonl.read,
    ".ndjson": jsonl.read,
    ".parquet": parquet.read,
}


def pages(source: Source, *, on_heading: Callable[[Heading], None] | None = None) -> Iterator[Page | Fault]:
    """Yield the holders of a source by column and the faults of its rows, in its order and in flat memory.

    A page's faults come before it. `on_heading` is told which columns there are. InputError if the source cannot be
    an audience at all.
    """
    reader = sql.read if source.is_database else READERS.get(source.path.suffix.lower(), csv.read)
    try:
        for block in reader(source, on_heading or (lambda _heading: None)):
            if isinstance(block, Fault):
                yield block
                continue
            page, faults = sift(block)
            yield from faults
            if len(page):
                yield page
    except OSError as error:
        message = f"{source.label}: cannot read the audience: {error.strerror or error}; --audience names a CSV, JSON Lines or Parquet file, or a database"
        raise InputError(message) from error


def read(source: Source | Path, *, on_heading: Callable[[Heading], None] | None = None) -> Iterator[Holder | Fault]:
    """Yield the holders and faults of a source one by one; `pages` is the way for many."""
    if isinstance(source, Path):
        source = Source(location=str(source))
    for page in pages(source, on_heading=on_heading):
        if isinstance(page, Fault):
            yield page
        else:
            yield from page.holders()
