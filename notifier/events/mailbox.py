"""Reports by mail out of a file, a mailbox, a folder or standard input, one after the other; understands none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from notifier.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

#: Bytes of one report; a longer one is cut: its fields stand at its beginning.
LARGEST = 4_000_000
_FROM = re.compile(rb"^>(>*From )")


def messages(path: Path) -> Iterator[bytes]:
    """Yield each message of a file (one message, or an mbox) or of a folder (a maildir, or files)."""
    if path.is_dir():
        for file in _files(path):
            yield from messages(file)
        return
    try:
        with path.open("rb") as stream:
            yield from read(stream)
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}; name a file, a maildir, or - for standard input"
        raise InputError(message) from error


def read(stream: BinaryIO) -> Iterator[bytes]:
    """Yield each message of a stream: an mbox (RFC 4155) begins with `From `, anything else is one message."""
    first = stream.readline(LARGEST)
    if not first.startswith(b"From "):
        rest = first + stream.read(LARGEST - len(first))
        if rest.strip():
            yield rest
        return
    lines: list[bytes] = []
    size, before = 0, b""
    for line in stream:
        if line.startswith(b"From ") and before in {b"\n", b"\r\n", b""}:
            yield b"".join(lines)
            lines, size = [], 0
        elif size < LARGEST:
            lines.append(_FROM.sub(rb"\1", line))
            size += len(line)
        before = line
    yield b"".join(lines)


def _files(folder: Path) -> list[Path]:
    # `tmp` of a maildir holds what is not whole yet.
    parts = [folder / "new", folder / "cur"]
    maildir = [part for part in parts if part.is_dir()]
    return sorted(file for part in maildir or [folder] for file in part.iterdir() if file.is_file())
