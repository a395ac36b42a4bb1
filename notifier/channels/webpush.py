"""Web push (RFC 8030): sealed messages to the services that browsers named; knows no sibling."""

from __future__ import annotations

import ipaddress
import json
import re
import ssl
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from notifier.channels import flight, push, wire
from notifier.channels.flight import Flight, Reply
from notifier.channels.guarded import Guard, allowed
from notifier.channels.protocol import Addressee, Answer, Batch, Kind, Result, blame_us, stop_all
from notifier.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from notifier.channels.posting import Poster
    from notifier.settings import Settings

NAME = "webpush"
KINDS = frozenset({Kind.WEBPUSH})
#: Copies of one batch; one request each.
LIMIT = 500
#: Refused alike, from so many on, it is our key and not the subscriptions.
ALIKE = 10
#: A push service is whatever a browser named: it cannot ask us to wait for ever.
LONGEST_WAIT = 3600.0
#: Seconds for which an origin's token is good (RFC 8292: a day at most), and before its end when a new one is made.
TOKEN_LIFE, TOKEN_REST = 12 * 3600, 3600
PUBLIC_KEY, AUTH = 65, 16

_TARGET = re.compile(r"[!-~]+")
_HOST = re.compile(r"[a-z0-9.:-]{1,253}")
_DEAD = frozenset({404, 410})
_LATER = frozenset({429, 503})


class _Unfit(ValueError):  # noqa: N818 - turns into an outcome in this file
    """A subscription that cannot be written to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Where a browser listens, and the keys it alone can open messages with."""

    url: str
    #: `https://host`, the audience of the token.
    origin: str
    public: bytes
    auth: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPush:
    """Sends one sealed message a request, many at once; a service that asks for quiet gets it, the others go on."""

    poster: Poster
    #: Our private key, as `sealing.vapid_key` gives it.
    key: Any = field(repr=False)
    #: `mailto:` of the sender, for the push service's operators.
    contact: str
    hosts: Literal["public", "loopback"] = "public"
    flight: Flight = field(default_factory=Flight)
    clock: Callable[[], float] = time.time
    name: str = NAME
    limit: int = LIMIT
    #: The topic and the tag are the notice's id.
    idempotent: bool = True
    smtputf8: bool = True
    #: Authorization by origin, with the second it expires.
    _tokens: dict[str, tuple[str, int]] = field(default_factory=dict, repr=False)

    def send(self, batch: Batch) -> Answer:
        """Seal and post each copy; a bad subscription costs itself only."""
        from notifier.channels import sealing  # noqa: PLC0415 - an extra

        clear = {one.notice: _clear(batch, one) for one in batch.addressees}
        largest = max(map(len, clear.values()))
        if largest > sealing.LARGEST:
            why = f"the push has {largest} bytes, a push service takes {sealing.LARGEST} before encryption: shorten it"
            return stop_all(batch.addressees, why)
        found = {one.notice: _read(one, self.hosts) for one in batch.addressees}
        good = {notice: one for notice, one in found.items() if isinstance(one, Subscription)}
        # All of them first: sealing between two requests would wake the loop for each answer by itself.
        jobs = [(clear[notice], one.public, one.auth) for notice, one in good.items()]
        sealed = dict(zip(good, sealing.seal_all(jobs), strict=True))

        async def post(addressee: Addressee) -> Reply:
            subscription = found[addressee.notice]
            if isinstance(subscription, str):
                return Reply(result=Result.INVALID, reason=subscription)
            if not sealed[addressee.notice]:
                return Reply(result=Result.INVALID, reason="its p256dh is no point of P-256")
            return await self._post(subscription, addressee.notice, sealed[addressee.notice])

        def origin(addressee: Addressee) -> str:
            return good[addressee.notice].origin if addressee.notice in good else ""

        answer = self.flight.run(flight.answer(batch.addressees, post, origin))
        return blame_us(batch, answer, "every push service", least=ALIKE)

    def close(self) -> None:
        """Close the connections."""
        self.flight.close(self.poster.close())

    async def _post(self, subscription: Subscription, notice: str, sealed: bytes) -> Reply:
        headers = {
            "TTL": str(push.TTL),
            "Topic": notice,
            "Urgency": "normal",
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "Authorization": self._authorization(subscription.origin),
        }
        heard = await self.poster.post(subscription.url, headers, sealed)
        return heard if isinstance(heard, Reply) else understand(heard.status, heard.retry_after, self.clock())

    def _authorization(self, origin: str) -> str:
        from notifier.channels import sealing  # noqa: PLC0415 - an extra

        now = int(self.clock())
        header, expires = self._tokens.get(origin, ("", 0))
        # Also where the clock was set back: what was made then would be good for more than a day.
        if not now + TOKEN_REST < expires <= now + TOKEN_LIFE:
            expires = now + TOKEN_LIFE
            header = sealing.vapid(self.key, origin, self.contact, expires)
            self._tokens[origin] = (header, expires)
        return header


