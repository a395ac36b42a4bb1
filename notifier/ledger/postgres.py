"""PostgreSQL: connections, transactions and the dialect; the only file that imports psycopg."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import errors
from psycopg.rows import dict_row, scalar_row
from psycopg.sql import SQL, Identifier, Literal
from psycopg.types.numeric import Int8Dumper
from psycopg_pool import ConnectionPool

from notifier.errors import InputError, LedgerError, LedgerLost
from notifier.ledger.clock import ServerClock
from notifier.ledger.database import SCHEMA, Migrated, check_format
from notifier.ledger.records import State
from notifier.ledger.statements import blocks, statements, tables, worded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from psycopg import Connection

#: What the tables and statements leave to the database.
WORDS = {
    "identity": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "clustered": "", "lock": "FOR UPDATE SKIP LOCKED",
    "hold": "FOR UPDATE OF shard", "listed": "jsonb_array_elements(CAST(:rows AS jsonb))",
    "explicit": "OVERRIDING SYSTEM VALUE", "unlogged": "UNLOGGED",
    "numbers": "SELECT CAST(value AS bigint) FROM json_array_elements_text(CAST(:numbers AS json))",
}  # fmt: skip
#: Connections at most: one for each thread that sends, and a few.
CONNECTIONS = 72
#: Seconds to wait for a connection, and milliseconds after which a silent network is a broken one.
CONNECTING, SILENCE = 10, 20_000
#: What is told to the server with every connection; a URL may say otherwise.
PARAMETERS = {
    "connect_timeout": CONNECTING, "tcp_user_timeout": SILENCE, "keepalives_idle": 10, "keepalives_interval": 5,
    "keepalives_count": 3, "application_name": "notifier",
}  # fmt: skip
#: What says that the server is away and may come back, not that a statement is wrong; also a deadlock that we lost.
AWAY = (psycopg.OperationalError, psycopg.InterfaceError, errors.IdleInTransactionSessionTimeout)
#: Seconds for which a process that hangs in the middle of a transaction may keep what it locked, the bucket for one.
HANGING = 20
#: Milliseconds that a migration waits for those who use a table.
LOCKING = 20_000
#: What a copy of the tables does not have: the cluster, the timeline, which a recovery and a promotion raise, and the
#: table's own number, which a dump does not carry.
PLACE = """
SELECT {cluster} || ':' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || ':'
    || CAST(CAST(CAST('attempt' AS regclass) AS oid) AS TEXT) AS place
"""
#: Where a hoster keeps the cluster's number to himself, the rest has to do.
CLUSTER, MAY_ASK = "(pg_control_system()).system_identifier", "pg_control_system()"
RENUMBER = "SELECT setval(pg_get_serial_sequence('attempt', 'id'), GREATEST(MAX(id), 1)) FROM attempt"
#: Taken by whoever makes or changes tables; a number of our own.
MAKING = 7_001

#: A text in quotes, a remark, a cast, or a parameter.
_PARAMETER = re.compile(r"'[^']*'|--[^\n]*|::|:([a-z_]+)|%")
_LOADED = re.compile(r"INSERT INTO (\w+ \([^)]*\)) VALUES \{rows\}")
_TEXT = re.compile(r"\bTEXT\b")
#: What ends a user's name in a URL.
_PARTING = re.compile(r"[:/?#@]")


def translate(sql: str) -> str:
    """Return a statement with :name as psycopg writes it; nothing in quotes or in a remark is a parameter."""

    def one(found: re.Match[str]) -> str:
        if found[1]:
            return f"%({found[1]})s"
        return found[0].replace("%", "%%")

    return _PARAMETER.sub(one, sql)


def table(sql: str) -> str:
    """Return what makes a table or index: texts are compared byte by byte, whatever the server's language."""
    return _TEXT.sub('TEXT COLLATE "C"', worded(sql, WORDS))


@cache
def _translated(name: str) -> str:
    return translate(worded(statements()[name], WORDS))


