"""A text file as batches of lines in flat memory; knows no columns."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from notifier.audience.fields import LONGEST_ROW
from notifier.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

#: Bytes read at a time; bounds the memory of a reader.
CHUNK = 1 << 16
#: Bytes of a line of which nothing more than this is kept for the record.
_KEPT = 500
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: Beginnings of files that are often taken for a table.
_PACKED = {b"PK\x03\x04": "an Excel or ZIP file", b"\xd0\xcf\x11\xe0": "an old Excel file", b"\x1f\x8b": "a gzip file"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Some lines, one after the other."""

    #: Number of the first, from 1.
    first: int
    texts: list[str]
    #: By index what is wrong with a line: not UTF-8, or too long; then its text is only a part of it.
    problems: Mapping[int, str] = field(default_factory=dict)
    #: A quotation mark is in one of them.
    quoted: bool = True


def batches(stream: BinaryIO, path: Path) -> Iterator[Lines]:
    """Yield the lines of a file without their ends, in batches; no line is held that is longer than a row may be.

    Lines end with LF or CRLF, or with CR where the file's first piece has no LF. InputError if it is UTF-16, or no text.
    """
    data = stream.read(CHUNK)
    _refuse_other(data, path)
    data = data.removeprefix(codecs.BOM_UTF8)
    end = b"\r" if b"\r" in data and b"\n" not in data else b"\n"
    number, rest = 1, b""
    while data:
        whole, mark, rest = (rest + data).rpartition(end)
        if mark:
            batch = _decode(whole, end, number)
            number += len(batch.texts)
            yield batch
        if len(rest) > LONGEST_ROW:
            yield Lines(first=number, texts=[_lenient(rest[:_KEPT])], problems={0: f"longer than {LONGEST_ROW} bytes"})
            number += 1
            rest = _skip(stream, end)
        data = stream.read(CHUNK)
    if rest:
        yield _decode(rest, end, number)


def _skip(stream: BinaryIO, end: bytes) -> bytes:
    """Read on to the end of the line and return what was read beyond it."""
    while data := stream.read(CHUNK):
        _, mark, rest = data.partition(end)
        if mark:
            return rest
    return b""


def _decode(whole: bytes, end: bytes, first: int) -> Lines:
    try:
        texts = whole.decode().replace("\r\n", "\n").split(end.decode())
    except UnicodeDecodeError:
        return _decode_each(whole.replace(b"\r\n", b"\n").split(end), first)
    if len(whole) > LONGEST_ROW and max(map(len, texts)) > LONGEST_ROW // 4:
        return _decode_each(whole.replace(b"\r\n", b"\n").split(end), first)
    texts[-1] = texts[-1].removesuffix("\r")
    return Lines(first=first, texts=texts, quoted=b'"' in whole)


def _decode_each(raws: list[bytes], first: int) -> Lines:
    texts, problems = [], {}
    for index, raw in enumerate(raws):
        try:
            texts.append(raw.removesuffix(b"\r").decode())
        except UnicodeDecodeError as error:
            problems[index] = f"not UTF-8 (byte {raw[error.start]:#04x} at column {error.start + 1})"
            texts.append(_lenient(raw))
        if len(raw) > LONGEST_ROW:
            problems[index] = f"longer than {LONGEST_ROW} bytes"
            texts[-1] = texts[-1][:_KEPT]
    return Lines(first=first, texts=texts, problems=problems)


def _lenient(raw: bytes) -> str:
    return raw.decode(errors="replace")


def _refuse_other(start: bytes, path: Path) -> None:
    packed = next((what for mark, what in _PACKED.items() if start.startswith(mark)), None)
    if packed:
        message = f"{path}: {packed}, and no text; write the account holders as UTF-8 CSV, JSON Lines or Parquet"
        raise InputError(message)
    marked = start.startswith(_WIDE)
    # Without a mark: every second byte of Latin text is NUL.
    if marked or (start[:64].count(0) >= len(start[:64]) // 3 and 0 in start[:64]):
        message = f"{path}:1: UTF-16 text (or none at all); save the file as UTF-8"
        raise InputError(message)
