"""Tests that nothing a run writes for operations names a person or a secret, whatever providers and networks say."""

from __future__ import annotations

import json
import logging
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from notifier.cli import run
from tests.notifier.browser import Browser
from tests.notifier.factory import write_audience
from tests.notifier.http_server import HttpServer, Request
from tests.notifier.sendgrid_server import SendGridServer
from tests.notifier.smtp_server import SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "privacy-policy/2026-12-01"
WORLD = "https://push.example.net"
#: Of each kind: what goes wrong with the first of those who are told, one after the other.
SECRETS = {
    "SENDGRID_API_KEY": "SG.aaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbb",
    "NOTIFIER_SECRET_KEY": "links-are-signed-with-this-very-key",
    "NOTIFIER_VAPID_KEY": "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
}
TOKEN = "ya29.the-access-token"
HOLDERS = 12


@pytest.fixture
def _written(bundle_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bundle_path.is_file()
    monkeypatch.setenv("NOTIFIER_LOG", "run.jsonl")
    monkeypatch.setenv("NOTIFIER_SERVE_URL", "https://notices.example.org")
    monkeypatch.setenv("NOTIFIER_SECRET_KEY", SECRETS["NOTIFIER_SECRET_KEY"])
    monkeypatch.setenv("NOTIFIER_RECONCILE_SECONDS", "0")
    monkeypatch.setenv("NOTIFIER_WORKERS", "1")
    monkeypatch.setattr("notifier.delivery.FIRST_RETRY", 0)


def row(number: int, *, mail: bool = True, push: str = "") -> str:
    sealed = Browser().subscription(f"{WORLD}/s/endpoint-{number}").replace('"', '""') if push == "webpush" else ""
    token = f"registration-token-{number}" if push == "fcm" else ""
    return f'account-{number},{f"person{number}@example.org" if mail else ""},en,KZ,,{token},"{sealed}",,'


def wrongs(*answers: Any) -> Iterator[Any]:
    yield from answers
    while True:
        yield None


def sendgrid(monkeypatch: pytest.MonkeyPatch, server: SendGridServer) -> None:
    """It repeats addresses and the key in its words, errs, resets, and asks for quiet."""
    monkeypatch.setenv("SENDGRID_API_KEY", SECRETS["SENDGRID_API_KEY"])
    monkeypatch.setenv("NOTIFIER_SENDGRID_URL", server.url)
    said = f"person0@example.org is bad, says {SECRETS['SENDGRID_API_KEY']}"
    answers = wrongs(
        (400, {}, {"errors": [{"field": "personalizations.0.to.0.email", "message": said}]}),
        (500, {}, {"errors": [{"message": said}]}),
        (429, {"Retry-After": "0"}, {"errors": [{"message": said}]}),
        "reset",
    )

    def answer(_body: dict[str, Any]) -> Any:
        found = next(answers)
        return None if found == "reset" else found or (202, {"X-Message-Id": "m"}, None)

    server.answer = answer


def smtp(monkeypatch: pytest.MonkeyPatch, server: SmtpServer) -> None:
    """It names the recipient in what it says, and hangs up."""
    host = server.url.removeprefix("smtp://")
    monkeypatch.setenv("NOTIFIER_SMTP_URL", f"smtp://{host}")
    answers = wrongs("550 5.1.1 <person0@example.org>: no such user", "451 4.2.1 person1@example.org busy", "drop")
    server.on_data = lambda _address: next(answers)


def fcm(monkeypatch: pytest.MonkeyPatch, server: HttpServer) -> None:
    """It repeats the registration token, and the access token as well."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    Path("account.json").write_text(json.dumps({
        "type": "service_account", "project_id": "p", "private_key_id": "k", "private_key": pem,
        "client_email": "a@p.iam.gserviceaccount.com", "token_uri": f"{server.url}/token",
    }))  # fmt: skip
    monkeypatch.setenv("NOTIFIER_FCM_CREDENTIALS", "account.json")
    monkeypatch.setenv("NOTIFIER_FCM_URL", server.url)
    monkeypatch.setattr("notifier.channels.fcm.BUSY", 0)

    def error(status: int, request: Request, code: str) -> Any:
        said = f"registration-token is wrong: {request.json['message']['token']}, asked with {TOKEN}"
        return status, {}, {"error": {"status": code, "message": said, "details": [
            {"fieldViolations": [{"field": "message.token", "description": said}]},
        ]}}  # fmt: skip

    kinds = wrongs(
        (400, "INVALID_ARGUMENT"), (404, "UNREGISTERED"), (500, "INTERNAL"), (429, "QUOTA_EXCEEDED"), "reset"
    )

    def answer(request: Request) -> Any:
        if request.path == "/token":
            return 200, {}, {"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"}
        found = next(kinds)
        if found is None or found == "reset":
            return found or (200, {}, {"name": "projects/p/messages/1"})
        return error(found[0], request, found[1])

    server.answer = answer


def webpush(monkeypatch: pytest.MonkeyPatch, server: HttpServer) -> None:
    """It repeats the endpoint and the header that signs for us."""
    monkeypatch.setenv("NOTIFIER_VAPID_KEY", SECRETS["NOTIFIER_VAPID_KEY"])
    monkeypatch.setenv("NOTIFIER_WEBPUSH_HOSTS", "loopback")
    monkeypatch.setenv("NOTIFIER_FROM", "privacy@example.org")
    statuses = wrongs(400, 410, 500, 429, "reset")

    def answer(request: Request) -> Any:
        found = next(statuses)
        said = f"{request.path} {request.headers['authorization']}".encode()
        return (201, {}, b"") if found is None else found if found == "reset" else (found, {"Retry-After": "0"}, said)

    server.answer = answer


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """Return what was logged on our side of the line: `mail.log` is the log of the server under test."""
    formatter = logging.Formatter("%(name)s %(message)s")
    return "\n".join(formatter.format(record) for record in caplog.records if record.name != "mail.log")


@pytest.mark.usefixtures("_written")
@pytest.mark.parametrize(
    ("setup", "make_server", "push"),
    [
        (sendgrid, SendGridServer, ""),
        (smtp, SmtpServer, ""),
        (fcm, HttpServer, "fcm"),
        (webpush, HttpServer, "webpush"),
    ],
)
def test_no_line_names_a_person_or_a_secret(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    setup: Any,
    make_server: Any,
    push: str,
) -> None:
    """Log, screen, progress, figures and reasons of a run full of faults; what was told is the provider's to know.

    Nor do the libraries' own logs, at their most talkative.
    """
    caplog.set_level(logging.DEBUG)
    write_audience(Path("a.csv"), *(row(number, mail=not push, push=push) for number in range(HOLDERS)))
    with make_server() as server:
        setup(monkeypatch, server)
        assert 0 == run(["plan", "2026-12-01.json", "--audience", "a.csv", "--as-of", "2026-12-01"])
        with sqlite3.connect("notifier.sqlite") as connection:
            subscriptions = [one for (one,) in connection.execute("SELECT address FROM contact")]
            if push == "webpush":
                connection.execute("UPDATE contact SET address = replace(address, ?, ?)", (WORLD, server.url))
        connection.close()
        assert 0 == run(["send", NAME, "--json"])
    for command in (["status", NAME], ["status", NAME, "--format", "prometheus"], ["reach", NAME, "--json"]):
        assert 0 == run(command)
    said = capsys.readouterr()
    written = Path("run.jsonl").read_text() + said.out + said.err + logged(caplog)
    requests = [json.loads(line) for line in Path("run.jsonl").read_text().splitlines()]
    # The faults were met: this test would otherwise say nothing.
    assert {"unknown", "planned"} <= set().union(*requests) & {"unknown", "planned", "invalid", "suppressed"}
    people = [word for number in range(HOLDERS) for word in (f"person{number}@", f"account-{number}")]
    tokens = ["registration-token-", "endpoint-", TOKEN, *SECRETS.values(), "-----BEGIN", "vapid t="]
    keys = [json.loads(one)["keys"][name] for one in subscriptions if push == "webpush" for name in ("p256dh", "auth")]
    assert [] == [secret for secret in [*people, *tokens, *keys] if secret in written]
