"""What the ledger hands out and takes in, as frozen records; knows no SQL."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from notifier.tokens import NoticeId

if TYPE_CHECKING:
    from datetime import date

    from notifier.channels.protocol import Kind


class State(IntEnum):
    """Where a notice stands. The numbers are the ledger's and never change their meaning."""

    #: To be sent, not before its time.
    PLANNED = 0
    #: Its intent is written; the request may be under way.
    ATTEMPTING = 1
    #: The request may have been carried out, nobody knows.
    UNKNOWN = 2
    #: The provider took it over: the end of the sending, not yet a delivery.
    ACCEPTED = 3
    #: An event said it arrived.
    DELIVERED = 4
    #: An event said it never will.
    BOUNCED = 5
    #: The holder marked it as unwanted.
    COMPLAINED = 6
    #: Not sent, by a decision of ours that has a reason.
    SUPPRESSED = 7
    #: Never can be sent to this address.
    INVALID = 8
    #: The release took effect, or was withdrawn, before it was sent.
    EXPIRED = 9

    @property
    def final(self) -> bool:
        """Return whether the sending loop has nothing more to do for it."""
        return self >= State.ACCEPTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """What is written alike: one content serves all of it."""

    kind: Kind
    locale: str
    guardian: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A planned campaign as the ledger has it."""

    #: Number in this ledger.
    id: int
    #: `document/release`.
    name: str
    #: The bundle as planned, JSON.
    bundle: str
    digest: str
    audience: str
    #: The day calendar decisions were made for, where one was chosen.
    as_of: date | None
    #: Nothing goes out before.
    first_day: date
    #: The last day that keeps the lead time everywhere.
    last_day: date
    #: The end of that day, milliseconds since the epoch.
    deadline: int
    #: Days promised between the last notice and the effective date.
    lead_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """A claimed shard; its epoch must stand in every write."""

    campaign: int
    id: int
    lane: Lane
    epoch: int

    def notice(self, holder: int) -> NoticeId:
        """Return the id of a holder's notice in this shard."""
        return NoticeId(campaign=self.campaign, holder=holder, channel=self.lane.kind.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A request whose intent is committed and which may now be made."""

    attempt: int
    #: (number of the holder, address) of each copy.
    copies: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to be written of one copy that was not simply accepted."""

    holder: int
    state: State
    #: When to try again for PLANNED, else when it became so; milliseconds.
    at: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How long the loop may hold and how it treats what it does not know; milliseconds."""

    lease: int
    #: In which a provider's event may still settle an unknown outcome.
    reconcile: int
    #: Requests of unknown outcome after which a notice is left alone; 0 never resends.
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneCount:
    """Notices of one lane in one state."""

    lane: Lane
    state: State
    #: Share another account's message instead of having their own.
    follows: bool
    notices: int
