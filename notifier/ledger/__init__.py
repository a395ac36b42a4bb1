"""Every intention, attempt and outcome: the only truth about a campaign; knows no provider and composes nothing."""

from __future__ import annotations

from pathlib import Path

from notifier.errors import InputError
from notifier.ledger.sqlite import Database

_SQLITE = "sqlite:///"


def open_ledger(url: str, *, create: bool = False) -> Database:
    """Return the ledger at a URL, its schema checked; made if `create` and not there.

    InputError for a URL that names no ledger, LedgerError for one that cannot be used.
    """
    path = url.removeprefix(_SQLITE)
    if path == url or not path:
        message = f"--ledger {url.rpartition('@')[2]}: write sqlite:///FILE, or sqlite:////ABSOLUTE/FILE"
        raise InputError(message)
    file = Path(path)
    if not file.parent.is_dir():
        message = f"{file}: the folder {file.parent} does not exist; make it, or name another ledger"
        raise InputError(message)
    database = Database(file, new=not file.exists())
    database.prepare(create=create)
    return database
