"""Tests of bringing a ledger of an older format up to date, in both databases."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from notifier import promise
from notifier.cli import run
from notifier.errors import LedgerError
from notifier.ledger import migrate, migrating, open_ledger, postgres, sqlite
from notifier.ledger.database import SCHEMA
from notifier.ledger.records import State
from notifier.ledger.statements import worded
from tests.notifier.factory import make_bundle
from tests.notifier.postgres import rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.notifier.postgres import Server

CASES = Path(__file__).parents[2] / "cases" / "ledger"
FORMATS = range(1, SCHEMA)
NAME = "privacy-policy/2026-12-01"

#: Every column of a table but those of the queue and of PostgreSQL itself.
COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity, collation_name
FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2
"""
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
CONSTRAINTS = """
SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2
"""


def execute(url: str, statements: list[str]) -> None:
    """Run statements of a test in one transaction."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
            for sql in statements:
                connection.execute(sql)
        return
    with psycopg.connect(url) as connection:
        for sql in statements:
            connection.execute(sql)  # type: ignore[call-overload]


def select(url: str, sql: str) -> list[tuple[Any, ...]]:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            return connection.execute(sql).fetchall()
    return rows(url, sql)


def older(url: str, number: int) -> None:
    """Make a ledger as that format had it, with a campaign of which one holder in three was told."""
    text = (CASES / f"format-{number}.sql").read_text(encoding="utf-8")
    words = (lambda sql: worded(sql, sqlite.WORDS)) if url.startswith("sqlite") else postgres.table
    tables = [words(sql) for sql in re.split(r"^-- [a-z_]+ --$", text, flags=re.MULTILINE)[1:]]
    bundle = make_bundle()
    told = promise.of(bundle, "KZ")
    shard: dict[str, Any] = {
        "campaign": 1,
        "id": 1,
        "channel": 1,
        "locale": "en",
        "guardian": 0,
        "ready_at": 0,
        "epoch": 3,
    }
    if number > 1:
        shard |= {"deadline": told.deadline}
    notice = {"campaign": 1, "channel": 1, "shard": 1, "leader": 0, "at": 1, "tries": 0, "failures": 0}
    campaign = {
        "name": NAME, "bundle": bundle.dump(), "digest": "d", "audience": "a.csv", "planned_at": 0, "as_of": "2026-12-01",
        "first_day": "2026-12-01", "last_day": str(told.last_day), "deadline": told.deadline, "lead_days": 30,
    }  # fmt: skip
    attempt = {
        "campaign": 1,
        "shard": 1,
        "epoch": 3,
        "provider": "outbox",
        "content": "c",
        "copies": 1,
        "started_at": 1,
    }
    made = [
        insert("about", key="schema", value=number),
        *(insert("state", number=state.value, name=state.name.lower()) for state in State),
        insert("campaign", **campaign), insert("shard", **shard), insert("attempt", **attempt),
        insert("fault", campaign=1, line=9, account="x", reason="no address", kept=0),
    ]  # fmt: skip
    if number > 1:
        made.append(
            insert("answer", release=NAME, account="a1", answer="yes", guardian=0, via="page", locale="en", digest="d",
                   at=1, form="1.a.b")
        )  # fmt: skip
    for n in (1, 2, 3):
        state, last = (State.ACCEPTED, 1) if n == 1 else (State.PLANNED, 0)
        made += [
            insert("holder", campaign=1, id=n, account=f"a{n}", line=n, country="KZ", locale="en", rule="own"),
            insert("contact", campaign=1, holder=n, channel=1, address=f"holder{n}@example.org", guardian=0),
            insert("notice", holder=n, state=state.value, attempt=last, **notice),
        ]
    execute(url, [*tables, *made])


def insert(table: str, **values: Any) -> str:
    """Return the statement that puts a row into a table."""
    texts = ", ".join("'" + str(value).replace("'", "''") + "'" for value in values.values())
    return f"INSERT INTO {table} ({', '.join(values)}) VALUES ({texts})"


def shape(url: str) -> dict[str, Any]:
    """Return what a ledger's tables and indexes are, whatever the order of the columns, and its fixed rows."""
    fixed = [select(url, "SELECT * FROM about ORDER BY 1"), select(url, "SELECT * FROM state ORDER BY 1")]
    if not url.startswith("sqlite"):
        return {
            "columns": rows(url, COLUMNS),
            "indexes": rows(url, INDEXES),
            "keys": rows(url, CONSTRAINTS),
            "fixed": fixed,
        }
    names = [row[0] for row in select(url, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
    tables = {}
    for name in names:
        columns = sorted(row[1:] for row in select(url, f"PRAGMA table_xinfo({name})"))
        (kind,) = select(url, f"SELECT type, wr, strict FROM pragma_table_list WHERE name = '{name}'")
        sql = str(select(url, f"SELECT sql FROM sqlite_schema WHERE name = '{name}'"))
        tables[name] = (columns, kind, "AUTOINCREMENT" in sql)
    query = "SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'index' ORDER BY name"
    indexes = [
        (name, table, re.sub(r"--[^\n]*|\s+", " ", sql or "").strip()) for name, table, sql in select(url, query)
    ]
    return {"tables": tables, "indexes": indexes, "fixed": fixed}


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a ledger can be made that has a whole database: shapes are compared as the server writes them down."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/test.db"
    server: Server = request.getfixturevalue("postgres")
    return server.fresh()


@pytest.fixture
def another(ledger_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Where a second ledger can be made in the same database."""
    if ledger_url.startswith("sqlite"):
        return f"sqlite:///{tmp_path}/another.db"
    server: Server = request.getfixturevalue("postgres")
    return server.fresh()


@pytest.mark.parametrize("number", FORMATS)
def test_a_migrated_ledger_is_as_a_new_one(ledger_url: str, another: str, number: int) -> None:
    """Table by table: columns, types, defaults, keys, indexes, the numbers of states, and the format."""
    open_ledger(another, create=True).close()
    older(ledger_url, number)
    assert number == migrate(ledger_url).before
    assert shape(another) == shape(ledger_url)


@pytest.mark.parametrize("number", FORMATS)
def test_a_campaign_goes_on_after_a_migration(
    ledger_url: str, number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who was told stays told, who was not is told, and nothing of the record is lost."""
    older(ledger_url, number)
    monkeypatch.setenv("NOTIFIER_LEDGER", ledger_url)
    assert 1 == run(["send", NAME])
    assert "`notifier migrate` brings it up to date" in capsys.readouterr().err
    assert 0 == run(["migrate"])
    assert f"Brought from format {number} to {SCHEMA}." in capsys.readouterr().out
    assert 0 == run(["send", NAME, "--json"])
    assert {"accepted": 3} == json.loads(capsys.readouterr().out)["states"]
    messages = sorted(Path("outbox").rglob("*.eml"))
    assert 2 == len(messages)
    assert [(9, "x")] == select(ledger_url, "SELECT line, account FROM fault")
    kept = [("a1", "yes", "", "1.a.b")] if number > 1 else []
    assert kept == select(ledger_url, "SELECT account, answer, question, form FROM answer")


def test_a_ledger_up_to_date_is_left_alone(
    ledger_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`migrate` twice says that there is nothing to do, and copies nothing."""
    open_ledger(ledger_url, create=True).close()
    before = shape(ledger_url)
    monkeypatch.setenv("NOTIFIER_LEDGER", ledger_url)
    assert 0 == run(["migrate"])
    assert f"Nothing to do: the ledger is of format {SCHEMA}.\n" == capsys.readouterr().out
    assert before == shape(ledger_url)
    assert [] == list(Path().glob("*.format-*"))


def test_what_cannot_be_migrated_is_said(
    ledger_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A newer ledger, and none at all, are one message each."""
    monkeypatch.setenv("NOTIFIER_LEDGER", ledger_url)
    assert 1 == run(["migrate"])
    assert re.search("no such ledger|no ledger there yet", capsys.readouterr().err)
    open_ledger(ledger_url, create=True).close()
    execute(ledger_url, ["UPDATE about SET value = '99' WHERE key = 'schema'"])
    assert 1 == run(["migrate"])
    assert "written by a newer version (ledger format 99" in capsys.readouterr().err


def test_a_migration_that_fails_changes_nothing(ledger_url: str) -> None:
    """Its last statement fails: the ledger is what it was, and the message says so."""
    older(ledger_url, 1)
    execute(ledger_url, ["CREATE TABLE subscription (strange TEXT)"])
    before = shape(ledger_url)
    with pytest.raises(LedgerError, match=r"cannot be brought up to date: .*subscription.*; nothing was changed"):
        migrate(ledger_url)
    assert before == shape(ledger_url)
    assert [(1, 3)] == select(ledger_url, "SELECT id, epoch FROM shard")


def test_who_opens_a_file_that_another_is_writing_in_the_old_way_waits(tmp_path: Path) -> None:
    """A file without a log to write ahead is changed to one with it; SQLite itself would refuse that at once."""
    url = f"sqlite:///{tmp_path}/one.db"
    open_ledger(url, create=True).close()
    other = sqlite3.connect(tmp_path / "one.db", isolation_level=None, check_same_thread=False)
    other.execute("PRAGMA journal_mode = DELETE")
    other.execute("BEGIN IMMEDIATE")
    ending = threading.Timer(0.3, other.commit)
    ending.start()
    database = open_ledger(url)
    ending.join()
    assert [("wal",)] == select(url, "PRAGMA journal_mode")
    database.close()
    other.close()


def test_two_who_migrate_at_once_do_it_once(ledger_url: str) -> None:
    """The second waits for the first, finds the work done, and fails at nothing."""
    older(ledger_url, 1)
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(migrate(ledger_url).before)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [1, SCHEMA] == sorted(found)


def test_a_sqlite_ledger_is_kept_as_it_was(tmp_path: Path) -> None:
    """The copy is whole and of the old format; one that is there already is never written over."""
    url = f"sqlite:///{tmp_path}/test.db"
    older(url, 1)
    before = shape(url)
    done = migrate(url)
    assert f"{tmp_path}/test.db.format-1" == done.kept
    assert before == shape(f"sqlite:///{done.kept}")
    (tmp_path / "test.db").unlink()
    older(url, 1)
    with pytest.raises(LedgerError, match=r"test\.db\.format-1: a copy made by an earlier try; move it away"):
        migrate(url)
    assert before == shape(url)


def test_a_copy_that_cannot_be_made_stops_the_migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No half of a copy stays, and the ledger is what it was."""
    url = f"sqlite:///{tmp_path}/test.db"
    older(url, 1)
    before = shape(url)
    real: Callable[..., sqlite3.Connection] = sqlite3.connect
    target = str(tmp_path / "nowhere" / "x")
    monkeypatch.setattr(
        sqlite3, "connect", lambda path, **more: real(target if str(path).endswith(".part") else path, **more)
    )
    with pytest.raises(LedgerError, match=r"the copy could not be made: .*; nothing was changed"):
        migrate(url)
    monkeypatch.undo()
    assert ["test.db"] == [path.name for path in tmp_path.iterdir() if ".format" in path.name or path.name == "test.db"]
    assert before == shape(url)


def test_migrations_lead_to_the_format_of_the_tables() -> None:
    """Whoever changes schema.sql writes a migration, and every format before stays a case of the tests."""
    assert SCHEMA == migrating.newest()
    assert [f"format-{number}.sql" for number in FORMATS] == sorted(path.name for path in CASES.iterdir())
