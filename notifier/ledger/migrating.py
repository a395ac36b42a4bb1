"""Brings the tables of an older ledger up to date by Alembic, in one transaction; imports no driver."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic import command, op
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from notifier.errors import LedgerError
from notifier.ledger.statements import blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

#: Alembic's own table. The format stands in `about` and nowhere else, so this one is gone before the commit.
VERSIONS = "alembic_version"

_FORMAT = text("SELECT value FROM about WHERE key = 'schema'")
_PUT = text("UPDATE about SET value = :value WHERE key = 'schema'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What a database leaves to its dialect while tables change."""

    #: As SQLAlchemy calls it.
    name: str
    #: What messages call the ledger.
    ledger: str
    #: Opens a connection of its driver.
    connect: Callable[[], Any]
    #: Run first, so that nobody else changes tables at the same time.
    begin: tuple[str, ...]
    #: A statement in the dialect's words.
    worded: Callable[[str], str]


def upgrade(dialect: Dialect, target: int, before: Callable[[int], None] = lambda _found: None) -> int:
    """Bring a ledger to a format, all of it or nothing; return the format it had.

    `before` is told that format once nobody else can write, and before anything changes. LedgerError if the database
    fails.
    """
    with _connected(dialect) as connection:
        for sql in dialect.begin:
            connection.exec_driver_sql(sql)
        found = int(connection.execute(_FORMAT).scalar_one())
        if found < target:
            before(found)
            config = _config()
            config.attributes.update(connection=connection, worded=dialect.worded)
            command.stamp(config, str(found), purge=True)
            command.upgrade(config, str(target))
            connection.execute(text(f"DROP TABLE {VERSIONS}"))
            connection.execute(_PUT, {"value": str(target)})
        return found


def run(file: str) -> None:
    """Run the statements of a file of `migrations/`, in its order; called by the revisions."""
    worded = op.get_context().config.attributes["worded"]  # type: ignore[union-attr]
    for sql in blocks(f"migrations/{file}").values():
        # Escaped: a colon is no parameter here.
        op.execute(text(worded(sql).replace(":", r"\:")))


def newest() -> int:
    """Return the format that the migrations lead to."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    return int(head or 0)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    # One folder of revisions, whatever characters its path has.
    config.set_main_option("path_separator", "newline")
    return config


@contextmanager
def _connected(dialect: Dialect) -> Iterator[Connection]:
    engine = create_engine(f"{dialect.name}://", creator=dialect.connect, poolclass=NullPool)
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        words = str(error.orig).strip().partition("\n")[0]
        message = f"{dialect.ledger}: cannot be brought up to date: {words}; nothing was changed"
        raise LedgerError(message) from error
    finally:
        engine.dispose()
