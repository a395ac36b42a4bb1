"""Tests of `notifier test`: one real message to oneself."""

from __future__ import annotations

import json
from datetime import date
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from notifier.cli import run
from notifier.tokens import read
from tests.notifier.smtp_server import SmtpServer

if TYPE_CHECKING:
    from tests.notifier.sendgrid_server import SendGridServer

COMMAND = ["test", "2026-12-01.json", "--to", "me@example.org", "--locale", "kk"]


@pytest.fixture(autouse=True)
def _files(bundle_path: Path) -> None:
    assert bundle_path.is_file()


def test_it_sends_the_message_that_holders_will_get(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Through the configured provider, in the language asked for; no ledger is made."""
    with SmtpServer() as server:
        monkeypatch.setenv("NOTIFIER_SMTP_URL", server.url)
        assert [0, 0] == [run(COMMAND), run(COMMAND)]
    assert "Taken over by smtp." in capsys.readouterr().out
    mails = [message_from_bytes(raw, policy=default) for _, _, raw in server.messages]
    assert ["me@example.org", "kk"] == [mails[0]["To"], mails[0]["Content-Language"]]
    assert 2 == len({mail["Message-ID"] for mail in mails})
    assert not Path("notifier.sqlite").exists()


def test_its_links_are_whole_and_of_nobody(sendgrid_server: SendGridServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token is signed, for an account that cannot be."""
    key = "k" * 32
    for name, value in {
        "SENDGRID_API_KEY": "SG.key",
        "NOTIFIER_SENDGRID_URL": sendgrid_server.url,
        "NOTIFIER_SERVE_URL": "https://notices.example.org",
        "NOTIFIER_SECRET_KEY": key,
    }.items():
        monkeypatch.setenv(name, value)
    assert 0 == run(COMMAND)
    (token,) = sendgrid_server.requests[0]["personalizations"][0]["substitutions"].values()
    assert 0 == read(key.encode(), token, purpose="consent", today=date(2026, 1, 1)).campaign


def test_without_a_provider_it_is_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    """And says so."""
    assert 0 == run(COMMAND)
    assert "no provider is configured" in capsys.readouterr().out
    assert 1 == len(list(Path("outbox/email/kk").glob("test*.eml")))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([*COMMAND[:-1], "tt"], "--locale tt"),
        ([*COMMAND[:3], "nobody", "--locale", "kk"], "--to nobody"),
        ([*COMMAND, "--kind", "fcm"], "--kind fcm"),
    ],
)
def test_what_cannot_be_sent_is_wrong_usage(
    arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A language that is not there, an address that is none, a kind that nobody carries."""
    monkeypatch.setenv("NOTIFIER_SMTP_URL", "smtp://127.0.0.1:9")
    assert 2 == run(arguments)
    assert words in capsys.readouterr().err


def test_a_refusal_is_said_and_no_secret_with_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 1, the server's words, and not the password of the URL."""
    with SmtpServer(on_rcpt=lambda _address: "550 5.1.1 unknown") as server:
        monkeypatch.setenv("NOTIFIER_SMTP_URL", server.url)
        assert 1 == run(COMMAND)
    assert "550 5.1.1 unknown" in capsys.readouterr().err
    monkeypatch.setenv("NOTIFIER_SMTP_URL", "smtp://somebody:hunter2@127.0.0.1:9")
    assert 1 == run(COMMAND)
    shown = capsys.readouterr()
    assert "hunter2" not in shown.err + shown.out


def test_a_push_goes_to_a_subscription(capsys: pytest.CaptureFixture[str]) -> None:
    """With --kind, what --to takes is a token or a subscription."""
    to = json.dumps({"endpoint": "https://push.example.net/1", "keys": {"p256dh": "B", "auth": "a"}})
    assert 0 == run([*COMMAND[:3], to, "--locale", "ru", "--kind", "webpush"])
    (path,) = Path("outbox/webpush/ru").glob("test*.json")
    assert "ru" == json.loads(path.read_text())["payload"]["lang"]
