"""SendGrid's `/v3/mail/send`: the official SDK says what a message looks like, httpx carries it; knows no sibling."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field, replace
from email.utils import parseaddr
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import httpx

from notifier.channels import wire
from notifier.channels.mail import HEADERS
from notifier.channels.protocol import (
    TOKEN,
    Addressee,
    Answer,
    Batch,
    Content,
    Kind,
    Outcome,
    Result,
    all_alike,
    blame_us,
    invalid,
    stop_all,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from notifier.settings import Settings

NAME = "sendgrid"
KINDS = frozenset({Kind.EMAIL})
#: Personalizations in one request, and bytes of one request, at most.
LIMIT = 1000
LARGEST = 30_000_000
#: Connect within 5 s, an answer within 30 s.
TIMEOUT = httpx.Timeout(30, connect=5, pool=60)
#: What was refused without a word on which recipient, even when it was sent alone.
ALONE = "refused by itself: "

_quoted = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_KEY = re.compile(r"\bSG\.[\w.-]+")
_RECIPIENT = re.compile(r"personalizations[.\[](\d+)")
_REFUSED_US = frozenset({401, 403})
_LATER = frozenset({429, 503})


@dataclass(frozen=True, slots=True, kw_only=True)
class SendGrid:
    """Sends batches of one content; one bad recipient never fails the rest."""

    #: Keeps connections; holds the key in its headers, so it is never printed.
    client: httpx.Client = field(repr=False)
    #: Check, and send nothing.
    sandbox: bool = False
    #: Seconds since the epoch, for `X-RateLimit-Reset`.
    clock: Callable[[], float] = time.time
    name: str = NAME
    limit: int = LIMIT
    idempotent: bool = False
    #: SendGrid refuses letters outside ASCII before the @.
    smtputf8: bool = False

    def send(self, batch: Batch) -> Answer:
        """Post a batch; recipients the provider names as bad are taken out and the rest is posted again.

        An address that stands there twice is written to once: both copies share what became of it.
        """
        first: dict[str, Addressee] = {}
        for addressee in batch.addressees:
            first.setdefault(addressee.address.casefold(), addressee)
        writable = [one for one in first.values() if _local_part(one).isascii()]
        answer = self._send(batch, writable, time.monotonic()) if writable else _joined([])
        found = {outcome.notice: outcome for outcome in answer.outcomes}
        outcomes = [_shared(one, found.get(first[one.address.casefold()].notice)) for one in batch.addressees]
        refused = {outcome.reason for outcome in outcomes if outcome.result is Result.INVALID}
        if len(writable) > 1 and refused and all(reason.startswith(ALONE) for reason in refused):
            return blame_us(batch, replace(answer, outcomes=tuple(outcomes)), "SendGrid", least=2)
        return replace(answer, outcomes=tuple(outcomes))

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def _send(self, batch: Batch, addressees: Sequence[Addressee], begun: float) -> Answer:
        if time.monotonic() - begun > wire.PATIENCE:
            return all_alike(addressees, Result.AGAIN, "not begun in time", 0)
        data = body(batch, addressees, sandbox=self.sandbox)
        if len(data) >= LARGEST:
            return self._halves(batch, addressees, "larger than a request may be", begun)
        try:
            response = self.client.post("/v3/mail/send", content=data)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            # Not one byte of the request left: certainly not sent.
            return all_alike(addressees, Result.AGAIN, type(error).__name__)
        except httpx.TransportError as error:
            return all_alike(addressees, Result.UNKNOWN, type(error).__name__)
        return self._understand(response, batch, addressees, begun)

    def _understand(
        self, response: httpx.Response, batch: Batch, addressees: Sequence[Addressee], begun: float
    ) -> Answer:
        status, why = response.status_code, f"HTTP {response.status_code}"
        if response.is_success:
            accepted = all_alike(addressees, Result.ACCEPTED, "")
            return Answer(outcomes=accepted.outcomes, provider_id=response.headers.get("X-Message-Id", ""))
        if status in _LATER:
            return all_alike(addressees, Result.AGAIN, why, self._wait(response))
        if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            return self._halves(batch, addressees, why, begun)
        if status == httpx.codes.BAD_REQUEST:
            return self._take_out(response, batch, addressees, begun)
        if response.is_server_error:
            return all_alike(addressees, Result.UNKNOWN, why)
        hint = "check SENDGRID_API_KEY" if status in _REFUSED_US else "check NOTIFIER_SENDGRID_URL"
        return stop_all(addressees, f"SendGrid refuses us: {why}: {_problems(response)[0][1]}; {hint}")

    def _take_out(
        self, response: httpx.Response, batch: Batch, addressees: Sequence[Addressee], begun: float
    ) -> Answer:
        problems = _problems(response)
        named = {int(found[1]): why for field, why in problems if (found := _RECIPIENT.match(field))}
        bad = {number: why for number, why in named.items() if number < len(addressees)}
        ours = [f"{field}: {why}" for field, why in problems if field and not _RECIPIENT.match(field)]
        if ours:
            return stop_all(addressees, f"SendGrid refuses the message: {ours[0]}")
        if not bad:
            return self._halves(batch, addressees, problems[0][1], begun)
        outcomes = [invalid(addressees[number], why) for number, why in bad.items()]
        rest = [addressee for number, addressee in enumerate(addressees) if number not in bad]
        return _joined(outcomes, self._send(batch, rest, begun)) if rest else _joined(outcomes)

    def _halves(self, batch: Batch, addressees: Sequence[Addressee], why: str, begun: float) -> Answer:
        if len(addressees) == 1:
            return _joined([invalid(addressees[0], f"{ALONE}{why}")])
        middle = len(addressees) // 2
        first, second = addressees[:middle], addressees[middle:]
        answer = self._send(batch, first, begun)
        return _joined([], answer, stop_all(second, answer.stop) if answer.stop else self._send(batch, second, begun))

    def _wait(self, response: httpx.Response) -> float | None:
        asked = wire.retry_after(response.headers.get("Retry-After", ""), self.clock())
        reset = response.headers.get("X-RateLimit-Reset", "")
        if asked is None and reset.isascii() and reset.isdigit():
            return min(max(1.0, float(reset) - self.clock()), wire.DAY)
        return asked


def open_channel(settings: Settings) -> SendGrid:
    """Return the channel with the settings' key and base URL."""
    key = settings.sendgrid_api_key.get_secret_value() if settings.sendgrid_api_key else ""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    limits = httpx.Limits(max_connections=settings.workers, max_keepalive_connections=settings.workers)
    client = httpx.Client(
        base_url=settings.sendgrid_url,
        headers=headers,
        timeout=TIMEOUT,
        limits=limits,
        trust_env=not on_loopback(settings),
    )
    return SendGrid(client=client, sandbox=settings.sendgrid_sandbox)


