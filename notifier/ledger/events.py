"""What providers reported, as it came and as it was understood, and what it made of the notices; parses no report."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from notifier.ledger import book
from notifier.ledger.records import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
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


def settle_next(
    database: Database, understand: Callable[[Source, bytes, int], Sequence[Happening]], now: int
) -> Settled | None:
    """Take the oldest report that waits and let it say what it has to say of the notices; None if none waits.

    `understand` raises Unreadable for what it cannot read: that is recorded, and the report stays.
    """
    with database.transaction() as work:
        row = work.one("report_next")
        if row is None:
            return None
        settled, problem = Settled(reports=1), None
        try:
            happenings = understand(Source(row["source"]), _bytes(row), row["received_at"])
        except Unreadable as error:
            happenings, problem, settled.unreadable = (), str(error), 1
        _settle(work, row, happenings, settled, now)
        if happenings and not settled.new:
            work.run("report_drop", id=row["id"])
        else:
            work.run("report_settled", id=row["id"], now=now, problem=problem)
        return settled


def originals(work: Transaction, campaign: int, holder: int) -> list[Original]:
    """Return every event about a holder's notices as the provider wrote it, the earliest first."""
    found = []
    for row in work.all("events_of", campaign=campaign, holder=holder):
        report = work.one("report_get", id=row["report"])
        body = _bytes(report) if report else b""
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


def _bytes(row: Mapping[str, Any]) -> bytes:
    body: str = row["body"]
    return b64decode(body) if row["encoding"] == "base64" else body.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """The notice a happening is about."""

    campaign: int
    holder: int
    channel: int
    shard: int
    #: The request the happening is about.
    attempt: int
    #: The digest that stands for its address; empty once addresses were purged.
    address: str


def _settle(
    work: Transaction, report: Mapping[str, Any], happenings: Sequence[Happening], settled: Settled, now: int
) -> None:
    names: dict[int, str | None] = {}
    found = [(one, _find(work, one, names)) for one in happenings]
    # In order, so that two who settle never wait for each other.
    for campaign, shard in sorted({(one.campaign, one.shard) for _, one in found if one}):
        work.run("shard_hold", campaign=campaign, shard=shard)
    bounced, emptied = set(), set()
    for one, about in found:
        if not _put(work, report, one, about):
            settled.known += 1
            continue
        settled.new += 1
        if about is None:
            settled.foreign += 1
            continue
        _note(work, one, about, now)
        before = _lift(work, one, about, min(one.at, report["received_at"]))
        if one.state is None or before is None:
            continue
        settled.lifted[one.state] += 1
        if one.state is State.BOUNCED:
            bounced.add((about.campaign, about.shard))
        if not before.final:
            emptied.add((about.campaign, about.shard))
    for campaign, shard in sorted(bounced):
        settled.called_up += book.escalate(work, campaign, shard, now)
    for campaign, shard in sorted(emptied):
        work.run(
            "shard_settled", campaign=campaign, shard=shard, planned=State.PLANNED, attempting=State.ATTEMPTING,
            unknown=State.UNKNOWN,
        )  # fmt: skip


def _find(work: Transaction, one: Happening, names: dict[int, str | None]) -> _Standing | None:
    """Return the notice a happening is about, if it is one of ours.

    Another ledger may write through the same account with the same numbers: name, request and address must agree.
    """
    if one.notice is None:
        return None
    number = one.notice.campaign
    if number not in names:
        names[number] = work.value("campaign_name", campaign=number)
    row = work.one("notice_standing", campaign=number, holder=one.notice.holder, channel=one.notice.channel)
    if row is None or names[number] is None or one.campaign not in {"", names[number]}:
        return None
    attempt = one.attempt or row["attempt"]
    if not attempt or attempt > row["attempt"]:
        return None
    if attempt != row["attempt"] and work.value("attempt_shard", campaign=number, attempt=attempt) != row["shard"]:
        return None
    ours = row["address"]
    if ours is not None and one.address and ours.casefold() != one.address.casefold():
        return None
    return _Standing(
        campaign=number, holder=one.notice.holder, channel=one.notice.channel, shard=row["shard"], attempt=attempt,
        address=book.digest(ours) if ours else "",
    )  # fmt: skip


def _put(work: Transaction, report: Mapping[str, Any], one: Happening, about: _Standing | None) -> bool:
    """Write an event down; return whether it is new."""
    put = work.run(
        "event_put", source=report["source"], key=one.key, report=report["id"], place=one.place, kind=one.kind,
        state=one.state, hard=int(one.hard), at=min(one.at, report["received_at"]), reason=one.reason,
        campaign=about.campaign if about else 0, holder=about.holder if about else 0,
        channel=about.channel if about else 0, attempt=about.attempt if about else 0,
    )  # fmt: skip
    return put > 0


def _note(work: Transaction, one: Happening, about: _Standing, now: int) -> None:
    """Write down why a notice did not arrive, and that nothing more goes to an address that is dead."""
    if one.state not in {State.BOUNCED, State.COMPLAINED}:
        return
    channel = about.channel
    work.run(
        "trail_put", campaign=about.campaign, holder=about.holder, channel=channel, attempt=about.attempt, now=now,
        state=one.state, reason=one.reason,
    )  # fmt: skip
    if one.hard and about.address:
        work.run("suppression_put", channel=channel, address=about.address, reason=one.reason, now=now)


def _lift(work: Transaction, one: Happening, about: _Standing, at: int) -> State | None:
    """Move a notice up the lattice; return the state it was in, None if it stays where it is."""
    if one.state is None:
        return None
    common: dict[str, Any] = {"campaign": about.campaign, "holder": about.holder, "channel": about.channel}
    while (row := work.one("notice_standing", **common)) is not None:
        before = State(row["state"])
        if one.state not in OF_THE_NOTICE and about.attempt < row["attempt"]:
            return None
        if not rises(before, row["at"], one.state, at):
            return None
        if work.run("lift", state=one.state, at=at, before=before, **common):
            work.run("lift_followers", state=one.state, at=at, before=before, **common)
            return before if before is not one.state else None
        # Whoever was quicker has moved it: look again.
    return None


def rises(before: State, since: int, state: State, at: int) -> bool:
    """Return whether an event moves a notice: to a higher rank, or to an earlier moment of the same one."""
    here, there = RANK.get(before, 0), RANK[state]
    return there > here or (there == here and at < since)
