"""Tests of web push against a push service on loopback; the receiver opens what it gets."""

from __future__ import annotations

import ipaddress
import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from notifier.channels import flight
from notifier.channels.guarded import allowed
from notifier.channels.protocol import Addressee, Answer, Batch, Content, Kind
from notifier.channels.webpush import WebPush, harmless, open_channel
from notifier.errors import InputError
from notifier.settings import Settings
from notifier.tokens import NoticeId
from tests.notifier.browser import Browser, claims
from tests.notifier.http_server import HttpServer

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
CONTENT = Content(
    kind=Kind.WEBPUSH, locale="ar", direction="rtl", guardian=False, subject="العنوان", text="النص",
    url="https://policy.example.org/ar/changes/2026-12-01/",
)  # fmt: skip
BROWSER = Browser()


def make_batch(*subscriptions: str) -> Batch:
    people = tuple(
        Addressee(notice=str(NoticeId(campaign=1, holder=number, channel=3)), address=one)
        for number, one in enumerate(subscriptions)
    )
    return Batch(campaign="privacy-policy/2026-12-01", attempt="7", content=CONTENT, addressees=people)


def open_one(hosts: str = "loopback") -> WebPush:
    return open_channel(Settings(vapid_key=SecretStr(KEY), webpush_hosts=hosts, sender="X <privacy@example.org>"))


def deliver(*subscriptions: str, hosts: str = "loopback", **changes: Any) -> Answer:
    channel = replace(open_one(hosts), **changes)
    try:
        return channel.send(make_batch(*subscriptions))
    finally:
        channel.close()


def results(answer: Answer) -> list[str]:
    return [outcome.result.value for outcome in answer.outcomes]


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer() as one:
        one.answer = lambda _request: (201, {"Location": "/m/1"}, b"")
        yield one


def test_the_request_is_exactly_this(server: HttpServer) -> None:
    """RFC 8030's headers, RFC 8292's token, and a body that the receiver's keys open."""
    assert ["accepted"] == results(
        deliver(BROWSER.subscription(f"{server.url}/push/abc?x=1"), clock=lambda: 1_796_000_000.0)
    )
    (request,) = server.requests
    notice = str(NoticeId(campaign=1, holder=0, channel=3))
    assert "/push/abc?x=1" == request.path
    authorization = request.headers.pop("authorization")
    assert {
        "host": server.url.removeprefix("http://"),
        "ttl": "2419200",
        "topic": notice,
        "urgency": "normal",
        "content-encoding": "aes128gcm",
        "content-type": "application/octet-stream",
        "content-length": str(len(request.body)),
    } == request.headers
    assert len(notice) <= 32
    expected = {"aud": server.url, "exp": 1_796_000_000 + 12 * 3600, "sub": "mailto:privacy@example.org"}
    assert expected == claims(authorization)
    assert {
        "title": "العنوان", "body": "النص", "url": CONTENT.url, "lang": "ar", "dir": "rtl", "tag": notice,
    } == json.loads(BROWSER.opened(request.body))  # fmt: skip


def test_a_token_serves_its_origin_until_shortly_before_its_end(server: HttpServer) -> None:
    """Made once, made again in time, and never good for more than a day, even if the clock is set back."""
    now = [1_796_000_000.0]
    channel = replace(open_one(), clock=lambda: now[0])
    for second in (0, 60, 11 * 3600 - 1, 11 * 3600, -3600):
        now[0] = 1_796_000_000.0 + second
        channel.send(make_batch(BROWSER.subscription(f"{server.url}/1")))
    channel.close()
    expires = [claims(request.headers["authorization"])["exp"] - 1_796_000_000 for request in server.requests]
    assert [hours * 3600 for hours in (12, 12, 12, 23, 11)] == expires


@pytest.mark.parametrize(
    ("answer", "result", "reason", "wait"),
    [
        ((200, {}, b""), "accepted", "", None),
        ((404, {}, b""), "gone", "subscription is dead", None),
        ((410, {}, b"expired"), "gone", "subscription is dead", None),
        ((413, {}, b""), "invalid", "too big", None),
        ((400, {}, b""), "invalid", "refuses the message", None),
        ((403, {}, b""), "invalid", "refuses our key", None),
        ((301, {"Location": "http://127.0.0.1:9/"}, b""), "invalid", "not followed", None),
        ((429, {"Retry-After": "120"}, b""), "again", "HTTP 429", 120.0),
        ((429, {"Retry-After": "99999999"}, b""), "again", "HTTP 429", 3600.0),
        ((429, {"Retry-After": "Tue, 01 Dec 2026 09:02:00 GMT"}, b""), "again", "HTTP 429", 120.0),
        ((503, {}, b""), "again", "HTTP 503", None),
        ((500, {}, b""), "unknown", "HTTP 500", None),
        ((201, {}, b"x" * 100_000), "accepted", "", None),
        ("reset", "unknown", "ServerDisconnected", None),
    ],
)
def test_what_an_answer_means(server: HttpServer, answer: Any, result: str, reason: str, wait: float | None) -> None:
    """Dead, wrong, later or unknown; a single service never stops the run, and is heard out only so far."""
    server.answer = lambda _request: answer
    found = deliver(BROWSER.subscription(server.url), clock=lambda: 1_796_115_600.0)
    assert ([result], wait, "") == (results(found), found.outcomes[0].wait, found.stop)
    assert reason in found.outcomes[0].reason
    assert 1 == len(server.requests)