def configured(settings: Settings) -> bool:
    """Return whether the settings have a key."""
    return settings.sendgrid_api_key is not None


def harmless(settings: Settings) -> bool:
    """Return whether nothing is delivered: the base URL leads to this machine, or SendGrid only checks."""
    return on_loopback(settings) or settings.sendgrid_sandbox


def on_loopback(settings: Settings) -> bool:
    """Return whether the base URL leads to this machine."""
    return wire.leads_home(settings.sendgrid_url)


def body(batch: Batch, addressees: Sequence[Addressee], *, sandbox: bool = False) -> bytes:
    """Return the request's JSON: the SDK's message, one personalization for each copy, no personal data beside them."""
    common = f'"campaign":{_quoted(batch.campaign)},"attempt":{_quoted(batch.attempt)}'
    personalizations = ",".join([_personalization(one, common) for one in addressees])
    return f'{{"personalizations":[{personalizations}],{_message(batch.content, sandbox=sandbox)}'.encode()


@lru_cache(maxsize=64)
def _message(content: Content, *, sandbox: bool) -> str:
    """Return what all copies share, made by the SDK once for each content: JSON, but for the brace at its beginning."""
    # Imported here: the SDK costs 0.2 s, and the outbox needs none of it.
    from sendgrid.helpers import mail as sdk  # noqa: PLC0415

    message = sdk.Mail(
        from_email=sdk.From(*_mailbox(content)),
        subject=sdk.Subject(content.subject),
        plain_text_content=sdk.PlainTextContent(content.text),
        html_content=sdk.HtmlContent(content.html),
    )
    for name, value in {**HEADERS, "Content-Language": content.locale}.items():
        message.add_header(sdk.Header(name, value))
    # A legal notice is not marketing: it passes an unsubscription, never a bounce or a complaint.
    message.mail_settings = sdk.MailSettings(
        bypass_unsubscribe_management=sdk.BypassUnsubscribeManagement(enable=True),
        sandbox_mode=sdk.SandBoxMode(enable=True) if sandbox else None,
    )
    message.tracking_settings = sdk.TrackingSettings(
        click_tracking=sdk.ClickTracking(enable=False, enable_text=False),
        open_tracking=sdk.OpenTracking(enable=False),
        subscription_tracking=sdk.SubscriptionTracking(enable=False),
    )
    return _quoted(message.get())[1:]


def _personalization(addressee: Addressee, common: str) -> str:
    # Shaped as the SDK's Personalization.get() has it (a test holds them side by side); by hand, because the SDK
    # compares every recipient with every other one, and a thousand dictionaries cost more than their text.
    token = f',"substitutions":{{"{TOKEN}":{_quoted(addressee.token)}}}' if addressee.token else ""
    return (
        f'{{"to":[{{"email":{_quoted(addressee.address)}}}],'
        f'"custom_args":{{{common},"notice":{_quoted(addressee.notice)}}}{token}}}'
    )


def _mailbox(content: Content) -> tuple[str, str | None]:
    name, address = parseaddr(content.sender)
    # SendGrid misreads a comma or a semicolon in a name.
    return address, None if not name or "," in name or ";" in name else name


def _problems(response: httpx.Response) -> list[tuple[str, str]]:
    """Return (field, message) of each error in an answer; at least one, even if the answer is no JSON."""
    try:
        errors = response.json()["errors"]
        found = [(str(error.get("field") or ""), _said(error)) for error in errors]
    except (ValueError, KeyError, TypeError, AttributeError):
        found = []
    return found or [("", f"HTTP {response.status_code} without an explanation")]


def _said(error: dict[str, Any]) -> str:
    return _KEY.sub("<key>", wire.clean(str(error.get("message") or "")))


def _local_part(addressee: Addressee) -> str:
    return addressee.address.rpartition("@")[0]


def _shared(addressee: Addressee, outcome: Outcome | None) -> Outcome:
    if outcome is None:
        return invalid(addressee, "SendGrid takes no letters outside ASCII before the @")
    return outcome if outcome.notice == addressee.notice else replace(outcome, notice=addressee.notice)


def _joined(outcomes: Sequence[Outcome], *answers: Answer) -> Answer:
    return Answer(
        outcomes=(*outcomes, *(outcome for answer in answers for outcome in answer.outcomes)),
        provider_id=" ".join(answer.provider_id for answer in answers if answer.provider_id),
        stop=next((answer.stop for answer in answers if answer.stop), ""),
    )
