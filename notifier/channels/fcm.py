"""Firebase Cloud Messaging, HTTP v1: many POSTs at once, google-auth for the token; knows no sibling."""

from __future__ import annotations

import json
import ssl
import threading
import time
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from notifier.channels import flight, push, wire
from notifier.channels.flight import Flight, Reply
from notifier.channels.protocol import Addressee, Answer, Batch, Kind, Result, all_alike, blame_us, stop_all
from notifier.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from notifier.channels.posting import Heard, Poster
    from notifier.settings import Settings

NAME = "fcm"
KINDS = frozenset({Kind.FCM})
#: Copies of one batch; one request each.
LIMIT = 500
#: Bytes of one message.
LARGEST = 4096
#: "Back off at least one minute" after a 429; ten seconds after a 503.
BUSY, DOWN = 60.0, 10.0
#: Refused alike, from so many on, it is the message and not the tokens.
ALIKE = 10
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"


class _Refused(Exception):  # noqa: N818 - turns into an answer in this file
    """The token endpoint gives us no token."""


class _Away(OSError):  # noqa: N818 - see above
    """The token endpoint does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fcm:
    """Sends one message a request, many requests at once over connections that are kept."""

    #: Base URL and project, as `https://…/v1/projects/<id>/messages:send`.
    url: str
    poster: Poster
    #: google-auth's; its type is not named, so that the library is needed here only.
    credentials: Any = field(repr=False)
    flight: Flight = field(default_factory=Flight)
    #: Seconds since the epoch, for a Retry-After that is a date.
    clock: Callable[[], float] = time.time
    name: str = NAME
    limit: int = LIMIT
    #: The collapse key and the tag are the notice's id.
    idempotent: bool = True
    smtputf8: bool = True
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def send(self, batch: Batch) -> Answer:
        """Post each copy; a 429 holds back what is not under way yet, for a minute at least."""
        bodies = {addressee.notice: _body(batch, addressee) for addressee in batch.addressees}
        largest = max(map(len, bodies.values()))
        if largest > LARGEST:
            return stop_all(batch.addressees, f"the push has {largest} bytes, FCM takes {LARGEST}: shorten it")
        try:
            token = self._token()
        except _Refused as error:
            return stop_all(batch.addressees, str(error))
        except _Away as error:
            return all_alike(batch.addressees, Result.AGAIN, f"token: {error}")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

        async def post(addressee: Addressee) -> Reply:
            heard = await self.poster.post(self.url, headers, bodies[addressee.notice])
            return heard if isinstance(heard, Reply) else understand(heard, self.clock(), token, addressee.address)

        answer = self.flight.run(flight.answer(batch.addressees, post))
        return blame_us(batch, answer, "FCM", least=ALIKE)

    def close(self) -> None:
        """Close the connections."""
        self.flight.close(self.poster.close())

    def _token(self) -> str:
        from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415 - an extra

        with self._lock:
            if not self.credentials.valid:
                try:
                    self.credentials.refresh(_Exchange(self))
                except GoogleAuthError as error:
                    # Its text may repeat the signed assertion.
                    words = error.args[0] if error.args and isinstance(error.args[0], str) else ""
                    name = words.split(":")[0][:40] if words.isascii() else ""
                    message = f"Google gives no token: {type(error).__name__} {name}; check NOTIFIER_FCM_CREDENTIALS"
                    raise _Refused(message) from None
            return str(self.credentials.token)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reply:
    """A response as google-auth reads it."""

    status: int
    headers: Any
    data: bytes


@dataclass(frozen=True, slots=True)
class _Exchange:
    """Carries google-auth's requests; its own carrier would need another HTTP library."""

    channel: Fcm

    def __call__(
        self, url: str, method: str = "POST", body: Any = b"", headers: Any = None, **_more: Any
    ) -> _Reply:  # fmt: skip
        """Return the answer; _Away if there is none. A service account's token is asked for by POST alone."""
        if method != "POST":
            raise NotImplementedError(method)
        asked = self.channel.poster.post(url, headers or {}, body)
        heard = self.channel.flight.run(flight.timed(asked))
        if isinstance(heard, Reply):
            raise _Away(heard.reason)
        return _Reply(status=heard.status, headers={}, data=heard.body)


