"""Keeps texts by the digest of all they were made of, from one build to the next; knows not what they say."""

from __future__ import annotations

import hashlib
import sqlite3
import sys
import time
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

#: The name of the file in a repository's `.cache/policypress/`.
NAME = "build.sqlite"
#: Most bytes that are kept; what was asked for longest ago goes first.
MOST = 768 * 1024 * 1024
#: Days after which what nobody asked for goes.
_DAYS = 30
#: Bytes that are gathered before they are written.
_GATHERED = 8 * 1024 * 1024
_FORMAT = 1
_SCHEMA = """
PRAGMA auto_vacuum = FULL;
PRAGMA journal_mode = MEMORY;
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS kept (
    key BLOB PRIMARY KEY,
    -- the day on which it was last asked for
    used INTEGER NOT NULL,
    -- over the key and the text: what is not as it was written is made anew
    digest BLOB NOT NULL,
    text BLOB NOT NULL
);
"""
#: Libraries whose words and marks stand in what is kept, or whose word lists decided it.
_LIBRARIES = ("babel", "jinja2", "markdown-it-py", "markupsafe", "mdurl", "pydantic", "pyicu", "pyspellchecker")


class Cache:
    """What was made before, by what it was made of. A cache that is gone, old or broken costs time and nothing else."""

    def __init__(self, folder: Path | None = None, *, most: int = MOST) -> None:
        """Open the file in a folder, or start it anew where it cannot be read; without a folder nothing is kept."""
        self._path = folder / NAME if folder else None
        self._most = most
        self._today = int(time.time() // 86400)
        self._waiting: dict[bytes, bytes] = {}
        self._size = 0
        self._asked: list[bytes] = []
        self._database = self._opened() or self._opened(anew=True)

    def keep(self, kind: str, parts: Iterable[str], make: Callable[[], str]) -> str:
        """Return what was made of the same parts before, else make it and keep it.

        `parts` are all that `make` looks at: whatever else it looked at would be served stale. The code and the words
        of Policypress, and the libraries that write for it, are parts of everything.
        """
        if self._database is None:
            return make()
        key = _key(kind, parts)
        found = self._get(key)
        if found is None:
            found = make()
            self._put(key, found.encode())
        return found

    def knows(self, kind: str, parts: Iterable[str]) -> bool:
        """Return whether something made of these parts is kept, or waits to be."""
        key = _key(kind, parts)
        return key in self._waiting or self._ask("SELECT 1 FROM kept WHERE key = ?", key) is not None

    @property
    def keeps(self) -> bool:
        """Return whether anything is kept at all."""
        return self._database is not None

    def basket(self) -> Basket:
        """Return a cache for another process, which reads the same file and writes nothing."""
        return Basket(self._path.parent if self._path else None)

    def take(self, made: Mapping[bytes, bytes]) -> None:
        """Keep what another process made."""
        for key, text in made.items():
            self._put(key, text)

    def close(self) -> None:
        """Write what waits, drop what is old or too much, and close the file."""
        self._write(self._prune)
        self._leave()

    def _opened(self, *, anew: bool = False) -> sqlite3.Connection | None:
        if self._path is None:
            return None
        database: sqlite3.Connection | None = None
        try:
            if anew:
                self._path.unlink(missing_ok=True)
            self._path.parent.mkdir(parents=True, exist_ok=True)
            (self._path.parent / ".gitignore").write_text("*\n", encoding="utf-8")
            database = sqlite3.connect(self._path, timeout=1, isolation_level=None)
            (found,) = database.execute("PRAGMA user_version").fetchone()
            if found not in (0, _FORMAT):
                database.close()
                return None
            if found != _FORMAT:
                database.executescript(f"{_SCHEMA}PRAGMA user_version = {_FORMAT};")
        except (OSError, sqlite3.Error) as error:
            if _busy(error):
                self._path = None
            if database is not None:
                database.close()
            return None
        return database

    def _get(self, key: bytes) -> str | None:
        if key in self._waiting:
            return self._waiting[key].decode()
        row = self._ask("SELECT used, digest, text FROM kept WHERE key = ?", key)
        if row is None:
            return None
        used, digest, text = row
        if not isinstance(text, bytes) or digest != _digest(key, text):
            return None
        if used != self._today:
            self._asked.append(key)
        return text.decode()

    def _ask(self, statement: str, *values: object) -> tuple[object, ...] | None:
        if self._database is None:
            return None
        try:
            row: tuple[object, ...] | None = self._database.execute(statement, values).fetchone()
        except sqlite3.Error as error:
            self._leave()
            if not _busy(error):
                self._database = self._opened(anew=True)
            return None
        return row

    def _put(self, key: bytes, text: bytes) -> None:
        self._waiting[key] = text
        self._size += len(text)
        if self._size > _GATHERED:
            self._write()

    def _write(self, then: Callable[[sqlite3.Connection], None] | None = None) -> None:
        """Write what waits; where that fails, another process is at it or the disk is full, and it is not kept."""
        waiting, self._waiting, self._size = self._waiting, {}, 0
        if self._database is None:
            return
        rows = [(key, self._today, _digest(key, text), text) for key, text in waiting.items()]
        try:
            _insert(self._database, rows, then)
        except sqlite3.Error as error:
            self._leave()
            if _broken(error) and (anew := self._opened(anew=True)):
                self._database = anew
                with suppress(sqlite3.Error):
                    _insert(anew, rows)

    def _prune(self, database: sqlite3.Connection) -> None:
        database.executemany("UPDATE kept SET used = ? WHERE key = ?", [(self._today, key) for key in self._asked])
        database.execute("DELETE FROM kept WHERE used NOT BETWEEN ? AND ?", (self._today - _DAYS, self._today))
        (size,) = database.execute("SELECT coalesce(sum(length(text)), 0) FROM kept").fetchone()
        for key, length in database.execute("SELECT key, length(text) FROM kept ORDER BY used, rowid").fetchall():
            if size <= self._most:
                break
            database.execute("DELETE FROM kept WHERE key = ?", (key,))
            size -= length

    def _leave(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None


class Basket(Cache):
    """Reads what is kept, and gathers what is made for the process that writes it."""

    def emptied(self) -> Mapping[bytes, bytes]:
        """Return what was made since the last time."""
        made, self._waiting = self._waiting, {}
        return made

    def _put(self, key: bytes, text: bytes) -> None:
        self._waiting[key] = text


#: Keeps nothing.
NOTHING = Cache()


def _insert(
    database: sqlite3.Connection,
    rows: Iterable[tuple[object, ...]],
    then: Callable[[sqlite3.Connection], None] | None = None,
) -> None:
    database.execute("BEGIN IMMEDIATE")
    database.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)", rows)
    if then:
        then(database)
    database.execute("COMMIT")


def _broken(error: sqlite3.Error) -> bool:
    """Return whether the file is none of ours, or not what was written."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _busy(error: Exception) -> bool:
    """Return whether another process has the file: it is sound, and this one goes on without it."""
    return getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _key(kind: str, parts: Iterable[str]) -> bytes:
    found = hashlib.sha256(_made_by())
    for part in (kind, *parts):
        data = part.encode()
        found.update(b"%d:" % len(data))
        found.update(data)
    return found.digest()


def _digest(key: bytes, text: bytes) -> bytes:
    return hashlib.blake2b(text, key=key, digest_size=16).digest()


@cache
def _made_by() -> bytes:
    """Return a digest of the code, the templates, the words and the law that everything is made by."""
    found = hashlib.sha256()
    root = Path(str(files("policypress")))
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            data = path.read_bytes()
            found.update(f"{path.relative_to(root).as_posix()}:{len(data)}:".encode())
            found.update(data)
    found.update("".join((sys.version, *map(_version, _LIBRARIES))).encode())
    return found.digest()


def _version(name: str) -> str:
    try:
        return f"{name} {version(name)};"
    except PackageNotFoundError:
        return f"{name} none;"
