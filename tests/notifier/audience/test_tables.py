"""Tests of the readers of JSON Lines, Parquet and databases."""

from __future__ import annotations

import json
import sqlite3
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from notifier.audience import Fault, Holder, Source, parse, read
from notifier.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

QUERY = "SELECT id, mail FROM users ORDER BY id"
SECRET = "s3cr3t-pass"


def database(path: Path, count: int) -> str:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE users (id INTEGER, mail TEXT)")
        connection.executemany("INSERT INTO users VALUES (?, ?)", ((n, f"h{n}@example.org") for n in range(count)))
    connection.close()
    return f"sqlite:///{path}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            '{"account_id": "a", "email": "a@example.org", "email": "b@example.org"}',
            "the name email stands twice in it",
        ),
        ('{"account_id": "\\ud800", "email": "a@example.org"}', "account_id: holds a control character"),
        ('{"account_id": "a\\u0000b", "email": "a@example.org"}', "account_id: holds a control character"),
        ("[" * 100_000, "not a JSON object"),
    ],
)
def test_hostile_objects_cost_themselves(tmp_path: Path, text: str, reason: str) -> None:
    """A name twice, half a surrogate pair, NUL, endless depth: a fault with its line."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"account_id": "z", "email": "z@example.org"}\n' + text + "\n")
    (fault,) = [row for row in read(path) if isinstance(row, Fault)]
    assert (2, True) == (fault.line, fault.reason.startswith(reason))


def test_a_parquet_file_is_read_by_column(tmp_path: Path) -> None:
    """Typed values arrive as a CSV file would have them; a huge field and a bad row cost themselves."""
    from pyarrow import parquet, table  # noqa: PLC0415

    joined = datetime(2020, 5, 1, tzinfo=UTC)
    columns = {
        "account_id": [1, 2, 3],
        "email": ["a@example.org", "b@@example.org", "x" * 10_000_000],
        "joined_at": [joined, None, None],
        "webpush": [{"endpoint": "https://p.example.net/1", "keys": {"p256dh": "B", "auth": "a"}}, None, None],
    }
    parquet.write_table(table(columns), tmp_path / "a.parquet")
    rows = list(read(tmp_path / "a.parquet"))
    (holder,) = [row for row in rows if isinstance(row, Holder)]
    assert (1, "1", joined) == (holder.line, holder.account_id, holder.joined_at)
    assert "https://p.example.net/1" == json.loads(holder.webpush)["endpoint"]
    assert [2, 3] == [row.line for row in rows if isinstance(row, Fault)]


def test_what_is_no_parquet_is_refused(tmp_path: Path) -> None:
    """The message names the file."""
    (tmp_path / "a.parquet").write_text("account_id,email\n")
    with pytest.raises(InputError, match=r"a\.parquet: cannot be read as Parquet"):
        list(read(tmp_path / "a.parquet"))


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError, match=r"pip install 'policypress\["):
        list(read(Source(location="a.parquet", query=QUERY)))


def test_a_query_is_read_row_by_row(tmp_path: Path) -> None:
    """Its columns are mapped like any other's; rows are numbered over the portions fetched."""
    source = parse(database(tmp_path / "u.db", 4500), QUERY, "account_id=id,email=mail")
    rows = list(read(source))
    assert (4500, Holder(line=4500, account_id="4499", email="h4499@example.org")) == (len(rows), rows[-1])


def test_a_query_changes_nothing(tmp_path: Path) -> None:
    """What it did is rolled back, and it is refused."""
    url = database(tmp_path / "u.db", 3)
    with pytest.raises(InputError, match="returns no rows"):
        list(read(parse(url, "DELETE FROM users", "account_id=id,email=mail")))
    assert 3 == len(list(read(parse(url, QUERY, "account_id=id,email=mail"))))


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+psycopg://u:{SECRET}@127.0.0.1:1/db",
        f"nosuch+driver://u:{SECRET}@h/db",
        f"postgresql+psycopg://127.0.0.1:1/db?password={SECRET}",
        f"postgresql://u:{SECRET}@h:port/db",
    ],
)
def test_a_password_is_never_shown(url: str) -> None:
    """Neither by a failure to connect nor by a URL that is none, nor by the source itself."""
    source = parse(url, "SELECT 1")
    with pytest.raises(InputError) as caught:
        list(read(source))
    assert SECRET not in f"{caught.value} {source!r} {source.label}"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("sqlite:///u.db",), "needs --query"),
        (("a.csv", "SELECT 1"), "is a file"),
        (("a.csv", "", "id=account_id"), "write OURS=THEIRS"),
        (("a.csv", "", "email"), "write OURS=THEIRS"),
        (("a.csv", "", "email=a,email=b"), "write OURS=THEIRS"),
    ],
)
def test_options_that_do_not_belong_together_are_refused(options: tuple[str, ...], words: str) -> None:
    """The message says how to write them."""
    with pytest.raises(InputError, match=words):
        parse(*options)


def test_a_failing_query_says_why(tmp_path: Path) -> None:
    """The database's own words, and its name."""
    with pytest.raises(InputError, match=r"u\.db: the query failed: no such column: absent"):
        list(read(parse(database(tmp_path / "u.db", 1), "SELECT absent FROM users")))


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """A mistyped name costs a message and leaves no empty database."""
    with pytest.raises(InputError, match="no such file"):
        list(read(parse(f"sqlite:///{tmp_path}/absent.db", QUERY, "account_id=id,email=mail")))
    assert [] == list(tmp_path.iterdir())


def test_a_query_s_fields_are_as_hostile_as_any(tmp_path: Path) -> None:
    """10 MB, bytes, nothing and a header in an address cost their own rows."""
    rows = [
        ("a", "x" * 10_000_000),
        ("b", b"\xff\xfe"),
        ("c", None),
        ("d", "d@example.org\r\nBcc: x@example.org"),
        ("e", "e@example.org"),
    ]
    with sqlite3.connect(tmp_path / "u.db") as connection:
        connection.execute("CREATE TABLE users (id TEXT, mail TEXT)")
        connection.executemany("INSERT INTO users VALUES (?, ?)", rows)
    connection.close()
    found = list(read(parse(f"sqlite:///{tmp_path}/u.db", QUERY, "account_id=id,email=mail")))
    assert [1, 2, 4] == [one.line for one in found if isinstance(one, Fault)]
    assert [("c", ""), ("e", "e@example.org")] == [
        (one.account_id, one.email) for one in found if isinstance(one, Holder)
    ]