def test_no_answer_in_time_is_unknown(server: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message may have been taken."""
    monkeypatch.setattr(flight, "LONGEST", 0.1)
    server.answer = lambda _request: 0.5
    assert ["unknown"] == results(deliver(BROWSER.subscription(server.url)))


def test_nobody_listening_is_certainly_not_sent() -> None:
    """A refused connection is tried again."""
    assert ["again"] == results(deliver(BROWSER.subscription("http://127.0.0.1:9/x")))


def test_a_busy_service_holds_back_its_own_only(server: HttpServer) -> None:
    """The others go on."""
    server.answer = lambda _request: (429, {"Retry-After": "60"}, b"")
    with HttpServer() as other:
        urls = [f"{one.url}/{number}" for number in range(100) for one in (server, other)]
        answer = deliver(*map(BROWSER.subscription, urls))
    assert ["again", "accepted"] * 100 == results(answer)
    assert {60.0} == {outcome.wait for outcome in answer.outcomes if outcome.result == "again"}
    assert len(server.requests) <= 50
    assert 100 == len(other.requests)


@pytest.mark.parametrize(
    ("endpoint", "reason"),
    [
        ("http://push.example.net/1", "no https"),
        ("ftp://push.example.net/1", "no https"),
        ("https://user@push.example.net/1", "not an address"),
        ("https://push.example.net/a b", "not an address"),
        ("https://", "not an address"),
        ("https://push.example.net:99999/", "not a push subscription"),
        ("https://127.0.0.1/1", "public address"),
        ("https://localhost:1/1", "public address"),
        ("https://[::1]/1", "public address"),
        ("https://[::ffff:10.0.0.1]/1", "public address"),
        ("https://169.254.169.254/latest/meta-data", "public address"),
        ("https://192.168.1.1/", "public address"),
        ("https://0x7f000001/", "public address"),
        ("https://2130706433/", "no host name"),
        ("https://127.1/", "no host name"),
    ],
)
def test_no_subscription_leads_into_our_own_network(endpoint: str, reason: str) -> None:
    """An endpoint is what a stranger's browser named: https to the world, and nothing else."""
    (outcome,) = deliver(BROWSER.subscription(endpoint), hosts="public").outcomes
    assert "invalid" == outcome.result
    assert reason in outcome.reason


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.216.34", True), ("2606:4700::1111", True),
        ("10.0.0.1", False), ("100.64.0.1", False), ("0.0.0.0", False), ("224.0.0.1", False), ("255.255.255.255", False),
        ("fe80::1", False), ("fc00::1", False), ("::", False), ("ff02::1", False),
        ("::ffff:127.0.0.1", False), ("64:ff9b::7f00:1", False), ("2002:7f00:1::", False),
    ],
)  # fmt: skip
def test_what_is_public(address: str, expected: bool) -> None:  # noqa: FBT001
    """Also by the ways in which IPv6 writes an IPv4 address."""
    assert expected == allowed(ipaddress.ip_address(address), "public")


def test_a_rehearsal_writes_to_this_machine_only() -> None:
    """With `loopback` a service of the world is refused, so nothing can slip out."""
    settings = Settings(vapid_key=SecretStr(KEY), webpush_hosts="loopback")
    assert [True, False] == [harmless(settings), harmless(Settings(vapid_key=SecretStr(KEY)))]
    (outcome,) = deliver(BROWSER.subscription("https://93.184.216.34/1")).outcomes
    assert "loopback address" in outcome.reason


@pytest.mark.parametrize(
    "text",
    ["{}", "[]", "null", '{"endpoint": 3}', '{"endpoint": "https://a/", "keys": {"p256dh": "AA", "auth": "AA"}}'],
)
def test_what_is_no_subscription_costs_itself_only(server: HttpServer, text: str) -> None:
    """The copy beside it goes out."""
    assert ["invalid", "accepted"] == results(deliver(text, BROWSER.subscription(server.url)))


def test_a_push_that_is_too_big_is_not_begun(server: HttpServer) -> None:
    """4,096 bytes with what sealing adds, checked before the first request."""
    batch = make_batch(BROWSER.subscription(server.url))
    channel = open_one()
    answer = channel.send(replace(batch, content=replace(CONTENT, text="x" * 3993)))
    channel.close()
    assert "3993 before encryption" in answer.stop
    assert [] == server.requests


def test_everybody_refused_alike_is_our_fault(server: HttpServer) -> None:
    """A key that no service takes stops the run and marks nobody."""
    server.answer = lambda _request: (403, {}, b"")
    answer = deliver(*[BROWSER.subscription(server.url)] * 10)
    assert ["again"] * 10 == results(answer)
    assert "refuses our key" in answer.stop


def test_the_key_is_never_shown() -> None:
    """Neither by the channel nor by the message that refuses a broken one."""
    channel = open_one()
    assert KEY not in repr(channel)
    channel.close()
    with pytest.raises(InputError, match="NOTIFIER_VAPID_KEY") as caught:
        open_channel(Settings(vapid_key=SecretStr(KEY[:-5])))
    assert KEY[:10] not in str(caught.value)


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says how to install it."""
    monkeypatch.delitem(sys.modules, "notifier.channels.sealing", raising=False)
    monkeypatch.delattr("notifier.channels.sealing", raising=False)
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric", None)
    with pytest.raises(InputError, match=r"pip install 'policypress\[push\]'"):
        open_one()
