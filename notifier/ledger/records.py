"""What the ledger hands out and takes in, as frozen records; knows no SQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from notifier.tokens import NoticeId

if TYPE_CHECKING:
    from collections.abc import Mapping
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
    #: A push that goes out only if the holder's address turns out to be refused.
    RESERVED = 10

    @property
    def final(self) -> bool:
        """Return whether the sending loop has nothing more to do for it."""
        return self >= State.ACCEPTED


class Standing(IntEnum):
    """What the operator ordered of a campaign; the numbers are the ledger's."""

    RUNNING = 0
    #: Nothing is sent until it is resumed; what is under way is recorded.
    PAUSED = 1
    #: Nothing is ever sent again.
    CANCELLED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What holds for a campaign at this moment; read anew before each request."""

    standing: Standing
    #: Milliseconds since the epoch; nothing goes out before.
    not_before: int
    #: What is planned still expires then; 0: never.
    not_after: int

    def over(self, now: int) -> tuple[State, str] | None:
        """Return what becomes of notices that were not sent yet, and why, if the sending is over."""
        if self.standing is Standing.CANCELLED:
            return State.SUPPRESSED, "the campaign was cancelled"
        if self.not_after and now >= self.not_after:
            return State.EXPIRED, "it was not sent before the campaign's last moment"
        return None

    def goes(self, now: int) -> bool:
        """Return whether requests may be made now."""
        return self.standing is Standing.RUNNING and self.not_before <= now and not self.over(now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """What is written alike: one content serves all of it."""

    kind: Kind
    locale: str
    guardian: bool = False
    #: A short notice to those who were told before: the date moved, or the release was withdrawn.
    news: bool = False


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
    #: The last day that keeps the lead time everywhere: for the strictest country in its audience.
    last_day: date
    #: The end of that day, milliseconds since the epoch.
    deadline: int
    #: Days promised there between the last notice and the effective date.
    lead_days: int
    control: Control


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """A claimed shard; its epoch must stand in every write."""

    campaign: int
    id: int
    lane: Lane
    epoch: int
    #: Time zone of its holders; empty: that of the policy.
    zone: str = ""
    #: Requests of its kind, in a row, that failed as a whole.
    failures: int = 0

    def notice(self, holder: int) -> NoticeId:
        """Return the id of a holder's notice in this shard."""
        return NoticeId(campaign=self.campaign, holder=holder, channel=self.lane.kind.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A request whose intent is committed and which may now be made."""

    attempt: int
    #: (number of the holder, address) of each copy.
    copies: tuple[tuple[int, str], ...]
    #: By holder the requests before this one that certainly did not send it; those without any are absent.
    failures: Mapping[int, int] = field(default_factory=dict)
    #: The shard has copies that are due besides.
    more: bool = False
    #: When it was written down, and the lease began, milliseconds since the epoch.
    at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to be written of one copy that was not simply accepted."""

    holder: int
    state: State
    #: When to try again for PLANNED, else when it became so; milliseconds.
    at: int
    reason: str
    #: The request certainly did not send it, and it will be tried again.
    failed: bool = False


#: Counts as that many requests of unknown outcome: never sent again, not even by order.
HELD = 1 << 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How long the loop may hold and how it treats what it does not know; milliseconds."""

    lease: int
    #: In which a provider's event may still settle an unknown outcome.
    reconcile: int
    #: Requests of unknown outcome after which a notice is left alone; 0 never resends.
    tries: int
    #: Requests that certainly did not send before we give up: a run, if all of them fail; a notice, if only it does.
    most: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneCount:
    """Notices of one lane in one state."""

    lane: Lane
    #: The end of the last day that keeps their lead time, milliseconds since the epoch.
    deadline: int
    state: State
    #: Share another account's message instead of having their own.
    follows: bool
    notices: int
