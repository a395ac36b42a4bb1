"""SQLite: connections, transactions and the dialect; the only file that imports sqlite3."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from notifier.errors import LedgerError
from notifier.ledger.database import SCHEMA, Migrated, check_format
from notifier.ledger.records import State
from notifier.ledger.statements import blocks, statements, worded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

#: What the tables and statements leave to the database.
WORDS = {
    "identity": "INTEGER PRIMARY KEY AUTOINCREMENT", "clustered": "WITHOUT ROWID", "lock": "", "hold": "", "explicit": "", "unlogged": "",
    "numbers": "SELECT value FROM json_each(:numbers)", "listed": "json_each(:rows)",
}  # fmt: skip
#: Rows loaded by one statement; times their columns it stays below SQLite's 32,766 parameters.
LOADED = 500
#: Seconds to wait for another process's write.
PATIENCE = 60
#: Pages of 4 kB in the log before they are carried over: each is written once for all that changed in it meanwhile.
CHECKPOINT = 4000
_ROOM = "Make room on its disk, then run the command again"
#: What to do, by the beginning of the name of SQLite's error.
_WAYS_OUT = {
    "SQLITE_FULL": _ROOM,
    "SQLITE_IOERR": f"If the disk is full: {_ROOM[0].lower()}{_ROOM[1:]}",
    "SQLITE_BUSY": f"Another process has kept it locked for {PATIENCE} s; end that one, then run the command again",
    "SQLITE_READONLY": "Give this user the right to write the file and its folder",
    "SQLITE_CANTOPEN": "Give this user the right to write the file and its folder",
    "SQLITE_NOTADB": "Name another file with --ledger",
    "SQLITE_CORRUPT": "Copy it away as it is, and restore the last backup; see docs/guides/operator.md",
}


def batched(rows: Iterable[Sequence[Any]], size: int) -> Iterator[list[Sequence[Any]]]:
    """Yield rows in lists of at most so many."""
    rows = iter(rows)
    while some := list(islice(rows, size)):
        yield some


class Transaction:
    """Runs named statements within one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Keep the connection; the database opens and closes the transaction."""
        self._connection = connection

    def run(self, name: str, /, **values: Any) -> int:
        """Run a statement; return the rows it touched."""
        return self._connection.execute(_worded(name), values).rowcount

    def many(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run a statement for each row."""
        self._connection.executemany(_worded(name), rows)

    def load(self, name: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement with {rows} for rows of values, hundreds at a time: a third of the cost of one by one."""
        for some in batched(rows, LOADED):
            marks = ", ".join([f"({', '.join('?' * len(some[0]))})"] * len(some))
            sql = worded(statements()[name], {"rows": marks})
            self._connection.execute(sql, tuple(chain.from_iterable(some)))

    def stage(self) -> None:
        """Make the tables that only this transaction sees."""
        self.unstage()
        for sql in blocks("staging.sql").values():
            self._connection.execute(sql)

    def unstage(self) -> None:
        """Remove them."""
        for name in blocks("staging.sql"):
            self._connection.execute(f"DROP TABLE IF EXISTS temp.{name}")

    def look_at(self, *names: str) -> None:
        """Do nothing: statistics.sql has told the planner beforehand."""

    def unindex(self, name: str) -> None:
        """Remove an index of schema.sql, to make it again after a load in the same transaction."""
        self._connection.execute(f"DROP INDEX {name}")

    def index(self, name: str) -> bool:
        """Make an index of schema.sql again; return False, and make none, if its rows are not unique."""
        try:
            self._connection.execute(worded(blocks("schema.sql")[name], WORDS))
        except sqlite3.IntegrityError:
            return False
        # What was known of it went with it.
        _describe(self._connection)
        return True

    def place(self) -> str:
        """Return nothing: a copy of a file is the same bytes; only the witness tells."""
        return ""

    def renumber(self) -> None:
        """Do nothing: AUTOINCREMENT follows the highest number by itself."""

    def all(self, name: str, /, **values: Any) -> list[Mapping[str, Any]]:
        """Return every row of a query."""
        return self._connection.execute(_worded(name), values).fetchall()

    def bulk(self, name: str, columns: Sequence[str], /, **values: Any) -> list[Sequence[Any]]:
        """Return these columns of every row of a query, handed over as one text.

        Row by row the driver would let other threads run between any two, and wait for its turn again each time.
        """
        packed = f"SELECT json_group_array(json_array({', '.join(columns)})) FROM ({_worded(name)})"  # noqa: S608
        found: list[Sequence[Any]] = json.loads(self._connection.execute(packed, values).fetchone()[0])
        return found

    def column(self, name: str, /, **values: Any) -> list[Any]:
        """Return the one column of a query, row by row."""
        cursor = self._connection.cursor()
        cursor.row_factory = None
        return [value for (value,) in cursor.execute(_worded(name), values)]

    def one(self, name: str, /, **values: Any) -> Mapping[str, Any] | None:
        """Return the first row of a query, or None."""
        rows = self.all(name, **values)
        return rows[0] if rows else None

    def value(self, name: str, /, **values: Any) -> Any:
        """Return the first value of the first row, or None."""
        row = self.one(name, **values)
        return None if row is None else next(iter(tuple(row)))


def _describe(connection: sqlite3.Connection) -> None:
    """Tell the planner what the tables look like, so that it finds a shard by its index."""
    for sql in blocks("statistics.sql").values():
        connection.execute(sql)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Let readers and one writer work beside each other; SQLite does not wait where two change a file to that at once."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _way_out(error: sqlite3.Error) -> str:
    """Return what to do about an error, beginning with a full stop, or nothing where nobody can say."""
    name = getattr(error, "sqlite_errorname", "")
    return next((f". {way}" for beginning, way in _WAYS_OUT.items() if name.startswith(beginning)), "")


@cache
def _worded(name: str) -> str:
    return worded(statements()[name], WORDS)


@dataclass(frozen=True, slots=True)
class Database:
    """One SQLite file: a connection that writes, for one thread at a time, and one for each thread that reads.

    Threads that each wrote by a connection of their own would ask for SQLite's lock again and again, and each would
    forget the pages it knows whenever another one had written.
    """

    #: The file.
    path: Path
    #: It was not there before this run.
    new: bool = False
    _local: threading.local = field(default_factory=threading.local)
    _writing: threading.RLock = field(default_factory=threading.RLock)
    _writer: list[sqlite3.Connection] = field(default_factory=list)
    _open: list[sqlite3.Connection] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Return the path of the file."""
        return str(self.path)

    @property
    def shared(self) -> bool:
        """Return False: who writes is waited for, during a plan for minutes."""
        return False

    def prepare(self, *, create: bool) -> None:
        """Check the schema, or make it in a new file; LedgerError if it is not ours or of another version."""
        check_format(self.name, self._format(create=create))

    def migrate(self) -> Migrated:
        """Bring an older ledger up to date; a copy of it as it was stays beside it."""
        found = self._format(create=False)
        if found >= SCHEMA:
            check_format(self.name, found)
            return Migrated(before=found)
        from notifier.ledger import migrating  # noqa: PLC0415 - Alembic takes half a second to come

        kept = self.path.with_name(f"{self.path.name}.format-{found}")
        dialect = migrating.Dialect(
            name="sqlite", ledger=self.name, connect=self._connect, begin=("BEGIN IMMEDIATE",),
            worded=lambda sql: worded(sql, WORDS),
        )  # fmt: skip
        before = migrating.upgrade(dialect, SCHEMA, before=lambda _found: self._copy(kept))
        with self.transaction():
            # What was known of tables that were made anew went with them.
            _describe(self._writer[0])
        return Migrated(before=before, kept=str(kept) if before < SCHEMA else "")

    def _format(self, *, create: bool) -> int:
        if not create and not self.path.is_file():
            message = f"{self.path}: no such ledger; plan a campaign first, or name it with --ledger sqlite:///FILE"
            raise LedgerError(message)
        found = self._look() if self.path.is_file() else None
        return self._made() if found is None or (found == SCHEMA and not self._told()) else found

    def _look(self) -> int | None:
        """Return the format without waiting for whoever writes; None if there are no tables of ours."""
        with self.reading() as work:
            ours = self._connection().execute("SELECT 1 FROM sqlite_schema WHERE name = 'about'").fetchone()
            return int(work.value("about_get", key="schema") or 0) if ours else None

    def _told(self) -> bool:
        found = self._connection().execute("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'").fetchone()
        return found is not None

    def _made(self) -> int:
        """Make what is missing of a ledger of this format, and return the format."""
        with self.transaction() as work:
            connection = self._writer[0]
            if not connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
                self._make(connection, work)
            elif not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'about'").fetchone():
                message = f"{self.path}: a database, but no ledger of ours; name another file with --ledger"
                raise LedgerError(message)
            found = int(work.value("about_get", key="schema") or 0)
            if found == SCHEMA and not self._told():
                _describe(connection)
        return found

    def _copy(self, kept: Path) -> None:
        """Copy the ledger while another connection of ours holds its write lock; a copy that is there stays."""
        if kept.exists():
            message = f"{kept}: a copy made by an earlier try; move it away, then migrate again; nothing was changed"
            raise LedgerError(message)
        part = kept.with_name(f"{kept.name}.part")
        try:
            with closing(self._connect()) as source, closing(sqlite3.connect(part)) as copy:
                source.backup(copy)
            part.replace(kept)
        except (sqlite3.Error, OSError) as error:
            part.unlink(missing_ok=True)
            message = f"{kept}: the copy could not be made: {error}; nothing was changed"
            raise LedgerError(message) from error

    def clock(self, machine: Callable[[], int]) -> Callable[[], int]:
        """Return the clock of this machine: who uses the file is on it."""
        return machine

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Give a write transaction, rolled back if anything is raised; LedgerError if the database fails."""
        with self._writing:
            try:
                if not self._writer:
                    self._writer.append(self._open_one())
                connection = self._writer[0]
                # IMMEDIATE: take the write lock now, or wait for it; a later upgrade could fail halfway.
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield Transaction(connection)
                    # A commit that fails may leave the transaction open, and the next one could not begin.
                    connection.commit()
                except BaseException:
                    connection.rollback()
                    raise
            except sqlite3.Error as error:
                message = (
                    f"{self.path}: the ledger cannot be used: {error}; what was recorded before stays recorded"
                    f"{_way_out(error)}"
                )
                raise LedgerError(message) from error

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Give a consistent view that holds up nobody."""
        try:
            connection = self._connection()
            connection.execute("BEGIN")
            try:
                yield Transaction(connection)
            finally:
                connection.rollback()
        except sqlite3.Error as error:
            message = f"{self.path}: the ledger cannot be read: {error}{_way_out(error)}"
            raise LedgerError(message) from error

    def discard_if_new(self) -> None:
        """Close, and remove the files of a ledger that this run made, unless another run has planned in it meanwhile."""
        discard = self.new and self._unused()
        self.close()
        if discard:
            for suffix in ("", "-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    def _unused(self) -> bool:
        if not self.path.is_file() or not self.path.stat().st_size:
            return True
        try:
            with self.reading() as work:
                return not work.all("campaign_names")
        except LedgerError as error:
            # It is half made, or its disk is full; where another run is at work in it, it stays.
            return getattr(error.__cause__, "sqlite_errorcode", 0) != sqlite3.SQLITE_BUSY

    def close(self) -> None:
        """Close every connection."""
        self._writer.clear()
        while self._open:
            self._open.pop().close()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._open_one()
        return connection

    def _open_one(self) -> sqlite3.Connection:
        connection = self._connect()
        connection.row_factory = sqlite3.Row
        self._open.append(connection)
        return connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        # FULL: a committed intent survives a power cut; that is what an intent is for.
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT}")
        return connection

    @staticmethod
    def _make(connection: sqlite3.Connection, work: Transaction) -> None:
        for sql in blocks("schema.sql").values():
            connection.execute(worded(sql, WORDS))
        work.run("about_put", key="schema", value=str(SCHEMA))
        work.many("state_put", ({"number": state.value, "name": state.name.lower()} for state in State))