def configured(settings: Settings) -> bool:
    """Return whether the settings have a key for web push."""
    return settings.vapid_key is not None


def harmless(settings: Settings) -> bool:
    """Return whether only services on this machine are written to."""
    return settings.webpush_hosts == "loopback"


def open_channel(settings: Settings) -> WebPush:
    """Return the channel with the settings' key; InputError if the key is none or a library is missing."""
    try:
        from notifier.channels import sealing  # noqa: F401, PLC0415 - an extra
        from notifier.channels.posting import Poster  # noqa: PLC0415 - an extra
    except ImportError as error:
        message = f"web push needs {error.name}: pip install 'policypress[push]'"
        raise InputError(message) from error
    key = _private_key(settings)
    poster = Poster(context=ssl.create_default_context(), guard=Guard(hosts=settings.webpush_hosts))
    contact = f"mailto:{settings.sender_mailbox().addr_spec}"
    return WebPush(poster=poster, key=key, contact=contact, hosts=settings.webpush_hosts)


def unfit(subscription: str, hosts: Literal["public", "loopback"]) -> str:
    """Return why a subscription could never be written to, or nothing; where its host leads is seen when it is used."""
    found = _read(Addressee(notice="", address=subscription), hosts)
    if isinstance(found, str):
        return found
    try:
        literal = ipaddress.ip_address(urlsplit(found.url).hostname or "")
    except ValueError:
        return ""
    return "" if allowed(literal, hosts) else f"its endpoint is not a {hosts} address"


def public_key(settings: Settings) -> str:
    """Return the key that browsers subscribe with, as they take it; InputError if the private one is none."""
    from notifier.channels import sealing  # noqa: PLC0415 - an extra

    return sealing.padless(sealing.point(_private_key(settings).public_key()))


def _private_key(settings: Settings) -> Any:
    from notifier.channels import sealing  # noqa: PLC0415 - an extra

    try:
        return sealing.vapid_key(settings.vapid_key.get_secret_value() if settings.vapid_key else "")
    except (ValueError, TypeError):
        # The library's words may show the key.
        message = "NOTIFIER_VAPID_KEY: no private key of P-256; write it as PEM, or its 32 bytes as base64url"
        raise InputError(message) from None


def understand(status: int, retry_after: str, now: float) -> Reply:
    """Return what an answer means. No single service can stop the run: anyone may have named it."""
    why = f"HTTP {status}"
    if status in _DEAD:
        return Reply(result=Result.GONE, reason=f"{why}: the subscription is dead")
    if status in _LATER:
        wait = wire.retry_after(retry_after, now, LONGEST_WAIT)
        return Reply(result=Result.AGAIN, reason=why, wait=wait, hold=True)
    if 200 <= status < 300:  # noqa: PLR2004 - RFC 9110
        return Reply(result=Result.ACCEPTED)
    if status >= 500:  # noqa: PLR2004 - RFC 9110
        return Reply(result=Result.UNKNOWN, reason=why)
    reasons = {401: "refuses our key", 403: "refuses our key", 413: "finds the message too big"}
    redirect = "leads elsewhere, which is not followed" if 300 <= status < 400 else "refuses the message"  # noqa: PLR2004
    return Reply(result=Result.INVALID, reason=f"{why}: the push service {reasons.get(status, redirect)}")


def _read(addressee: Addressee, hosts: str) -> Subscription | str:
    """Return the subscription of an address, or why it is none."""
    try:
        return _subscription(json.loads(addressee.address), hosts)
    except _Unfit as unfit:
        return str(unfit)
    except (ValueError, KeyError, TypeError, AttributeError):
        return "not a push subscription"


def _subscription(found: Mapping[str, Any], hosts: str) -> Subscription:
    from notifier.channels import sealing  # noqa: PLC0415 - an extra

    parts = urlsplit(found["endpoint"])
    schemes = {"https"} if hosts == "public" else {"https", "http"}
    if parts.scheme not in schemes:
        raise _Unfit("its endpoint is no https address")
    host, target = parts.hostname or "", (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if parts.username is not None or not _HOST.fullmatch(host) or not _TARGET.fullmatch(target):
        raise _Unfit("its endpoint is not an address we write to")
    public, auth = sealing.unpadded(found["keys"]["p256dh"]), sealing.unpadded(found["keys"]["auth"])
    if len(public) != PUBLIC_KEY or len(auth) != AUTH:
        raise _Unfit("its keys have not the length they must have")
    origin = f"{parts.scheme}://{_host(parts.scheme, host, parts.port)}"
    return Subscription(url=origin + target, origin=origin, public=public, auth=auth)


def _host(scheme: str, host: str, port: int | None) -> str:
    named = f"[{host}]" if ":" in host else host
    return named if port in {None, {"https": 443, "http": 80}[scheme]} else f"{named}:{port}"


def _clear(batch: Batch, addressee: Addressee) -> bytes:
    return json.dumps(push.payload(batch.content, addressee), ensure_ascii=False, separators=(",", ":")).encode()
