"""Any database by URL and query as blocks of rows; imports SQLAlchemy when asked to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from notifier.audience import columns, table
from notifier.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from notifier.audience.columns import Heading
    from notifier.audience.holder import Block
    from notifier.audience.source import Source

#: Rows fetched at a time; bounds the memory of a reader.
ROWS = 2000


def read(source: Source, on_heading: Callable[[Heading], None]) -> Iterator[Block]:
    """Yield the rows of a query through a server-side cursor; nothing is ever committed.

    InputError, without the password, if the database or the query fails, or its driver is missing.
    """
    import sqlalchemy  # noqa: PLC0415 - takes a third of a second to come, and only this reader needs it

    try:
        engine = sqlalchemy.create_engine(source.location, poolclass=sqlalchemy.pool.NullPool)
    except (sqlalchemy.exc.ArgumentError, sqlalchemy.exc.NoSuchModuleError, ValueError, ImportError) as error:
        message = f"{source.label}: no such database or driver: {source.scrub(str(error))}"
        raise InputError(message) from None
    file = engine.url.database
    if (
        engine.dialect.name == "sqlite"
        and file
        and file != ":memory:"
        and not Path(file.removeprefix("file:")).is_file()
    ):
        # The driver would make an empty one.
        message = f"{source.label}: no such file; write sqlite:///FILE or sqlite:////ABSOLUTE/FILE"
        raise InputError(message)
    try:
        # Leaving the connection rolls back whatever a query did.
        with engine.connect() as connection:
            stream = connection.execution_options(stream_results=True, yield_per=ROWS)
            result = stream.exec_driver_sql(source.query)
            if not result.returns_rows:
                message = f"{source.label}: the query returns no rows; write --query 'SELECT …'"
                raise InputError(message)
            head = columns.heading(list(result.keys()), source.columns, source.label)
            on_heading(head)
            yield from _blocks(result.partitions(), head)
    except (sqlalchemy.exc.SQLAlchemyError, UnicodeError) as error:
        message = f"{source.label}: the query failed: {source.scrub(str(getattr(error, 'orig', None) or error))}"
        raise InputError(message) from None
    finally:
        engine.dispose()


def _blocks(partitions: Any, head: Heading) -> Iterator[Block]:
    row = 1
    for rows in partitions:
        by_place = list(zip(*rows, strict=True))
        yield table.block({name: by_place[at] for name, at in head.places.items()}, row)
        row += len(rows)
