"""What providers reported, as it came and as it was understood, and what it made of the notices; parses no report."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from notifier.ledger.records import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from notifier.ledger.database import Database, Transaction
    from notifier.tokens import NoticeId

#: The lattice: an event lifts a notice to a state of a higher rank and never to a lower one, so the order in which
#: events come, and how often, makes no difference. What is not listed has rank 0: what we know without an event.
RANK: Mapping[State, int] = {State.ACCEPTED: 1, State.DELIVERED: 2, State.BOUNCED: 3, State.COMPLAINED: 4}
#: What is true of a notice whichever of its requests is meant; the others are true of their own request only, and say
#: nothing once a later one was made.
OF_THE_NOTICE = frozenset({State.DELIVERED, State.COMPLAINED})


class Source(StrEnum):
    """Where a report came from."""

    #: Its signed webhook.
    SENDGRID = "sendgrid"
    #: A report by mail (RFC 3464, RFC 5965).
    MAIL = "mail"


class Unreadable(ValueError):  # noqa: N818 - is recorded beside the report
    """A report of which nothing can be understood; the message says why, without personal data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A report as it came."""

    source: Source
    body: bytes
    #: Milliseconds since the epoch.
    received_at: int
    #: What the signature was made over besides the bytes; empty where there is none.
    signed_at: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event as a report tells it."""

    #: The provider's id of the event, else a digest of it.
    key: str
    #: The provider's word.
    kind: str
    #: Milliseconds since the epoch, by the provider's clock.
    at: int
    #: What it says of the notice; None: nothing that counts.
    state: State | None = None
    #: The address is dead.
    hard: bool = False
    #: The provider's words, without addresses.
    reason: str = ""
    #: The notice it is about; None if it is about none of ours.
    notice: NoticeId | None = None
    #: Name of its campaign as the event has it; empty: not said.
    campaign: str = ""
    #: The request it is about; 0: not said, then the last one.
    attempt: int = 0
    #: To whom, as the event has it; compared with ours, and not kept.
    address: str = ""
    #: Which one of the report it is.
    place: int = 0


@dataclass(slots=True, kw_only=True)
class Settled:
    """What became of reports."""

    reports: int = 0
    #: Events seen for the first time, and those that were known already.
    new: int = 0
    known: int = 0
    #: Events that are about no notice of this ledger.
    foreign: int = 0
    #: Notices lifted, by their new state.
    lifted: Counter[State] = field(default_factory=Counter)
    #: Pushes called up for those who were not reached by mail.
    called_up: int = 0
    #: Reports of which nothing could be understood.
    unreadable: int = 0

    def add(self, other: Settled) -> None:
        """Take the figures of another one in."""
        for name in ("reports", "new", "known", "foreign", "called_up", "unreadable"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.lifted.update(other.lifted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """One event as the provider wrote it, with the signature of the report it came in."""

    source: Source
    kind: str
    #: When it happened by the provider's clock, and when the report came; milliseconds since the epoch.
    at: int
    received_at: int
    state: State | None
    reason: str
    #: The event's own JSON, or the report by mail; empty once the report was purged.
    raw: str
    #: SHA-256 of the whole report, which holds other people's events too.
    report: str
    signed_at: str
    signature: str


def keep(database: Database, incoming: Iterable[Incoming]) -> None:
    """Store reports as they came, all in one transaction; one that came before is there already."""
    with database.transaction() as work:
        work.many("report_put", map(_row, incoming))


def waiting(database: Database) -> int:
    """Return how many reports are not settled yet."""
    with database.reading() as work:
        return int(work.value("count_waiting"))


def problems(database: Database, limit: int = 20) -> list[Mapping[str, Any]]:
    """Return the last reports of which nothing could be understood: id, source, received_at, problem."""
    with database.reading() as work:
        return work.all("list_problems", limit=limit)


def originals(work: Transaction, campaign: int, holder: int) -> list[Original]:
    """Return every event about a holder's notices as the provider wrote it, the earliest first."""
    found = []
    for row in work.all("events_of", campaign=campaign, holder=holder):
        report = work.one("report_get", id=row["report"])
        body = as_came(report) if report else b""
        found.append(
            Original(
                source=Source(row["source"]),
                kind=row["kind"],
                at=row["at"],
                received_at=report["received_at"] if report else row["at"],
                state=None if row["state"] is None else State(row["state"]),
                reason=row["reason"],
                raw=_one_of(Source(row["source"]), body, row["place"]) if body else "",
                report="sha256:" + report["digest"] if report else "",
                signed_at=report["signed_at"] if report else "",
                signature=report["signature"] if report else "",
            )
        )
    return found


def _one_of(source: Source, body: bytes, place: int) -> str:
    if source is Source.MAIL:
        return body.decode("utf-8", errors="replace")
    return json.dumps(json.loads(body)[place], ensure_ascii=False)


def _row(one: Incoming) -> dict[str, Any]:
    body = one.body.decode(errors="replace")
    # What is no text is kept byte for byte all the same; no database keeps a NUL in a text.
    plain = "\0" not in body and body.encode() == one.body
    return {
        "source": one.source.value, "received_at": one.received_at, "digest": sha256(one.body).hexdigest(),
        "encoding": "utf-8" if plain else "base64", "body": body if plain else b64encode(one.body).decode(),
        "signed_at": one.signed_at, "signature": one.signature,
    }  # fmt: skip


def as_came(row: Mapping[str, Any]) -> bytes:
    """Return the bytes of a report."""
    body: str = row["body"]
    return b64decode(body) if row["encoding"] == "base64" else body.encode()


def rises(before: State, since: int, state: State, at: int) -> bool:
    """Return whether an event moves a notice: to a higher rank, or to an earlier moment of the same one."""
    here, there = RANK.get(before, 0), RANK[state]
    return there > here or (there == here and at < since)
