"""One POST by aiohttp, and what is known where no answer came of it; knows no provider."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from notifier.channels.flight import Reply
from notifier.channels.guarded import Forbidden, unguarded
from notifier.channels.protocol import Result
from notifier.channels.wire import CONNECT, READ

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

    from notifier.channels.guarded import Guard

#: Seconds a connection is kept without a request. A server that closes it earlier leaves the next request in doubt.
IDLE = 60.0
#: Connections made before all are given up for new ones: a thousand hosts must not leave a thousand open behind them.
MOST_MADE = 400
#: Bytes of an answer, and of each line and the number of its headers: a server may be anybody's.
LONGEST_ANSWER, LONGEST_LINE, MOST_HEADERS = 65_536, 8190, 128
#: What the library would add of its own.
_SILENT = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a server answered."""

    status: int
    #: Its Retry-After, or empty.
    retry_after: str
    #: Bytes of its body; no more of it than we listen to.
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Poster:
    """Posts over connections that are kept; used on one loop, which its first request opens it on.

    Follows no redirect, keeps no cookie, unpacks nothing, and never posts a second time by itself.
    """

    context: ssl.SSLContext = field(repr=False)
    #: Decides which addresses are connected to; None: all.
    guard: Guard | None = None
    #: Gives the proxy that leads to a URL.
    proxy: Callable[[str], str | None] = field(default=lambda _url: None, repr=False)
    #: Seconds to connect, and between two signs of life of an answer.
    connect: float = CONNECT
    read: float = READ
    #: The one in use, after those that still have requests under way.
    _lines: list[_Line] = field(default_factory=list, repr=False)

    async def post(self, url: str, headers: Mapping[str, str], content: bytes) -> Heard | Reply:
        """Return what the server answered; a Reply where it cannot have been asked, or may have been."""
        try:
            return await self._exchange(url, headers, content)
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, Forbidden):
                return _never(str(error.os_error))
            return Reply(result=Result.AGAIN, reason=type(error).__name__, hold=True)
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError) as error:
            return Reply(result=Result.AGAIN, reason=type(error).__name__, hold=True)
        except aiohttp.InvalidURL:
            return _never("its host is no host name")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Reply(result=Result.UNKNOWN, reason=type(error).__name__)

    async def close(self) -> None:
        """Close the connections."""
        for line in self._lines:
            await line.session.close()

    async def _exchange(self, url: str, headers: Mapping[str, str], content: bytes) -> Heard:
        line = await self._line()
        line.busy += 1
        try:
            # Encoded: it goes out letter by letter as it was given.
            async with line.session.post(
                URL(url, encoded=True), data=content, headers=headers, allow_redirects=False, proxy=self.proxy(url)
            ) as response:
                body = await _listened(response.content)
                return Heard(status=response.status, retry_after=response.headers.get("Retry-After", ""), body=body)
        finally:
            line.busy -= 1
            await self._tidy()

    async def _line(self) -> _Line:
        if not self._lines or self._lines[-1].made >= MOST_MADE:
            self._lines.append(_Line(self))
            await self._tidy()
        return self._lines[-1]

    async def _tidy(self) -> None:
        for line in [one for one in self._lines[:-1] if not one.busy]:
            self._lines.remove(line)
            await line.session.close()


class _Line:
    """A session of the library, the connections it has made, and its requests under way."""

    def __init__(self, poster: Poster) -> None:
        self.made, self.busy = 0, 0
        self._make = poster.guard.socket if poster.guard else unguarded
        # As many connections as there are requests under way: the lanes bound them.
        connector = aiohttp.TCPConnector(
            limit=0,
            ssl=poster.context,
            keepalive_timeout=IDLE,
            resolver=_Resolver(poster.guard) if poster.guard else None,
            socket_factory=self._socket,
        )
        self.session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(connect=poster.connect, sock_read=poster.read),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=_SILENT,
            read_bufsize=LONGEST_ANSWER,
            max_line_size=LONGEST_LINE,
            max_field_size=LONGEST_LINE,
            max_headers=MOST_HEADERS,
        )

    def _socket(self, info: tuple[Any, ...]) -> socket.socket:
        self.made += 1
        return self._make(info)


class _Resolver(AbstractResolver):
    """The guard as the library asks for names; addresses that stand in a URL pass it by and meet the socket's check."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a host, each checked."""
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST)
            for address in await self._guard.look_up(host, port)
        ]

    async def close(self) -> None:
        """Have nothing to close."""


def _never(why: str) -> Reply:
    return Reply(result=Result.INVALID, reason=f"the endpoint is not written to: {why}")


async def _listened(content: aiohttp.StreamReader) -> bytes:
    """Return the body up to LONGEST_ANSWER; where it goes on, the connection is given up and not read to the end."""
    heard = b""
    while len(heard) < LONGEST_ANSWER and (part := await content.read(LONGEST_ANSWER - len(heard))):
        heard += part
    return heard