class Transaction:
    """Runs named statements within one transaction."""

    def __init__(self, connection: Connection[dict[str, Any]]) -> None:
        """Keep the connection; the database opens and closes the transaction."""
        self._connection = connection

    def run(self, name: str, /, **values: Any) -> int:
        """Run a statement; return the rows it touched."""
        return self._connection.execute(_translated(name), values).rowcount

    def many(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run a statement for each row, without waiting for each answer."""
        with self._connection.cursor() as cursor:
            cursor.executemany(_translated(name), list(rows))

    def load(self, name: str, rows: Iterable[Sequence[Any]]) -> None:
        """Load rows of values by COPY."""
        where = _LOADED.fullmatch(statements()[name])
        if where is None:
            message = f"{name}: what is loaded is written as {{rows}} behind table and columns"
            raise ValueError(message)
        with self._connection.cursor() as cursor, cursor.copy(f"COPY {where[1]} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def place(self) -> str:
        """Return the cluster, its timeline and the table's own number: a restored dump, a recovery and a failover differ."""
        may = self._connection.execute("SELECT has_function_privilege(%s, 'EXECUTE') AS may", [MAY_ASK]).fetchone()
        row = self._connection.execute(PLACE.format(cluster=CLUSTER if may and may["may"] else "''")).fetchone()
        return str(row["place"]) if row else ""

    def renumber(self) -> None:
        """Let requests be numbered behind the highest number, which was given by hand."""
        self._connection.execute(RENUMBER)

    def all(self, name: str, /, **values: Any) -> list[Mapping[str, Any]]:
        """Return every row of a query."""
        return list(self._connection.execute(_translated(name), values).fetchall())

    def bulk(self, name: str, columns: Sequence[str], /, **values: Any) -> list[Sequence[Any]]:
        """Return these columns of every row of a query."""
        return [[row[column] for column in columns] for row in self.all(name, **values)]

    def column(self, name: str, /, **values: Any) -> list[Any]:
        """Return the one column of a query, row by row."""
        with self._connection.cursor(row_factory=scalar_row) as cursor:
            return cursor.execute(_translated(name), values).fetchall()

    def one(self, name: str, /, **values: Any) -> Mapping[str, Any] | None:
        """Return the first row of a query, or None."""
        return self._connection.execute(_translated(name), values).fetchone()

    def value(self, name: str, /, **values: Any) -> Any:
        """Return the first value of the first row, or None."""
        row = self.one(name, **values)
        return None if row is None else next(iter(row.values()))

    def lend(self, schema: str) -> Connection[dict[str, Any]]:
        """Return the connection for a library that writes within this transaction, into a schema of its own."""
        path = "SELECT set_config('search_path', %s || ', ' || current_setting('search_path'), true)"
        self._connection.execute(path, [schema])
        return self._connection

    def stage(self) -> None:
        """Make the tables that only this transaction sees."""
        self.unstage()
        # A plan waits for its source.
        self._connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        for sql in blocks("staging.sql").values():
            self._connection.execute(table(sql))

    def unstage(self) -> None:
        """Remove them."""
        for name in blocks("staging.sql"):
            self._connection.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")

    def look_at(self, *names: str) -> None:
        """Let the planner see tables that were just filled: it takes them for empty, and would read one for each row."""
        self._connection.execute(f"ANALYZE {', '.join(names)}")

    def unindex(self, name: str) -> None:
        """Remove an index of schema.sql, to make it again after a load in the same transaction."""
        self._connection.execute(f"DROP INDEX {name}")

    def index(self, name: str) -> bool:
        """Make an index of schema.sql again; return False, and make none, if its rows are not unique."""
        try:
            with self._connection.transaction():
                self._connection.execute(table(blocks("schema.sql")[name]))
        except errors.UniqueViolation:
            return False
        return True


def connect(url: str) -> Database:
    """Return the ledger at a URL, not looked at yet; InputError if it is none."""
    try:
        given = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.Error as error:
        # What comes behind it quotes the URL, or a part of it.
        raise _no_url(url, re.split('[":]', str(error))[0].strip()) from None
    # What a password is cut at stands in host and port then; the library would show it in every message.
    if "@" in str(given.get("host", "")) or not re.fullmatch(r"[0-9,]*", str(given.get("port", ""))):
        raise _no_url(url, "no host and port can be read in it")
    return Database(url)


def _no_url(url: str, why: str) -> InputError:
    return InputError(
        f"--ledger {without_password(url)}: write postgresql://USER:PASSWORD@HOST/DATABASE, and of a password "
        f"%2F for /, %3F for ?, %23 for #, %40 for @, %25 for %: {why}"
    )


@dataclass(frozen=True, slots=True)
class Database:
    """The ledger's tables in the schema that a URL leads to."""

    #: `postgresql://user:password@host/database`.
    url: str = field(repr=False)
    _made: list[bool] = field(default_factory=list)
    _pools: list[ConnectionPool[Connection[dict[str, Any]]]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Return the URL without its password."""
        return without_password(self.url)

    @property
    def shared(self) -> bool:
        """Return True."""
        return True

    def prepare(self, *, create: bool) -> None:
        """Check the schema, or make it; LedgerError if there is none, or it is of another version."""
        check_format(self.name, self._format(create=create))

    def migrate(self) -> Migrated:
        """Bring an older ledger up to date; whoever reads or writes it is waited for, a while."""
        found = self._format(create=False)
        if found >= SCHEMA:
            check_format(self.name, found)
            return Migrated(before=found)
        from notifier.ledger import migrating  # noqa: PLC0415 - Alembic takes half a second to come

        dialect = migrating.Dialect(
            name="postgresql+psycopg", ledger=self.name, connect=self._connect,
            begin=(f"SET LOCAL lock_timeout = {LOCKING}", f"SELECT pg_advisory_xact_lock({MAKING})"), worded=table,
        )  # fmt: skip
        return Migrated(before=migrating.upgrade(dialect, SCHEMA))

    def _connect(self) -> Connection[Any]:
        connection = psycopg.connect(self.url, **_parameters(self.url))
        _configure(connection)
        return connection

    def _format(self, *, create: bool) -> int:
        with self._guarded(), self._pool().connection() as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [MAKING])
            ours = connection.execute("SELECT to_regclass('about') AS found").fetchone()
            if ours is None or ours["found"] is None:
                if not create:
                    message = f"{self.name}: no ledger there yet; plan a campaign first, or name it with --ledger"
                    raise LedgerError(message)
                self._make(connection)
            return int(Transaction(connection).value("about_get", key="schema") or 0)

    def clock(self, machine: Callable[[], int]) -> Callable[[], int]:  # noqa: ARG002 - what other databases go by
        """Return the server's clock: machines that do not agree on the time agree on what a lease is."""
        return ServerClock(ask=self._now)

    def _now(self) -> int:
        with self._guarded(), self._pool().connection() as connection:
            row = connection.execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now").fetchone()
            return int(row["now"]) if row else 0

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Give a write transaction, rolled back if anything is raised; LedgerError if the database fails."""
        with self._guarded(), self._pool().connection() as connection:
            yield Transaction(connection)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Give a consistent view that holds up nobody."""
        with self._guarded(), self._pool().connection() as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield Transaction(connection)

    def beside(self, name: str, version: str, tables: str) -> str:
        """Return the name of a schema beside the ledger's with these tables, made where it is not there in that version.

        What was in it is lost then. LedgerError if the schema is not ours, or may not be made.
        """
        ours = f"notifier, {version}"
        with self._guarded(), self._pool().connection() as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [MAKING])
            sql = "SELECT current_schema() AS here"
            schema = f"{(connection.execute(sql).fetchone() or {})['here']}_{name}"
            sql = "SELECT obj_description(oid, 'pg_namespace') AS found FROM pg_namespace WHERE nspname = %s"
            row = connection.execute(sql, [schema]).fetchone()
            if row and not str(row["found"]).startswith("notifier, "):
                message = f"{self.name}: the schema {schema} is there and not ours; rename it, or use another database"
                raise LedgerError(message)
            if row is None or row["found"] != ours:
                quoted = Identifier(schema)
                connection.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(quoted))
                connection.execute(SQL("CREATE SCHEMA {}").format(quoted))
                connection.execute(SQL("COMMENT ON SCHEMA {} IS {}").format(quoted, Literal(ours)))
                connection.execute(SQL("SET LOCAL search_path = {}").format(quoted))
                connection.execute(tables)
            return schema

    def parameters(self, schema: str) -> dict[str, Any]:
        """Return what a connection for another library's tables, in a schema beside the ledger's, is opened with."""
        given = psycopg.conninfo.conninfo_to_dict(self.url).get("options", "")
        path = f'"{schema}"'.replace("\\", "\\\\").replace(" ", "\\ ")
        return _parameters(self.url) | {"options": f"{given} -c search_path={path}".strip()}

    def discard_if_new(self) -> None:
        """Close, and remove the tables that this run made."""
        if self._made:
            with self._guarded(), self._pool().connection() as connection:
                for name in tables():
                    connection.execute(f"DROP TABLE IF EXISTS {name}")
            self._made.clear()
        self.close()

    def close(self) -> None:
        """Close every connection."""
        while self._pools:
            self._pools.pop().close()

    def _pool(self) -> ConnectionPool[Connection[dict[str, Any]]]:
        if not self._pools:
            pool = ConnectionPool(
                self.url, kwargs=_parameters(self.url) | {"row_factory": dict_row}, configure=_configure, min_size=0,
                max_size=CONNECTIONS, timeout=CONNECTING, reconnect_timeout=CONNECTING, open=True,
            )  # fmt: skip
            self._pools.append(pool)
        return self._pools[0]

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            words = str(error).strip().partition("\n")[0] or type(error).__name__
            message = f"{self.name}: the ledger cannot be used: {words}; what was recorded before stays recorded"
            raise (LedgerLost if isinstance(error, AWAY) else LedgerError)(message) from error

    def _make(self, connection: Connection[dict[str, Any]]) -> None:
        for sql in blocks("schema.sql").values():
            connection.execute(table(sql))
        work = Transaction(connection)
        work.run("about_put", key="schema", value=str(SCHEMA))
        work.many("state_put", [{"number": state.value, "name": state.name.lower()} for state in State])
        self._made.append(True)


def without_password(url: str) -> str:
    """Return a URL as it may be shown, wherever a password ends that holds what parts a URL."""
    known, at, place = url.rpartition("@")
    scheme, sign, user = known.partition("://")
    place = place.partition("?")[0]
    return f"{scheme}{sign}{_PARTING.split(user)[0]}@{place}" if at else place


def _parameters(url: str) -> dict[str, Any]:
    given = psycopg.conninfo.conninfo_to_dict(url)
    return {name: value for name, value in PARAMETERS.items() if name not in given}


def _configure(connection: Connection[Any]) -> None:
    """Make every number one type, so that a statement is planned once, and every commit durable."""
    connection.adapters.register_dumper(int, Int8Dumper)
    connection.execute(f"SET idle_in_transaction_session_timeout = '{HANGING}s'")
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    )
    connection.commit()
