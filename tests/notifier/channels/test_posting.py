"""Tests of one POST: it goes out once, follows nothing, hears so much and no more, by the environment's proxy."""

from __future__ import annotations

import asyncio
import socket
import ssl
from base64 import b64decode
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from notifier.channels import posting, wire
from notifier.channels.flight import Reply
from notifier.channels.posting import LONGEST_ANSWER, LONGEST_LINE, MOST_HEADERS, Heard, Poster
from notifier.channels.protocol import Result
from tests.notifier.http_server import HttpServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer() as one:
        yield one


def post(url: str, times: int = 1, **changes: Any) -> list[Heard | Reply]:
    """Post one after the other, over what connections there are."""

    async def run() -> list[Heard | Reply]:
        poster = Poster(context=ssl.create_default_context(), **changes)
        try:
            return [await poster.post(url, {"X-Test": "1"}, b"body") for _ in range(times)]
        finally:
            await poster.close()

    return asyncio.run(run())


def descriptors() -> int:
    """Return how many files and connections this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def result(found: Heard | Reply) -> str | int:
    return found.result.value if isinstance(found, Reply) else found.status


def test_nothing_is_added_to_what_was_asked_for(server: HttpServer) -> None:
    """The path goes out letter by letter, and the library says nothing of itself."""
    (found,) = post(f"{server.url}/a%2Fb/../c%41?x=%20+%3a")
    (request,) = server.requests
    assert Heard(status=200, retry_after="", body=b"{}") == found
    assert "/a%2Fb/../c%41?x=%20+%3a" == request.path
    host = server.url.removeprefix("http://")
    assert {"host": host, "x-test": "1", "content-length": "4"} == request.headers


def test_a_connection_that_breaks_is_not_posted_on_again(server: HttpServer) -> None:
    """On a kept connection the second request may have been carried out: it is in doubt, not sent once more."""
    answers = iter([(200, {}, {}), "reset", (200, {}, {})])
    server.answer = lambda _request: next(answers)
    assert [200, "unknown", 200] == list(map(result, post(server.url, 3)))
    assert (3, 2) == (len(server.requests), server.connections)


def test_many_hosts_leave_few_connections_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever subscribes names a host: a thousand of them must not use up what a process may open."""
    monkeypatch.setattr(posting, "MOST_MADE", 20)
    open_now = []

    async def run(port: str) -> None:
        poster = Poster(context=ssl.create_default_context())
        for number in range(1, 101):
            heard = await poster.post(f"http://127.0.0.{number}:{port}", {}, b"body")
            assert 200 == result(heard)
            open_now.append(descriptors())
        await poster.close()

    with HttpServer(address="0.0.0.0") as server:
        before = descriptors()
        asyncio.run(run(server.url.rsplit(":")[-1]))
    # Both ends of each are here, and a handler's thread may be slow to see that its own has gone.
    assert max(open_now) - before < 3 * 20 + 20
    assert 100 == server.connections


def test_a_line_given_up_ends_with_its_last_request(server: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is under way is not cut off."""
    monkeypatch.setattr(posting, "MOST_MADE", 1)
    server.answer = lambda _request: 0.1

    async def run() -> list[Heard | Reply]:
        poster = Poster(context=ssl.create_default_context())
        found = await asyncio.gather(*(poster.post(server.url, {}, b"body") for _ in range(10)))
        found += [await poster.post(server.url, {}, b"body") for _ in range(3)]
        await poster.close()
        return found

    assert [201] * 13 == list(map(result, asyncio.run(run())))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer(server: HttpServer, status: int) -> None:
    """Nobody leads a message elsewhere."""
    server.answer = lambda _request: (status, {"Location": f"{server.url}/other"}, b"")
    assert [status] == list(map(result, post(server.url)))
    assert 1 == len(server.requests)


def test_a_long_answer_is_heard_to_the_limit(server: HttpServer) -> None:
    """The rest is left, with the connection; what it says packed is not unpacked."""
    server.answer = lambda _request: (201, {"Content-Encoding": "gzip"}, b"x" * (LONGEST_ANSWER * 20))
    heard = post(server.url, 2)
    assert [Heard(status=201, retry_after="", body=b"x" * LONGEST_ANSWER)] * 2 == heard
    assert 2 == server.connections


@pytest.mark.parametrize(
    "headers",
    [{"X-Long": "x" * (LONGEST_LINE + 1)}, {f"X-{number}": "x" for number in range(MOST_HEADERS + 1)}],
    ids=["long", "many"],
)
def test_headers_without_end_are_no_answer(server: HttpServer, headers: dict[str, str]) -> None:
    """The message may have been taken all the same."""
    server.answer = lambda _request: (201, headers, b"")
    assert ["unknown"] == list(map(result, post(server.url)))


def test_no_cookie_is_kept(server: HttpServer) -> None:
    """What a service sets is not told back to it."""
    server.answer = lambda _request: (201, {"Set-Cookie": "a=b; Path=/"}, b"")
    post(server.url, 2)
    assert [None, None] == [request.headers.get("cookie") for request in server.requests]


def test_no_answer_in_time_is_unknown(server: HttpServer) -> None:
    """The message may have been taken."""
    server.answer = lambda _request: 0.5
    (found,) = post(server.url, read=0.1)
    assert ("unknown", "SocketTimeoutError") == (result(found), found.reason)  # type: ignore[union-attr]


def test_no_connection_in_time_has_sent_nothing() -> None:
    """A host whose queue is full takes nobody; what else goes to it waits."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf, ExitStack() as waiting:
        for _ in range(2):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(deaf.getsockname())
        (found,) = post(f"http://127.0.0.1:{deaf.getsockname()[1]}", connect=0.1)
    assert Reply(result=Result.AGAIN, reason="ConnectionTimeoutError", hold=True) == found


def test_the_environments_proxy_carries_it(server: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the user and password that stand in its address, which are told to nobody else."""
    monkeypatch.setenv("http_proxy", server.url.replace("//", "//user:p%40ss@"))
    monkeypatch.setenv("no_proxy", "fcm.example.net")
    assert [200] == list(map(result, post("http://fcm.example.org/v1", proxy=wire.proxy)))
    (request,) = server.requests
    assert ("http://fcm.example.org/v1", "fcm.example.org") == (request.path, request.headers["host"])
    assert b"user:p@ss" == b64decode(request.headers["proxy-authorization"].removeprefix("Basic "))
    assert wire.proxy("http://fcm.example.net/v1") is None


def test_this_machine_is_reached_by_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rehearsal leaves the machine by no way, whatever the environment says."""
    monkeypatch.setenv("http_proxy", "http://proxy.example.org:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    assert [None, None] == [wire.proxy("http://localhost/v1"), wire.proxy("http://127.0.0.1:8080/v1")]
    assert "http://proxy.example.org:3128" == wire.proxy("http://fcm.example.org/v1")


@pytest.mark.parametrize(
    ("proxy", "reason"), [("127.0.0.1:9", "ClientProxyConnectionError"), ("", "ClientHttpProxyError")]
)
def test_a_proxy_that_refuses_has_sent_nothing(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch, proxy: str, reason: str
) -> None:
    """Behind a proxy a TLS connection begins by asking it."""
    monkeypatch.setenv("https_proxy", proxy or server.url)
    (found,) = post("https://fcm.example.org/v1", proxy=wire.proxy)
    assert Reply(result=Result.AGAIN, reason=reason, hold=True) == found
    assert [] == server.requests
