"""Looks into a ledger, and changes it, behind the back of the code under test."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from notifier.ledger import sqlite
from notifier.ledger.statements import tables
from tests.notifier import postgres

if TYPE_CHECKING:
    from notifier.ledger.database import Database


def sql(database: Database, text: str) -> list[tuple[Any, ...]]:
    """Run a statement of the test's own, committed, and return its rows."""
    if isinstance(database, sqlite.Database):
        with closing(sqlite3.connect(database.path)) as connection, connection:
            return connection.execute(text).fetchall()
    return postgres.rows(database.url, text)  # type: ignore[attr-defined]


def empty(database: Database) -> None:
    """Forget everything that was planned, sent or ordered."""
    kept = {"about", "state"}
    with database.transaction() as work:
        for name in tables():
            if name not in kept:
                work._connection.execute(f"DELETE FROM {name}")  # type: ignore[attr-defined]


def indexes(database: Database) -> set[str]:
    """Return the names of the indexes there are."""
    if isinstance(database, sqlite.Database):
        return {row[0] for row in sql(database, "SELECT name FROM sqlite_schema WHERE type = 'index'")}
    return {row[0] for row in sql(database, "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()")}
