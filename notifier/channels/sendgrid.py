"""SendGrid's `/v3/mail/send`: the official SDK says what a message looks like, httpx carries it; knows no sibling."""

from __future__ import annotations

import ipaddress
import json
import re
import time
from dataclasses import dataclass
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from notifier.channels.mail import HEADERS
from notifier.channels.protocol import TOKEN, Addressee, Answer, Batch, Content, Kind, Outcome, Result, all_alike

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

_RECIPIENT = re.compile(r"personalizations[.\[](\d+)")
_REFUSED_US = frozenset({401, 403})
_LATER = frozenset({429, 503})


@dataclass(frozen=True, slots=True, kw_only=True)
class SendGrid:
    """Sends batches of one content; one bad recipient never fails the rest."""

    #: Keeps connections; holds the key in its headers, so it is never printed.
    client: httpx.Client
    #: Seconds since the epoch, for `X-RateLimit-Reset`.
    clock: Callable[[], float] = time.time
    name: str = NAME
    limit: int = LIMIT
    idempotent: bool = False

    def send(self, batch: Batch) -> Answer:
        """Post a batch; recipients the provider names as bad are taken out and the rest is posted again."""
        answer = self._send(batch, batch.addressees)
        reasons = {outcome.reason for outcome in answer.outcomes if outcome.result is Result.INVALID}
        if len(batch.addressees) > 1 and len(reasons) == 1 and all(o.result is Result.INVALID for o in answer.outcomes):
            # A thousand bad addresses with one and the same fault: the fault is ours.
            return _stop(batch.addressees, f"SendGrid refuses every recipient alike: {reasons.pop()}")
        return answer

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def _send(self, batch: Batch, addressees: Sequence[Addressee]) -> Answer:
        data = json.dumps(body(batch, addressees), ensure_ascii=False).encode()
        if len(data) >= LARGEST:
            return self._halves(batch, addressees, "larger than a request may be")
        try:
            response = self.client.post("/v3/mail/send", content=data)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            # Not one byte of the request left: certainly not sent.
            return all_alike(addressees, Result.AGAIN, type(error).__name__)
        except httpx.TransportError as error:
            return all_alike(addressees, Result.UNKNOWN, type(error).__name__)
        return self._understand(response, batch, addressees)

    def _understand(self, response: httpx.Response, batch: Batch, addressees: Sequence[Addressee]) -> Answer:
        status, why = response.status_code, f"HTTP {response.status_code}"
        if response.is_success:
            accepted = all_alike(addressees, Result.ACCEPTED, "")
            return Answer(outcomes=accepted.outcomes, provider_id=response.headers.get("X-Message-Id", ""))
        if status in _LATER:
            return all_alike(addressees, Result.AGAIN, why, self._wait(response))
        if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            return self._halves(batch, addressees, why)
        if status == httpx.codes.BAD_REQUEST:
            return self._take_out(response, batch, addressees)
        if response.is_server_error:
            return all_alike(addressees, Result.UNKNOWN, why)
        hint = "check SENDGRID_API_KEY" if status in _REFUSED_US else "check NOTIFIER_SENDGRID_URL"
        return _stop(addressees, f"SendGrid refuses us: {why}: {_problems(response)[0][1]}; {hint}")

    def _take_out(self, response: httpx.Response, batch: Batch, addressees: Sequence[Addressee]) -> Answer:
        problems = _problems(response)
        named = {int(found[1]): why for field, why in problems if (found := _RECIPIENT.match(field))}
        bad = {number: why for number, why in named.items() if number < len(addressees)}
        ours = [f"{field}: {why}" for field, why in problems if field and not _RECIPIENT.match(field)]
        if ours:
            return _stop(addressees, f"SendGrid refuses the message: {ours[0]}")
        if not bad:
            return self._halves(batch, addressees, problems[0][1])
        outcomes = [_invalid(addressees[number], why) for number, why in bad.items()]
        rest = [addressee for number, addressee in enumerate(addressees) if number not in bad]
        return _joined(outcomes, self._send(batch, rest)) if rest else _joined(outcomes)

    def _halves(self, batch: Batch, addressees: Sequence[Addressee], why: str) -> Answer:
        if len(addressees) == 1:
            return _joined([_invalid(addressees[0], why)])
        middle = len(addressees) // 2
        first, second = addressees[:middle], addressees[middle:]
        answer = self._send(batch, first)
        return _joined([], answer, _stop(second, answer.stop) if answer.stop else self._send(batch, second))

    def _wait(self, response: httpx.Response) -> float | None:
        after = response.headers.get("Retry-After", "")
        if after.isdigit():
            return float(after)
        reset = response.headers.get("X-RateLimit-Reset", "")
        return max(1.0, float(reset) - self.clock()) if reset.isdigit() else None


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
    return SendGrid(client=client)


