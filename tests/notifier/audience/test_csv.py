"""Tests of CSV as programs write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from notifier.audience import Fault, Holder, Source, read
from notifier.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from notifier.audience import Heading


def rows_of(path: Path, data: bytes) -> list[Holder | Fault]:
    path.write_bytes(data)
    return list(read(path))


@pytest.mark.parametrize(
    ("data", "delimiter"),
    [
        (b"account_id,email\na,a@example.org\n", ","),
        (b"account_id;email\r\na;a@example.org\r\n", ";"),
        (b"account_id\temail\na\ta@example.org", "\t"),
        (b"account_id,email\ra,a@example.org\r", ","),
        (b"\xef\xbb\xbfaccount_id;email\n\na;a@example.org\n\n", ";"),
        (b'"account_id";"email"\n"a";"a@example.org"\n', ";"),
    ],
)
def test_the_delimiter_and_the_line_ends_are_found(tmp_path: Path, data: bytes, delimiter: str) -> None:
    """Commas, Excel's semicolons, tabs; LF, CRLF, CR; with a byte order mark or blank lines; and it is said."""
    path, headings = tmp_path / "a.csv", list["Heading"]()
    path.write_bytes(data)
    rows = list(read(path, on_heading=headings.append))
    assert [("a", "a@example.org")] == [(row.account_id, row.email) for row in rows if isinstance(row, Holder)]
    assert (1, delimiter) == (len(rows), headings[0].delimiter)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused(tmp_path: Path, encoding: str) -> None:
    """The message says what it is and what to do."""
    with pytest.raises(InputError, match=r"UTF-16.*save the file as UTF-8"):
        rows_of(tmp_path / "a.csv", "account_id,email\na,a@example.org\n".encode(encoding))


def test_only_a_header_is_an_audience_of_nobody(tmp_path: Path) -> None:
    """No holder and no fault."""
    assert [] == rows_of(tmp_path / "a.csv", b"account_id,email\n")


@pytest.mark.parametrize("gap", [100, 65_536, 70_000, 131_072])
def test_rows_are_whole_wherever_a_piece_of_the_file_ends(tmp_path: Path, gap: int) -> None:
    """Line numbers and quoted rows go on over the pieces that are read at a time."""
    filler = b"".join(b"f%d,f%d@example.org,\n" % (number, number) for number in range(gap // 20))
    data = b"account_id,email,locale\n" + filler + b'q,"q@example.org\n",\n\xff,x@example.org,\nz,z@example.org,en\n'
    rows = rows_of(tmp_path / "a.csv", data)
    faults = [row for row in rows if isinstance(row, Fault)]
    holders = [row for row in rows if isinstance(row, Holder)]
    last = data.count(b"\n")
    assert [(last - 1, "not UTF-8 (byte 0xff at column 1)")] == [(row.line, row.reason) for row in faults]
    assert (gap // 20 + 2, ("z", last, "en")) == (
        len(holders), (holders[-1].account_id, holders[-1].line, holders[-1].locale),
    )  # fmt: skip


def test_columns_are_mapped(tmp_path: Path) -> None:
    """The operator says which column is which; the rest of them is told."""
    path, headings = tmp_path / "a.csv", list["Heading"]()
    path.write_text("id,mail,email\na,a@example.org,other\n")
    source = Source(location=str(path), columns={"account_id": "id", "email": "mail"})
    rows = list(read(source, on_heading=headings.append))
    assert [Holder(line=2, account_id="a", email="a@example.org")] == rows
    assert ("email",) == headings[0].unused


def test_a_mapped_column_must_be_there(tmp_path: Path) -> None:
    """The message names it."""
    path = tmp_path / "a.csv"
    path.write_text("account_id,email\n")
    with pytest.raises(InputError, match="no column mail, which --columns names"):
        list(read(Source(location=str(path), columns={"email": "mail"})))


@pytest.mark.parametrize(
    ("given", "kept", "flawed"),
    [
        ("жан@example.org", "жан@example.org", True),
        ("жан@пример.example.org", "жан@xn--e1afmkfd.example.org", True),
        ("a@MÜNCHEN.example.org", "a@xn--mnchen-3ya.example.org", False),
    ],
)
def test_letters_before_the_at_are_kept_and_said(tmp_path: Path, given: str, kept: str, flawed: bool) -> None:  # noqa: FBT001
    """SMTPUTF8 addresses are good and flagged; a domain alone becomes ASCII."""
    rows = rows_of(tmp_path / "a.csv", f"account_id,email\na,{given}\n".encode())
    assert [kept] == [row.email for row in rows if isinstance(row, Holder)]
    assert flawed == any(isinstance(row, Fault) and row.kept for row in rows)


def test_reasons_repeat_no_address(tmp_path: Path) -> None:
    """A shifted column puts addresses where tags are expected; what is printed and kept says so without them."""
    rows = rows_of(tmp_path / "a.csv", b"account_id,locale,country,email\na,x@example.org,y@example.org,\n")
    assert not [row for row in rows if isinstance(row, Fault) and "example" in row.reason]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04\x00\x00", "an Excel or ZIP file, and no text"),
        (b"\x1f\x8b\x08\x00", "a gzip file, and no text"),
        (b'[{"account_id": "a", "email": "a@example.org"}]', "JSON, and no CSV"),
        (b"a1,a@example.org\na2,b@example.org\n", "no column account_id (found: a1, …)"),
    ],
)
def test_what_is_no_table_is_said_and_nobody_named(tmp_path: Path, data: bytes, words: str) -> None:
    """One message with the way out; where the header is missing, the person in its place is not shown."""
    with pytest.raises(InputError) as caught:
        rows_of(tmp_path / "a.csv", data)
    assert words in str(caught.value)
    assert "example.org" not in str(caught.value)
