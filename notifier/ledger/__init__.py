"""Every intention, attempt and outcome: the only truth about a campaign; knows no provider and composes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from notifier.errors import InputError
from notifier.ledger import sqlite

if TYPE_CHECKING:
    from notifier.ledger.database import Database, Migrated

_SQLITE = "sqlite:///"
_POSTGRES = ("postgresql", "postgres")


def open_ledger(url: str, *, create: bool = False) -> Database:
    """Return the ledger at a URL, its schema checked; made if `create` and not there.

    InputError for a URL that names no ledger, LedgerError for one that cannot be used.
    """
    database = _database(url)
    try:
        database.prepare(create=create)
    except BaseException:
        # A ledger that could not be made whole is none.
        database.discard_if_new()
        raise
    return database


def is_shared(url: str) -> bool:
    """Return whether a ledger is kept by a server, so that several machines can work on it."""
    return urlsplit(url).scheme in _POSTGRES


def migrate(url: str) -> Migrated:
    """Bring the ledger at a URL up to date, all of it or nothing; errors as `open_ledger`."""
    database = _database(url)
    try:
        return database.migrate()
    finally:
        database.close()


def _database(url: str) -> Database:
    return _postgres(url) if is_shared(url) else _sqlite(url)


def path_of(url: str) -> Path | None:
    """Return the file that a ledger's URL names; None if it is no file."""
    return Path(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) else None


def _sqlite(url: str) -> Database:
    path = url.removeprefix(_SQLITE)
    if path == url or not path:
        message = (
            f"--ledger {url.rpartition('@')[2]}: write sqlite:///FILE, sqlite:////ABSOLUTE/FILE, "
            "or postgresql://USER@HOST/DATABASE"
        )
        raise InputError(message)
    file = Path(path)
    if not file.parent.is_dir():
        message = f"{file}: the folder {file.parent} does not exist; make it, or name another ledger"
        raise InputError(message)
    return sqlite.Database(file, new=not file.exists())


def _postgres(url: str) -> Database:
    try:
        from notifier.ledger import postgres  # noqa: PLC0415 - its driver is an extra
    except ImportError as error:
        message = f"--ledger postgresql://…: {error.name} is not installed: pip install 'policypress[postgres]'"
        raise InputError(message) from error
    return postgres.connect(url)
