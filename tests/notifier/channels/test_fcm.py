"""Tests of FCM's channel: the exact request, the token, and what each answer of the documentation means."""

from __future__ import annotations

import json
import ssl
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from notifier.channels import flight
from notifier.channels.fcm import Fcm, harmless, open_channel
from notifier.channels.protocol import Addressee, Answer, Batch, Content, Kind
from notifier.errors import InputError
from notifier.settings import Settings
from tests.notifier.http_server import HttpServer
from tests.notifier.smtp_server import authority

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONTENT = Content(
    kind=Kind.FCM, locale="kk", direction="ltr", guardian=False, subject="Тақырып", text="Мәтін",
    url="https://policy.example.org/kk/changes/2026-12-01/",
)  # fmt: skip
KEY = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


def make_batch(count: int) -> Batch:
    people = tuple(Addressee(notice=f"n{number}", address=f"tok{number}") for number in range(count))
    return Batch(campaign="privacy-policy/2026-12-01", attempt="7", content=CONTENT, addressees=people)


def problem(status: int, code: str, *fields: str, message: str = "words", headers: dict[str, str] | None = None) -> Any:
    """Return an answer as FCM's documentation shows it."""
    details: list[dict[str, Any]] = [{"@type": FCM_ERROR, "errorCode": code}]
    if fields:
        details.append({"@type": BAD_REQUEST, "fieldViolations": [{"field": name} for name in fields]})
    return status, headers or {}, {"error": {"code": status, "message": message, "status": "X", "details": details}}


class Service:
    """The token endpoint and FCM on one server."""

    def __init__(self, server: HttpServer, path: Path) -> None:
        self.server, self.path = server, path
        self.tokens = 0
        self.token: Callable[[], Any] = lambda: (200, {}, {"access_token": "ya29.T", "expires_in": 3600})
        self.send: Callable[[Any], Any] = lambda _message: (200, {}, {"name": "projects/p1/messages/1"})
        server.answer = self._answer
        self.write(token_uri=f"{server.url}/token")

    def _answer(self, request: Any) -> Any:
        if request.path == "/token":
            self.tokens += 1
            return self.token()
        return self.send(request.json["message"])

    def write(self, **fields: str) -> None:
        account = {
            "type": "service_account", "project_id": "p1", "private_key_id": "k", "private_key": KEY,
            "client_email": "sender@p1.iam.gserviceaccount.com",
        }  # fmt: skip
        self.path.write_text(json.dumps(account | fields))

    def open(self) -> Fcm:
        return open_channel(Settings(fcm_url=self.server.url, fcm_credentials=self.path))

    def deliver(self, count: int) -> Answer:
        channel = self.open()
        try:
            return channel.send(make_batch(count))
        finally:
            channel.close()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with HttpServer() as server:
        yield Service(server, tmp_path / "account.json")


def results(answer: Answer) -> list[str]:
    return [outcome.result.value for outcome in answer.outcomes]


def test_the_request_is_exactly_this(service: Service) -> None:
    """One message, the notice's id as collapse key and tag, so that a second one replaces the first."""
    assert ["accepted"] == results(service.deliver(1))
    token, message = service.server.requests
    assert b"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer" in token.body
    assert ("/v1/projects/p1/messages:send", "Bearer ya29.T", "application/json") == (
        message.path, message.headers["authorization"], message.headers["content-type"],
    )  # fmt: skip
    expected = {
        "message": {
            "token": "tok0",
            "notification": {"title": "Тақырып", "body": "Мәтін"},
            "data": {"notice": "n0", "url": CONTENT.url, "lang": "kk"},
            "android": {"collapse_key": "n0", "ttl": "2419200s", "notification": {"tag": "n0"}},
            "apns": {"headers": {"apns-collapse-id": "n0"}},
        }
    }
    assert expected == message.json


