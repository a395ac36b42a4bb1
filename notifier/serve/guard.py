"""What every request passes: bounded bodies, headers, and keys compared in constant time; knows no route."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Seconds a client may take to send a body.
PATIENCE = 30
#: Nothing of ours is framed, run, fetched from elsewhere or kept; a link's token is never told to the page it leads to.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cache-Control": "no-store",
}
#: A year; sent where the pages are served by HTTPS.
TRANSPORT = {"Strict-Transport-Security": "max-age=31536000"}


@dataclass(frozen=True, slots=True)
class Headers:
    """Adds the security headers to every answer, also to that of a fault; one that an answer has set itself stays."""

    app: ASGIApp
    secure: bool = False
    #: Told the class of a fault; its words, which may name what a log must not, go nowhere.
    on_fault: Callable[[str], None] = lambda _name: None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in (HEADERS | TRANSPORT if self.secure else HEADERS).items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, with_headers)
        except Exception as error:  # noqa: BLE001 - the last place; the answer was sent below
            self.on_fault(type(error).__name__)


def client(request: Request) -> str:
    """Return what stands for a client: its address, or the network that one line of IPv6 is given."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))


async def body(request: Request, largest: int) -> bytes:
    """Return a request's body; 413 as soon as it is larger than allowed, 408 if it does not come."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > largest:
        raise HTTPException(413, f"at most {largest} bytes")
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(PATIENCE):
            async for part in request.stream():
                size += len(part)
                if size > largest:
                    raise HTTPException(413, f"at most {largest} bytes")
                parts.append(part)
    except TimeoutError:
        raise HTTPException(408, "the body did not come in time") from None
    return b"".join(parts)


def same_key(given: str, ours: bytes) -> bool:
    """Return whether a key is ours, in a time that tells neither its length nor where it differs."""
    return hmac.compare_digest(sha256(given.encode(errors="replace")).digest(), sha256(ours).digest())
