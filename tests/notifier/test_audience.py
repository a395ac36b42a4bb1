"""Tests of the readers of account holders."""

from __future__ import annotations

import json
import tracemalloc
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from notifier.audience import Fault, Holder, read
from notifier.errors import InputError
from tests.notifier.factory import HEADER, write_audience

if TYPE_CHECKING:
    from pathlib import Path


def split(path: Path) -> tuple[list[Holder], list[Fault]]:
    rows = list(read(path))
    return [row for row in rows if isinstance(row, Holder)], [row for row in rows if isinstance(row, Fault)]


def test_a_row_becomes_a_holder(tmp_path: Path) -> None:
    """Every column arrives, checked and typed."""
    subscription = json.dumps({"endpoint": "https://push.example.net/1", "keys": {"p256dh": "B", "auth": "a"}})
    quoted = '"' + subscription.replace('"', '""') + '"'
    row = f"a1,k@example.org,kk-KZ,kz,Asia/Almaty,tok,{quoted},,2020-05-01T10:00:00+05:00"
    holders, faults = split(write_audience(tmp_path / "a.csv", row))
    assert [] == faults
    holder = Holder(
        line=2, account_id="a1", email="k@example.org", locale="kk-KZ", country="KZ", timezone="Asia/Almaty",
        fcm_token="tok", webpush=subscription, joined_at=datetime.fromisoformat("2020-05-01T10:00:00+05:00"),
    )  # fmt: skip
    assert [holder] == holders


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a1,x@example.org,en", "3 columns where the header has 9"),
        ("a1,not-an-address,en,KZ,,,,,", "malformed address"),
        (",x@example.org,en,KZ,,,,,", "no account_id"),
        ('a1,"x@example.org\r\nBcc: y@example.org",en,KZ,,,,,', "header injection"),
        ("a1,x@example.org\x00,en,KZ,,,,,", "control character"),
        ('a1,"x@example.org,en,KZ,,,,,', "a quote is opened and never closed"),
        ("a1," + "x" * 200_000 + "@example.org,en,KZ,,,,,", "longer than 131072 bytes"),
        ("x" * 300 + ",x@example.org,en,KZ,,,,,", "longer than 256 characters"),
        ("a1,child@example.org,en,KZ,,,,parent-at-example,", "guardian_email: malformed"),
    ],
)
def test_a_bad_row_costs_itself_only(tmp_path: Path, row: str, reason: str) -> None:
    """It is a fault with its line and its reason, and the rows around it are read."""
    path = tmp_path / "a.csv"
    path.write_bytes(f"{HEADER}\nb,b@example.org,,,,,,,\n{row}\nc,c@example.org,,,,,,,\n".encode())
    holders, faults = split(path)
    assert ["b", "c"] == [holder.account_id for holder in holders]
    assert [(3, False)] == [(fault.line, fault.kept) for fault in faults]
    assert reason in faults[0].reason


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("a1,two@@example.org,en,KZ,,tok,,,", "email"),
        ("a1,x@example.org,en,Kazakhstan,,,,,", "country"),
        ("a1,x@example.org,en,KZ,Mars/Olympus,,,,", "timezone"),
        ("a1,x@example.org,en,KZ,,,,,yesterday", "joined_at"),
        ("a1,x@example.org,???,KZ,,,,,", "locale"),
        ("a1,x@example.org,en,KZ,,,{},,", "webpush"),
    ],
)
def test_a_flaw_does_not_cost_the_notice(tmp_path: Path, row: str, field: str) -> None:
    """Whoever can still be reached is kept, and the flaw is recorded."""
    holders, faults = split(write_audience(tmp_path / "a.csv", row))
    assert ["a1"] == [holder.account_id for holder in holders]
    assert [(True, True)] == [(fault.kept, fault.reason.startswith(f"{field}:")) for fault in faults]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ('"""a b""@example.org"', '"a b"@example.org'),
        ("x@пример.example.org", "x@xn--e1afmkfd.example.org"),
        ("USER@EXAMPLE.ORG", "USER@example.org"),
        ("a+b@example.org", "a+b@example.org"),
    ],
)
def test_unusual_addresses_are_good(tmp_path: Path, given: str, kept: str) -> None:
    """Quoted local parts, international domains and capitals are addresses."""
    holders, _ = split(write_audience(tmp_path / "a.csv", f"a1,{given},,,,,,,"))
    assert [kept] == [holder.email for holder in holders]


def test_encoding_faults_stay_in_their_row(tmp_path: Path) -> None:
    """A byte order mark is passed over; a row that is not UTF-8 is a fault."""
    path = tmp_path / "a.csv"
    path.write_bytes(
        b"\xef\xbb\xbfaccount_id,email\r\na,a@example.org\r\n\xff\xfe,b@example.org\r\nc,c@example.org\r\n"
    )
    holders, faults = split(path)
    assert ["a", "c"] == [holder.account_id for holder in holders]
    assert ["not UTF-8 (byte 0xff at column 1)"] == [fault.reason for fault in faults]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("id,email", "no column account_id"),
        ("account_id,name", "no contact"),
        ("account_id|email", "no column account_id"),
        ("account_id,email,email", "stands twice"),
        ("", "no column account_id"),
    ],
)
def test_a_file_that_is_no_audience_is_refused(tmp_path: Path, header: str, words: str) -> None:
    """It is refused as a whole, naming the file, the line and the way out."""
    path = tmp_path / "a.csv"
    path.write_text(header + "\n1,a@example.org\n")
    with pytest.raises(InputError, match=words) as caught:
        list(read(path))
    assert f"{path}:1" in str(caught.value)


def test_json_lines_are_read_alike(tmp_path: Path) -> None:
    """One object a line gives the same holders; what is none is a fault."""
    path = tmp_path / "a.jsonl"
    row = {"account_id": "a", "email": "a@example.org", "joined_at": "2020-01-01", "extra": 1}
    path.write_text(json.dumps(row) + '\nnot json\n[1]\n{"account_id": "b", "email": "a\\r\\nBcc: b@example.org"}\n')
    unused: list[str] = []
    rows = list(read(path, on_heading=lambda heading: unused.extend(heading.unused)))
    holders = [row for row in rows if isinstance(row, Holder)]
    assert [Holder(line=1, account_id="a", email="a@example.org", joined_at=date(2020, 1, 1))] == holders
    assert [2, 3, 4] == [row.line for row in rows if isinstance(row, Fault)]
    assert ["extra"] == unused


def test_a_time_without_a_zone_is_utc(tmp_path: Path) -> None:
    """Every time in the house is aware."""
    holders, _ = split(write_audience(tmp_path / "a.csv", "a,a@example.org,,,,,,,2020-01-01T10:00:00"))
    assert [datetime(2020, 1, 1, 10, tzinfo=UTC)] == [holder.joined_at for holder in holders]


@pytest.mark.parametrize("count", [4_000, 40_000])
def test_memory_stays_flat(tmp_path: Path, count: int) -> None:
    """A 10 MB row and any number of others are read in less than 4 MB."""
    path = tmp_path / "a.csv"
    with path.open("w") as stream:
        stream.write("account_id,email\n")
        stream.write("x" * 10_000_000 + "\n")
        stream.writelines(f"a{number},h{number}@example.org\n" for number in range(count))
    tracemalloc.start()
    found = sum(1 for _ in read(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count + 1 == found
    assert peak < 4_000_000
