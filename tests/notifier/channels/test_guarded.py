"""Tests of where a push service's host may lead, whatever its name server says from one moment to the next."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import TYPE_CHECKING, Any

import pytest

from notifier.channels.flight import Reply
from notifier.channels.guarded import Forbidden, Guard
from notifier.channels.posting import Poster
from tests.notifier.http_server import HttpServer

if TYPE_CHECKING:
    from collections.abc import Sequence

PUBLIC, PRIVATE, OURS = "93.184.216.34", "10.0.0.1", "127.0.0.1"


class Names:
    """A name server that says something else each time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: Sequence[str] | int) -> None:
        self.answers, self.asked = list(answers), 0
        monkeypatch.setattr(socket, "getaddrinfo", self.look_up)

    def look_up(self, _host: str, port: int, *_more: Any, **_named: Any) -> Any:
        self.asked += 1
        found = self.answers.pop(0)
        if isinstance(found, int):
            raise socket.gaierror(found, "words")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]


def post(guard: Guard, url: str, times: int = 1) -> list[Any]:
    async def run() -> list[Any]:
        poster = Poster(context=ssl.create_default_context(), guard=guard)
        try:
            return [await poster.post(url, {}, b"x") for _ in range(times)]
        finally:
            await poster.close()

    return asyncio.run(run())


@pytest.mark.parametrize("addresses", [[PRIVATE], [PUBLIC, PRIVATE], [PRIVATE, PUBLIC], ["::1"]])
def test_a_name_is_refused_for_any_of_its_addresses(monkeypatch: pytest.MonkeyPatch, addresses: list[str]) -> None:
    """Also if the first is a public one."""
    Names(monkeypatch, addresses)
    (found,) = post(Guard(hosts="public"), "http://push.example.net/1")
    assert isinstance(found, Reply)
    assert ("invalid", True) == (found.result.value, "public address" in found.reason)


def test_what_was_checked_is_what_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that changes its address is looked up once for a connection, and once more for the next."""
    with HttpServer() as server:
        names = Names(monkeypatch, [OURS], [PRIVATE])
        url = f"http://push.example.net:{server.url.rsplit(':')[-1]}/1"
        guard = Guard(hosts="loopback")
        assert [200, 200] == [one.status for one in post(guard, url, 2)]
        assert 1 == names.asked
        (found,) = post(guard, url)
    assert "invalid" == found.result.value
    assert 2 == len(server.requests)


def test_the_socket_refuses_what_slipped_by() -> None:
    """An address that stands in the URL meets no name server: its socket is never made."""
    guard = Guard(hosts="public")
    for family, address in ((socket.AF_INET, PRIVATE), (socket.AF_INET6, "::1"), (socket.AF_INET6, "fe80::1")):
        with pytest.raises(Forbidden):
            guard.socket((family, socket.SOCK_STREAM, 6, "", (address, 443)))
    guard.socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", (PUBLIC, 443))).close()


@pytest.mark.parametrize(("code", "result"), [(socket.EAI_NONAME, "invalid"), (socket.EAI_AGAIN, "again")])
def test_a_name_that_is_none_is_final_and_a_name_server_that_is_away_is_not(
    monkeypatch: pytest.MonkeyPatch, code: int, result: str
) -> None:
    """The subscription is given up, or tried again."""
    Names(monkeypatch, code)
    (found,) = post(Guard(hosts="public"), "http://push.example.net/1")
    assert result == found.result.value
