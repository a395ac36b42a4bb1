"""A campaign whose messages were handed over, for tests of what comes after the sending."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notifier import campaign
from notifier.channels.protocol import Content, Kind
from notifier.ledger import figures
from notifier.ledger.book import Book
from notifier.ledger.records import Rules, State, Verdict
from notifier.tokens import NoticeId
from tests.notifier import raw
from tests.notifier.factory import make_bundle, write_audience

if TYPE_CHECKING:
    from collections.abc import Collection

    from notifier.ledger.database import Database

CONTENT = Content(kind=Kind.EMAIL, locale="en", direction="ltr", guardian=False, subject="s", text="t")
NAME = "privacy-policy/2026-12-01"
#: 2 December 2026, a day after publication.
NOW = 1_796_169_600_000
RULES = Rules(lease=60_000, reconcile=3_600_000, tries=2)
ROWS = (
    "a1,one@example.org,en,KZ,,,,,",
    "a2,two@example.org,en,KZ,,token2,,,",
    "a3,three@example.org,en,KZ,,,,,",
    "a4,Three@example.org,en,KZ,,,,,",
)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """The campaign, and the request its mail went out with."""

    database: Database
    campaign: int
    attempt: int

    def notice(self, holder: int) -> str:
        return str(NoticeId(campaign=self.campaign, holder=holder, channel=Kind.EMAIL.number))

    def event(self, holder: int, kind: str, number: int = 0, **fields: Any) -> dict[str, Any]:
        """Return an event as SendGrid writes it."""
        email = ROWS[holder - 1].split(",")[1]
        return {
            "email": email, "timestamp": NOW // 1000 + number, "event": kind, "sg_event_id": f"{kind}-{holder}-{number}",
            "sg_message_id": "m1.filter", "campaign": NAME, "notice": self.notice(holder), "attempt": str(self.attempt),
        } | fields  # fmt: skip

    def body(self, *events: dict[str, Any]) -> bytes:
        return json.dumps(events).encode()

    def state(self, holder: int, kind: Kind = Kind.EMAIL) -> State:
        return self.standing(holder, kind)[0]

    def standing(self, holder: int, kind: Kind = Kind.EMAIL) -> tuple[State, int]:
        """Return the state of a notice, and since when."""
        asked = f"WHERE campaign = {self.campaign} AND holder = {holder} AND channel = {kind.number}"
        ((state, at),) = raw.sql(self.database, f"SELECT state, at FROM notice {asked}")
        return State(state), at


def planned(
    database: Database, rows: Collection[str] = ROWS, *, reserve: bool = False, kinds: Collection[Kind] = tuple(Kind),
    **fields: Any,
) -> int:  # fmt: skip
    """Plan and return the number of the campaign."""
    request = campaign.Request(
        bundle=make_bundle(**fields), source=write_audience(Path("a.csv"), *rows), today=date(2026, 12, 1), chosen=False,
        kinds=set(kinds), rejects=Path("rejects.jsonl"), limits=campaign.Limits(reserve=reserve),
    )  # fmt: skip
    campaign.plan(database, request, RULES, datetime(2026, 12, 1, tzinfo=UTC))
    return figures.campaign(database, NAME).id


def sent(database: Database, outcome: State = State.ACCEPTED, **fields: Any) -> Sent:
    """Plan, and hand the mail over with one outcome for all."""
    number = planned(database, **fields)
    book = Book(database=database, rules=RULES)
    shard = book.claim(number, NOW, [Kind.EMAIL])
    assert shard is not None
    intent = book.intend(shard, CONTENT, "sendgrid", 1000, NOW)
    assert intent is not None
    if outcome is not State.ATTEMPTING:
        verdicts = [] if outcome is State.ACCEPTED else [
            Verdict(holder=holder, state=outcome, at=NOW, reason="no answer") for holder, _ in intent.copies
        ]  # fmt: skip
        book.record(shard, intent, verdicts, "m1", NOW)
        book.release(shard, NOW)
    return Sent(database=database, campaign=number, attempt=intent.attempt)
