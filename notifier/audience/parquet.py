"""Apache Parquet as blocks of rows; the only file that imports pyarrow (extra `parquet`), and only when asked to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from notifier.audience import columns, table
from notifier.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from notifier.audience.columns import Heading
    from notifier.audience.holder import Block
    from notifier.audience.source import Source

#: Rows read at a time; bounds the memory of a reader.
ROWS = 2000


def read(source: Source, on_heading: Callable[[Heading], None]) -> Iterator[Block]:
    """Yield the rows of a file; InputError if it is no Parquet, or pyarrow is not installed."""
    parquet, problem = _library(source)
    try:
        with parquet.ParquetFile(source.path, pre_buffer=False) as file:
            names = list(file.schema_arrow.names)
            head = columns.heading(names, source.columns, str(source.path))
            on_heading(head)
            wanted = {ours: names[at] for ours, at in head.places.items()}
            row = 1
            for batch in file.iter_batches(batch_size=ROWS, columns=sorted(set(wanted.values()))):
                values = {ours: batch.column(name).to_pylist() for ours, name in wanted.items()}
                yield table.block(values, row)
                row += batch.num_rows
    except problem as error:
        message = f"{source.path}: cannot be read as Parquet: {str(error).splitlines()[0][:200]}"
        raise InputError(message) from None


def _library(source: Source) -> tuple[ModuleType, Any]:
    try:
        from pyarrow import ArrowException, parquet  # noqa: PLC0415 - 100 MB that only this reader needs
    except ImportError:
        message = f"{source.path}: Parquet needs pyarrow; install it with: pip install 'policypress[parquet]'"
        raise InputError(message) from None
    return parquet, ArrowException