def configured(settings: Settings) -> bool:
    """Return whether the settings name a service account."""
    return settings.fcm_credentials is not None


def harmless(settings: Settings) -> bool:
    """Return whether the messages go to this machine."""
    return wire.leads_home(settings.fcm_url)


def open_channel(settings: Settings) -> Fcm:
    """Return the channel of the settings' service account; InputError if its file or a library is missing."""
    try:
        from google.oauth2 import service_account  # noqa: PLC0415 - an extra

        from notifier.channels.posting import Poster  # noqa: PLC0415 - an extra
    except ImportError as error:
        message = f"FCM needs {error.name}: pip install 'policypress[push]'"
        raise InputError(message) from error
    account = _account(settings.fcm_credentials)
    try:
        credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
            account, scopes=[SCOPE]
        )
    except (ValueError, TypeError):
        # The error's text may show the key.
        raise InputError(_unfit(settings.fcm_credentials)) from None
    poster = Poster(context=ssl.create_default_context(), proxy=cache(wire.proxy))
    project = quote(account["project_id"], safe="")
    url = f"{settings.fcm_url.rstrip('/')}/v1/projects/{project}/messages:send"
    return Fcm(url=url, poster=poster, credentials=credentials)


def understand(heard: Heard, now: float, *secrets: str) -> Reply:
    """Return what an answer means, by status and `errorCode` of the documentation's table; it repeats no secret."""
    status = heard.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Reply(result=Result.ACCEPTED)
    code, words, fields = _error(heard.body)
    code, why = wire.clean(code, *secrets), wire.clean(f"HTTP {status} {code} {words}", *secrets)
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        least = BUSY if status == HTTPStatus.TOO_MANY_REQUESTS else DOWN
        wait = wire.retry_after(heard.retry_after, now) or 0
        return Reply(result=Result.AGAIN, reason=f"HTTP {status} {code}".strip(), wait=max(least, wait), hold=True)
    if code == "UNREGISTERED":
        return Reply(result=Result.GONE, reason=f"HTTP {status} UNREGISTERED: the app's token is dead")
    if code == "SENDER_ID_MISMATCH":
        return Reply(result=Result.INVALID, reason=f"HTTP {status} SENDER_ID_MISMATCH: a token of another project")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Reply(result=Result.UNKNOWN, reason=f"HTTP {status} {code}".strip())
    if status == HTTPStatus.BAD_REQUEST and all(name in {"message", "message.token"} for name in fields):
        return Reply(result=Result.INVALID, reason=why)
    hint = "; check NOTIFIER_FCM_CREDENTIALS and NOTIFIER_FCM_URL"
    return Reply(result=Result.AGAIN, reason=f"FCM refuses us: {why}{hint}", stop=True)


def _error(body: bytes) -> tuple[str, str, list[str]]:
    """Return FCM's code (else Google's), its words, and the fields it complains of."""
    try:
        error = json.loads(body)["error"]
        details = [one for one in error.get("details", []) if isinstance(one, dict)]
        own = [str(one["errorCode"]) for one in details if "errorCode" in one]
        fields = [str(one.get("field")) for detail in details for one in detail.get("fieldViolations", [])]
        return (own or [str(error.get("status") or "")])[0], str(error.get("message") or ""), fields
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", "", []


def _body(batch: Batch, addressee: Addressee) -> bytes:
    return json.dumps(push.fcm(batch.content, addressee), ensure_ascii=False, separators=(",", ":")).encode()


def _account(path: Path | None) -> dict[str, Any]:
    try:
        account = json.loads(path.read_text(encoding="utf-8")) if path else None
    except (OSError, ValueError) as error:
        message = f"NOTIFIER_FCM_CREDENTIALS: {path} cannot be read: {type(error).__name__}"
        raise InputError(message) from None
    if not isinstance(account, dict) or not isinstance(account.get("project_id"), str):
        raise InputError(_unfit(path))
    return account


def _unfit(path: Path | None) -> str:
    return (
        f"NOTIFIER_FCM_CREDENTIALS: {path} is no key file of a Google service account (type, project_id, private_key)"
    )
