"""Firebase Cloud Messaging, HTTP v1: httpx over HTTP/2, google-auth for the token; knows no sibling."""

from __future__ import annotations

import json
import ssl
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx

from notifier.channels import flight, push, wire
from notifier.channels.flight import Flight, Reply
from notifier.channels.protocol import Addressee, Answer, Batch, Kind, Result, all_alike, blame_us, stop_all
from notifier.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Fcm:
    """Sends one message a request, many requests at once over one connection."""

    #: Base URL and project, as `https://…/v1/projects/<id>/messages:send`.
    url: str
    #: One for each lane, or fewer where requests share a connection as streams.
    clients: tuple[httpx.AsyncClient, ...] = field(repr=False)
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
        largest = max(len(_body(batch, addressee)) for addressee in batch.addressees)
        if largest > LARGEST:
            return stop_all(batch.addressees, f"the push has {largest} bytes, FCM takes {LARGEST}: shorten it")
        try:
            token = self._token()
        except _Refused as error:
            return stop_all(batch.addressees, str(error))
        except httpx.TransportError as error:
            return all_alike(batch.addressees, Result.AGAIN, f"token: {type(error).__name__}")

        async def post(addressee: Addressee, lane: int) -> Reply:
            client = self.clients[lane % len(self.clients)]
            return await self._post(client, _body(batch, addressee), token, addressee.address)

        answer = self.flight.run(flight.answer(batch.addressees, post))
        return blame_us(batch, answer, "FCM", least=ALIKE)

    def close(self) -> None:
        """Close the connections."""
        self.flight.close(self._aclose())

    async def _aclose(self) -> None:
        for client in self.clients:
            await client.aclose()

    async def _post(self, client: httpx.AsyncClient, body: bytes, token: str, address: str) -> Reply:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        try:
            response = await client.post(self.url, content=body, headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return Reply(result=Result.AGAIN, reason=type(error).__name__, hold=True)
        except httpx.TransportError as error:
            return Reply(result=Result.UNKNOWN, reason=type(error).__name__)
        return understand(response, self.clock(), token, address)

    def _token(self) -> str:
        from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415 - an extra

        with self._lock, httpx.Client(timeout=httpx.Timeout(wire.READ, connect=wire.CONNECT)) as client:
            if not self.credentials.valid:
                try:
                    self.credentials.refresh(_Exchange(client))
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

    client: httpx.Client

    def __call__(self, url: str, method: str = "GET", body: Any = None, headers: Any = None, **_more: Any) -> _Reply:
        response = self.client.request(method, url, content=body, headers=headers)
        return _Reply(status=response.status_code, headers=response.headers, data=response.content)


def configured(settings: Settings) -> bool:
    """Return whether the settings name a service account."""
    return settings.fcm_credentials is not None


def harmless(settings: Settings) -> bool:
    """Return whether the messages go to this machine."""
    return wire.leads_home(settings.fcm_url)


def open_channel(settings: Settings) -> Fcm:
    """Return the channel of the settings' service account; InputError if its file or a library is missing."""
    try:
        import h2  # noqa: F401, PLC0415 - an extra; httpx asks for it only at the first request
        from google.oauth2 import service_account  # noqa: PLC0415 - an extra
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
    # HTTP/2 is negotiated by TLS; a server on this machine without TLS gets a connection for each lane.
    count = 1 if settings.fcm_url.startswith("https:") else flight.LANES
    context = ssl.create_default_context()
    clients = tuple(_client(context, home=harmless(settings)) for _ in range(count))
    project = quote(account["project_id"], safe="")
    url = f"{settings.fcm_url.rstrip('/')}/v1/projects/{project}/messages:send"
    return Fcm(url=url, clients=clients, credentials=credentials)


def _client(context: ssl.SSLContext, *, home: bool) -> httpx.AsyncClient:
    timeout = httpx.Timeout(wire.READ, connect=wire.CONNECT)
    return httpx.AsyncClient(http2=True, verify=context, timeout=timeout, trust_env=not home)


def understand(response: httpx.Response, now: float, *secrets: str) -> Reply:
    """Return what an answer means, by status and `errorCode` of the documentation's table; it repeats no secret."""
    status = response.status_code
    if response.is_success:
        return Reply(result=Result.ACCEPTED)
    code, words, fields = _error(response)
    code, why = wire.clean(code, *secrets), wire.clean(f"HTTP {status} {code} {words}", *secrets)
    if status in {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE}:
        least = BUSY if status == httpx.codes.TOO_MANY_REQUESTS else DOWN
        wait = wire.retry_after(response.headers.get("Retry-After", ""), now) or 0
        return Reply(result=Result.AGAIN, reason=f"HTTP {status} {code}".strip(), wait=max(least, wait), hold=True)
    if code == "UNREGISTERED":
        return Reply(result=Result.GONE, reason=f"HTTP {status} UNREGISTERED: the app's token is dead")
    if code == "SENDER_ID_MISMATCH":
        return Reply(result=Result.INVALID, reason=f"HTTP {status} SENDER_ID_MISMATCH: a token of another project")
    if response.is_server_error:
        return Reply(result=Result.UNKNOWN, reason=f"HTTP {status} {code}".strip())
    if status == httpx.codes.BAD_REQUEST and all(name in {"message", "message.token"} for name in fields):
        return Reply(result=Result.INVALID, reason=why)
    hint = "; check NOTIFIER_FCM_CREDENTIALS and NOTIFIER_FCM_URL"
    return Reply(result=Result.AGAIN, reason=f"FCM refuses us: {why}{hint}", stop=True)


def _error(response: httpx.Response) -> tuple[str, str, list[str]]:
    """Return FCM's code (else Google's), its words, and the fields it complains of."""
    try:
        error = response.json()["error"]
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
