"""A provider on loopback, in a process of its own: parses as little as it can, and counts what it is given."""

from __future__ import annotations

import asyncio
import multiprocessing
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection


class Provider(asyncio.Protocol):
    """Answers every request at once. No client here sends a second one before the answer to the first."""

    ANSWER: ClassVar[bytes] = b"HTTP/1.1 202 Accepted\r\nX-Message-Id: m\r\nContent-Length: 0\r\n\r\n"
    #: What a copy in a request's body looks like; none: a request is a copy.
    MARKS: ClassVar[tuple[bytes, ...]] = ()
    copies: ClassVar[int] = 0

    def connection_made(self, transport: Any) -> None:
        """Begin with nothing."""
        self.transport, self.parts, self.missing = transport, list[bytes](), 0

    def data_received(self, data: bytes) -> None:
        """Take what came; a request is whole once its length is there."""
        self.parts.append(data)
        if self.missing <= 0:
            head, mark, rest = b"".join(self.parts).partition(b"\r\n\r\n")
            if not mark:
                return
            head = head.lower()
            at = head.index(b"content-length:") + 15
            self.missing = int(head[at : at + 12].split(b"\r", 1)[0]) - len(rest)
        else:
            self.missing -= len(data)
        if self.missing <= 0:
            self.count(b"".join(self.parts))
            self.parts, self.missing = [], 0
            self.transport.write(self.ANSWER)

    def count(self, request: bytes) -> None:
        """Count the copies of a request."""
        Provider.copies += sum(map(request.count, self.MARKS)) if self.MARKS else 1


class Mail(Provider):
    """SendGrid: how a copy begins, in the SDK's JSON and in ours."""

    MARKS = (b'"to": [{"email"', b'"to":[{"email"')


class Fcm(Provider):
    """FCM, and Google's token endpoint, which is no message: one answer serves both."""

    BODY = b'{"name":"projects/p/messages/1","access_token":"t","token_type":"Bearer","expires_in":3600}'
    ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
    MARKS = (b'"token":',)


class Push(Provider):
    """A push service."""

    ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"


@dataclass(slots=True, kw_only=True)
class Loopback:
    """A provider that runs."""

    url: str
    pid: int
    #: Copies it was given; known at the end.
    copies: int = 0


def serve(answer: Connection, kind: type[Provider]) -> None:
    """Serve until a word comes; tell the port at first and the copies at the end."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(kind, "127.0.0.1", 0, backlog=1024)
        answer.send(server.sockets[0].getsockname()[1])
        await loop.run_in_executor(None, answer.recv)
        answer.send(Provider.copies)

    asyncio.run(run())


@contextmanager
def provider(kind: type[Provider]) -> Iterator[Loopback]:
    """Run a provider; its count is there once it has ended."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=serve, args=(there, kind))
    server.start()
    running = Loopback(url=f"http://127.0.0.1:{here.recv()}", pid=server.pid or 0)
    try:
        yield running
    finally:
        here.send("stop")
        running.copies = here.recv()
        server.join()