def test_many_requests_are_in_flight_and_one_token_serves_them(service: Service) -> None:
    """One message a request, fifty at a time at most, the token asked for once."""
    service.send = lambda _message: 0.05
    channel = service.open()
    for _ in range(2):
        assert ["accepted"] * 150 == results(channel.send(make_batch(150)))
    channel.close()
    assert 1 == service.tokens
    assert 20 < service.server.most <= 50


@pytest.mark.parametrize(
    ("answer", "result", "reason", "wait", "stops"),
    [
        (problem(404, "UNREGISTERED"), "gone", "UNREGISTERED", None, False),
        (problem(400, "INVALID_ARGUMENT", "message.token"), "invalid", "INVALID_ARGUMENT words", None, False),
        (problem(400, "INVALID_ARGUMENT"), "invalid", "INVALID_ARGUMENT words", None, False),
        (problem(400, "INVALID_ARGUMENT", "message.android.ttl"), "again", "refuses us", None, True),
        (problem(403, "SENDER_ID_MISMATCH"), "invalid", "another project", None, False),
        (problem(403, "PERMISSION_DENIED"), "again", "NOTIFIER_FCM_CREDENTIALS", None, True),
        (problem(401, "THIRD_PARTY_AUTH_ERROR"), "again", "THIRD_PARTY_AUTH_ERROR", None, True),
        ((404, {}, b"<html>not found"), "again", "NOTIFIER_FCM_URL", None, True),
        ((307, {"Location": "/elsewhere"}, b""), "again", "HTTP 307", None, True),
        (problem(429, "QUOTA_EXCEEDED"), "again", "QUOTA_EXCEEDED", 60.0, False),
        (problem(429, "QUOTA_EXCEEDED", headers={"Retry-After": "90"}), "again", "429", 90.0, False),
        (problem(429, "QUOTA_EXCEEDED", headers={"Retry-After": "5"}), "again", "429", 60.0, False),
        (problem(503, "UNAVAILABLE"), "again", "UNAVAILABLE", 10.0, False),
        (problem(503, "UNAVAILABLE", headers={"Retry-After": "30"}), "again", "503", 30.0, False),
        (problem(500, "INTERNAL"), "unknown", "INTERNAL", None, False),
        ((502, {}, b"<html>"), "unknown", "502", None, False),
        ("reset", "unknown", "", None, False),
    ],
)
def test_what_an_answer_means(
    service: Service,
    answer: Any,
    result: str,
    reason: str,
    wait: float | None,
    stops: bool,  # noqa: FBT001
) -> None:
    """The codes of the documentation: dead, wrong, later, unknown, or a refusal of us as a whole."""
    service.send = lambda _message: answer
    found = service.deliver(1)
    assert ([result], wait, stops) == (results(found), found.outcomes[0].wait, bool(found.stop))
    assert reason in found.outcomes[0].reason
    assert 1 == len(service.server.requests) - service.tokens


def test_a_busy_service_is_left_alone(service: Service) -> None:
    """After a 429 nothing more of the batch is begun, and all of it waits a minute."""
    service.send = lambda _message: problem(429, "QUOTA_EXCEEDED")
    answer = service.deliver(300)
    assert {("again", 60.0)} == {(outcome.result.value, outcome.wait) for outcome in answer.outcomes}
    assert len(service.server.requests) - service.tokens <= 50


def test_one_dead_token_costs_itself_only(service: Service) -> None:
    """The others are delivered, each once."""
    service.send = lambda message: (
        problem(404, "UNREGISTERED") if message["token"] == "tok3" else (200, {}, {"name": "m"})
    )
    assert ["gone" if number == 3 else "accepted" for number in range(8)] == results(service.deliver(8))
    assert 9 == len(service.server.requests)


def test_everybody_refused_alike_is_our_fault(service: Service) -> None:
    """Where the message itself is refused, no token is marked."""
    service.send = lambda _message: problem(400, "INVALID_ARGUMENT", message="payload too big")
    answer = service.deliver(12)
    assert ["again"] * 12 == results(answer)
    assert "every recipient alike" in answer.stop