def on_loopback(settings: Settings) -> bool:
    """Return whether the base URL leads to this machine."""
    host = urlsplit(settings.sendgrid_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def body(batch: Batch, addressees: Sequence[Addressee]) -> dict[str, Any]:
    """Return the request's JSON, made by the SDK: one personalization for each copy, no personal data beside them."""
    # Imported here: the SDK costs 0.2 s, and the outbox needs none of it.
    from sendgrid.helpers import mail as sdk  # noqa: PLC0415

    content = batch.content
    message = sdk.Mail(
        from_email=sdk.From(*_mailbox(content)),
        subject=sdk.Subject(content.subject),
        plain_text_content=sdk.PlainTextContent(content.text),
        html_content=sdk.HtmlContent(content.html),
    )
    for name, value in {**HEADERS, "Content-Language": content.locale}.items():
        message.add_header(sdk.Header(name, value))
    # A legal notice is not marketing: it passes an unsubscription, never a bounce or a complaint.
    message.mail_settings = sdk.MailSettings(bypass_unsubscribe_management=sdk.BypassUnsubscribeManagement(enable=True))
    message.tracking_settings = sdk.TrackingSettings(
        click_tracking=sdk.ClickTracking(enable=False, enable_text=False),
        open_tracking=sdk.OpenTracking(enable=False),
        subscription_tracking=sdk.SubscriptionTracking(enable=False),
    )
    result: dict[str, Any] = message.get()
    result["personalizations"] = [_personalization(batch, addressee) for addressee in addressees]
    return result


def _personalization(batch: Batch, addressee: Addressee) -> dict[str, Any]:
    # Shaped as the SDK's Personalization.get() has it (a test holds them side by side); by hand, because the SDK
    # compares every recipient with every other one.
    shaped: dict[str, Any] = {
        "to": [{"email": addressee.address}],
        "custom_args": {"campaign": batch.campaign, "notice": addressee.notice, "attempt": batch.attempt},
    }
    if addressee.token:
        shaped["substitutions"] = {TOKEN: addressee.token}
    return shaped


def _mailbox(content: Content) -> tuple[str, str | None]:
    name, address = parseaddr(content.sender)
    # SendGrid misreads a comma or a semicolon in a name.
    return address, None if not name or "," in name or ";" in name else name


def _problems(response: httpx.Response) -> list[tuple[str, str]]:
    """Return (field, message) of each error in an answer; at least one, even if the answer is no JSON."""
    try:
        errors = response.json()["errors"]
        found = [(str(error.get("field") or ""), _clean(str(error.get("message") or ""))) for error in errors]
    except (ValueError, KeyError, TypeError, AttributeError):
        found = []
    return found or [("", f"HTTP {response.status_code} without an explanation")]


def _clean(words: str) -> str:
    # A provider may repeat the address; the ledger's reasons hold no personal data.
    return re.sub(r"\S+@\S+", "<address>", words)[:200]


def _invalid(addressee: Addressee, why: str) -> Outcome:
    return Outcome(notice=addressee.notice, result=Result.INVALID, reason=why)


def _stop(addressees: Sequence[Addressee], why: str) -> Answer:
    return Answer(outcomes=all_alike(addressees, Result.AGAIN, why).outcomes, stop=why)


def _joined(outcomes: Sequence[Outcome], *answers: Answer) -> Answer:
    return Answer(
        outcomes=(*outcomes, *(outcome for answer in answers for outcome in answer.outcomes)),
        provider_id=" ".join(answer.provider_id for answer in answers if answer.provider_id),
        stop=next((answer.stop for answer in answers if answer.stop), ""),
    )
