"""What was about to be sent, told to a file apart from the ledger: by it an older copy of the ledger is recognised.

One line a request, on the disk before the request is made. Addresses stand in it as keyed digests, and the key is in
the ledger: without the ledger the file says nothing of anybody. Knows no ledger.
"""

from __future__ import annotations

import fcntl
import json
import os
from base64 import b64decode, b64encode
from collections import deque
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from notifier.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

#: Bytes of a mark: two of six hundred million are alike once in a hundred times.
SIZE = 8
#: Lines at the end that are held against the ledger: more than threads of one machine can have under way.
TAIL = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request that was about to be made."""

    #: Of which ledger.
    ledger: str
    attempt: int
    #: Name of the campaign.
    campaign: str
    shard: int
    epoch: int
    provider: str
    #: Digest of what was sent.
    content: str
    #: Number of the kind.
    channel: int
    #: Milliseconds since the epoch.
    at: int
    #: Of the addresses, hexadecimal.
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """The file of one ledger."""

    path: Path
    #: Id of the ledger, and the key of its marks.
    ledger: str
    key: bytes = field(repr=False)

    def mark(self, channel: int, address: str) -> str:
        """Return what stands for an address in the file."""
        return mark(self.key, channel, address)

    def note(self, entry: Entry) -> None:
        """Add a request and wait until the disk has it; LedgerError if that cannot be done: it must not be made then."""
        self._append(_line(entry))

    def begin(self) -> None:
        """Make the file where there is none."""
        self._append(b"")

    def entries(self) -> Iterator[Entry]:
        """Yield the requests of this ledger in their order; a last line that was cut short was never sent."""
        try:
            with self.path.open("rb") as lines:
                for line in lines:
                    found = _read(line)
                    if found is not None and found.ledger == self.ledger:
                        yield found
        except FileNotFoundError:
            return
        except OSError as error:
            raise LedgerError(self._cannot("read", error)) from error

    def tail(self) -> Iterable[Entry]:
        """Return the last requests of this ledger."""
        return deque(self.entries(), TAIL)

    def forget(self, campaign: str) -> None:
        """Take the marks of a campaign out, whose addresses the ledger has no more; its requests stay known."""
        aside = self.path.with_name(f".{self.path.name}.part")
        try:
            with self._locked() as file, os.fdopen(os.dup(file), "rb") as lines, _private(aside) as new:
                lines.seek(0)
                for line in lines:
                    found = _read(line)
                    ours = found is not None and (found.ledger, found.campaign) == (self.ledger, campaign)
                    new.write(_line(replace(found, marks=())) if found is not None and ours else line)
                new.flush()
                os.fsync(new.fileno())
                aside.replace(self.path)
        except OSError as error:
            raise LedgerError(self._cannot("written", error)) from error

    def _append(self, line: bytes) -> None:
        try:
            with self._locked() as file:
                size = os.fstat(file).st_size
                if line and size and os.pread(file, 1, size - 1) != b"\n":
                    # A line that was cut short stays by itself, so that this one can be read.
                    line = b"\n" + line
                if os.write(file, line) != len(line):
                    message = f"{self.path}: the witness could not be written whole; make room, then send again"
                    raise LedgerError(message)
                os.fsync(file)
        except OSError as error:
            raise LedgerError(self._cannot("written", error)) from error

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """Give the file, made where there is none, to one at a time; one that took another's place is opened anew."""
        while True:
            # The mode counts for a new file alone.
            file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                if os.fstat(file).st_ino == self._there():
                    yield file
                    return
            finally:
                os.close(file)

    def _there(self) -> int:
        try:
            return self.path.stat().st_ino
        except FileNotFoundError:
            return 0

    def _cannot(self, what: str, error: OSError) -> str:
        return (
            f"{self.path}: the witness cannot be {what}: {error.strerror}; nothing goes out without it. "
            "Make room or mend its rights, or name another file with NOTIFIER_WITNESS"
        )


def mark(key: bytes, channel: int, address: str) -> str:
    """Return what stands for an address; the same whatever the case of its letters, as mailboxes have it."""
    return blake2b(f"{channel}:{address.lower()}".encode(), key=key, digest_size=SIZE).hexdigest()


def _line(entry: Entry) -> bytes:
    packed = b64encode(bytes.fromhex("".join(entry.marks))).decode()
    return (json.dumps(asdict(entry) | {"marks": packed}, separators=(",", ":")) + "\n").encode()


def _private(path: Path) -> BinaryIO:
    """Return a new file that nobody else can read."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")


def _read(line: bytes) -> Entry | None:
    try:
        values = json.loads(line)
        packed = b64decode(values["marks"], validate=True).hex()
        marks = tuple(packed[at : at + 2 * SIZE] for at in range(0, len(packed), 2 * SIZE))
        return Entry(**(values | {"marks": marks}))
    except (ValueError, TypeError, KeyError):
        return None