def test_a_push_that_is_too_big_is_not_begun(service: Service) -> None:
    """4,096 bytes are checked before anything is asked of anyone."""
    batch = make_batch(1)
    channel = service.open()
    answer = channel.send(replace(batch, content=replace(CONTENT, text="ұ" * 2048)))
    channel.close()
    assert "4096" in answer.stop
    assert [] == service.server.requests


def test_no_answer_in_time_is_unknown(service: Service) -> None:
    """The message may have been delivered."""
    service.send = lambda _message: 2.0
    channel = service.open()
    channel = replace(channel, poster=replace(channel.poster, read=0.5))
    assert ["unknown"] == results(channel.send(make_batch(1)))
    channel.close()


def test_nobody_listening_is_certainly_not_sent(service: Service) -> None:
    """Neither where the token comes from nor at FCM itself."""
    channel = replace(service.open(), url="http://127.0.0.1:9/v1/projects/p1/messages:send")
    assert ["again"] == results(channel.send(make_batch(1)))
    channel.close()
    service.write(token_uri="http://127.0.0.1:9/token")
    assert ["again", "again"] == results(service.deliver(2))


def test_a_refused_account_stops_the_run_and_nothing_secret_is_shown(service: Service) -> None:
    """Key, assertion and token stay out of messages and reprs."""
    service.token = lambda: (400, {}, {"error": "invalid_grant", "error_description": "Invalid JWT ya29.SECRET"})
    channel = service.open()
    answer = channel.send(make_batch(2))
    channel.close()
    assert "invalid_grant" in answer.stop
    assert "NOTIFIER_FCM_CREDENTIALS" in answer.stop
    shown = repr(channel) + repr(answer)
    for secret in ("PRIVATE KEY", "ya29", "eyJ", KEY.splitlines()[3]):
        assert secret not in shown


def test_a_file_that_is_no_key_is_named_and_not_shown(service: Service, tmp_path: Path) -> None:
    """Missing, no JSON, no account, no key: one message with the setting and the file, never what is in it."""
    path = tmp_path / "broken.json"
    for text in (
        None,
        "{",
        "[]",
        '{"project_id": 3}',
        '{"type": "service_account", "project_id": "p", "private_key": "hunter2"}',
    ):
        if text is not None:
            path.write_text(text)
        with pytest.raises(InputError, match="NOTIFIER_FCM_CREDENTIALS") as caught:
            open_channel(Settings(fcm_credentials=path))
        assert str(path) in str(caught.value)
        assert "hunter2" not in str(caught.value)


def test_a_missing_library_is_named(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says how to install it."""
    monkeypatch.setitem(sys.modules, "google.oauth2", None)
    with pytest.raises(InputError, match=r"pip install 'policypress\[push\]'"):
        service.open()


def test_over_tls_connections_are_kept_and_certificates_checked(service: Service) -> None:
    """Three hundred messages need a connection a lane at most; whom nobody vouches for gets none of them."""
    ca, context = authority()
    trusted = ssl.create_default_context()
    ca.configure_trust(trusted)
    with HttpServer(context) as fcm:
        channel = service.open()
        channel = replace(channel, url=f"{fcm.url}/v1/projects/p1/messages:send")
        stranger = channel.send(make_batch(3))
        channel.close()
        assert ["again"] * 3 == results(stranger)
        assert {"ClientConnectorCertificateError"} == {outcome.reason for outcome in stranger.outcomes}
        assert [] == fcm.requests
        channel = service.open()
        poster = replace(channel.poster, context=trusted)
        channel = replace(channel, poster=poster, url=f"{fcm.url}/v1/projects/p1/messages:send")
        met = fcm.connections
        assert ["accepted"] * 300 == results(channel.send(make_batch(300)))
        channel.close()
    assert fcm.connections - met <= flight.LANES
    assert {f"tok{number}" for number in range(300)} == {one.json["message"]["token"] for one in fcm.requests}


def test_loopback_reaches_nobody() -> None:
    """A rehearsal against a server on this machine is one; Google is not."""
    assert [True, False] == [harmless(Settings(fcm_url="http://127.0.0.1:1")), harmless(Settings())]
