"""What a channel is given, what it answers, and the protocol between; knows no provider."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from hashlib import sha256
from json import dumps
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Stands in a composed text where each holder's signed token goes.
TOKEN = "%notice-token%"  # noqa: S105 - a placeholder, no secret


class Kind(StrEnum):
    """A way to a holder."""

    EMAIL = "email"
    #: To the app, by Firebase Cloud Messaging.
    FCM = "fcm"
    #: To the browser, by RFC 8030.
    WEBPUSH = "webpush"

    @property
    def number(self) -> int:
        """Return the number that stands for the kind in a notice id; never reused."""
        return _NUMBERS[self]


_NUMBERS = {Kind.EMAIL: 1, Kind.FCM: 2, Kind.WEBPUSH: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A notice as composed once for all who read it alike; only the token in its links differs."""

    kind: Kind
    #: Tag of the language it is written in.
    locale: str
    #: `ltr` or `rtl`.
    direction: str
    #: Written to a parent or guardian.
    guardian: bool
    #: Subject of the mail, title of the push.
    subject: str
    #: Plain text of the mail, body of the push.
    text: str
    #: HTML of the mail; empty for a push.
    html: str = ""
    #: Where a tap on the push leads.
    url: str = ""
    #: Sender of the mail as `Name <address>`.
    sender: str = ""

    @property
    def digest(self) -> str:
        """Return the SHA-256 that stands in the ledger beside every attempt to send it."""
        return "sha256:" + sha256(self.dump().encode()).hexdigest()

    def dump(self) -> str:
        """Return the content as canonical JSON."""
        return dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """One copy of a content."""

    #: Opaque id of the notice.
    notice: str
    #: Address, registration token or subscription.
    address: str
    #: Signed token for the links; empty where no link needs one.
    token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One request's worth of copies of one content."""

    #: Name of the campaign.
    campaign: str
    #: Id of the attempt in the ledger.
    attempt: str
    content: Content
    addressees: tuple[Addressee, ...]


class Result(StrEnum):
    """What became of one copy, as far as this request can tell."""

    #: The provider took it over; whether it was delivered is another fact.
    ACCEPTED = "accepted"
    #: Certainly not sent, and worth another try.
    AGAIN = "again"
    #: Certainly not sent, and never will be to this address.
    INVALID = "invalid"
    #: Certainly not sent: the address was good once and is dead now (an app removed, a subscription ended).
    GONE = "gone"
    #: Nobody knows: the request may have been carried out.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result for one notice."""

    notice: str
    result: Result
    #: The provider's or the network's words, without addresses.
    reason: str = ""
    #: Seconds the provider asks us to wait.
    wait: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a channel says of a batch: one outcome for each notice of it."""

    outcomes: tuple[Outcome, ...]
    #: The provider's id of the request, where it gives one.
    provider_id: str = ""
    #: Why the whole run must stop (a refused key, a refused sender), or empty.
    stop: str = ""


class Channel(Protocol):
    """A provider. Instances are used from several threads at once."""

    @property
    def name(self) -> str:
        """Return the name in the registry."""
        ...

    @property
    def limit(self) -> int:
        """Return how many copies one batch may have."""
        ...

    @property
    def idempotent(self) -> bool:
        """Return whether a notice sent twice shows once, so that an unknown outcome may be tried again at once."""
        ...

    @property
    def smtputf8(self) -> bool:
        """Return whether letters outside ASCII may stand before the @ of an address; a push has none."""
        ...

    def send(self, batch: Batch) -> Answer:
        """Send a batch and say what became of each copy; never raises for what a provider or network does."""
        ...

    def close(self) -> None:
        """Finish: close connections, write what is left to write."""
        ...


def all_alike(addressees: Sequence[Addressee], result: Result, reason: str, wait: float | None = None) -> Answer:
    """Return the answer that is the same for every copy."""
    return Answer(
        outcomes=tuple(
            Outcome(notice=addressee.notice, result=result, reason=reason, wait=wait) for addressee in addressees
        )
    )


def stop_all(addressees: Sequence[Addressee], why: str) -> Answer:
    """Return the answer that blames no copy and stops the run."""
    return Answer(outcomes=all_alike(addressees, Result.AGAIN, why).outcomes, stop=why)


def invalid(addressee: Addressee, why: str) -> Outcome:
    """Return the outcome of a copy that can never be sent."""
    return Outcome(notice=addressee.notice, result=Result.INVALID, reason=why)


def blame_us(batch: Batch, answer: Answer, provider: str, *, least: int) -> Answer:
    """Return the answer as it is, or a stop where every one of at least `least` copies was refused for one reason."""
    reasons = {outcome.reason for outcome in answer.outcomes if outcome.result is Result.INVALID}
    alike = len(reasons) == 1 and all(outcome.result is Result.INVALID for outcome in answer.outcomes)
    if len(batch.addressees) >= least and alike:
        # So many bad addresses with one and the same fault: the fault is ours.
        return stop_all(batch.addressees, f"{provider} refuses every recipient alike: {reasons.pop()}")
    return answer
