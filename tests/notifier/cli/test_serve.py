"""Tests of the commands around events: serve, settle, bounces, as an operator types them."""

from __future__ import annotations

import io
import json
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from notifier.cli import run
from notifier.ledger import events, open_ledger
from notifier.ledger.events import Incoming, Source
from notifier.ledger.records import State
from tests.notifier.events.test_mail import absence, report
from tests.notifier.sent import NOW, Sent, sent

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def found(tmp_path: Path) -> Iterator[Sent]:
    """A campaign that was handed over, in the ledger that commands use unless told otherwise."""
    database = open_ledger("sqlite:///notifier.sqlite", create=True)
    yield sent(database)
    database.close()


def test_settle_says_what_became_of_reports(found: Sent, capsys: pytest.CaptureFixture[str]) -> None:
    """And, run again, that nothing is left."""
    body = found.body(found.event(1, "delivered"), found.event(2, "bounce", type="blocked"), found.event(1, "open"))
    events.keep(found.database, [Incoming(source=Source.SENDGRID, body=one, received_at=NOW) for one in (body, b"{")])
    assert 0 == run(["settle", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert {"reports": 2, "new": 3, "known": 0, "foreign": 0, "unreadable": 1, "called_up": 0} | {
        "lifted": {"delivered": 1, "bounced": 1}
    } == told
    assert 0 == run(["settle"])
    assert "0 reports: 0 events" in capsys.readouterr().out


@pytest.mark.parametrize("way", ["file", "stdin", "maildir"])
def test_bounces_come_from_wherever_mail_is(
    found: Sent, way: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file, a pipe of the mail server, a maildir; the absence among them is said to be unreadable, not a bounce."""
    source = {"file": "one.eml", "stdin": "-", "maildir": "mail"}[way]
    body = report(found.notice(1))
    Path("one.eml").write_bytes(body)
    Path("mail/new").mkdir(parents=True)
    Path("mail/cur").mkdir()
    Path("mail/new/1").write_bytes(body)
    Path("mail/cur/2").write_bytes(absence())
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(body)))
    for expected in (1, 0):
        assert 0 == run(["bounces", source, "--json"])
        assert expected == json.loads(capsys.readouterr().out)["new"]
    assert State.BOUNCED is found.state(1)


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "words"),
    [
        (["bounces", "nowhere"], {}, 2, "nowhere: cannot be read"),
        (["settle", "--ledger", "sqlite:///none.db"], {}, 1, "no such ledger"),
        (["serve"], {"NOTIFIER_SENDGRID_WEBHOOK_KEY": "x"}, 2, "NOTIFIER_SENDGRID_WEBHOOK_KEY: no public key"),
        (["serve"], {"NOTIFIER_VAPID_KEY": "x"}, 2, "NOTIFIER_VAPID_KEY: no private key"),
        (["serve"], {"NOTIFIER_API_KEY": "short"}, 2, "use at least 32 characters"),
        (["serve", "--as-of", "2026-12-05"], {"SENDGRID_API_KEY": "SG.x"}, 2, "a chosen day is for rehearsals"),
        (["serve", "--host", "192.0.2.1"], {}, 1, "192.0.2.1:8080 cannot be listened at"),
    ],
)
def test_what_cannot_be_done_is_said(
    found: Sent, arguments: list[str], environment: dict[str, str], code: int, words: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """One message, the right exit code."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert code == run(arguments)
    assert words in capsys.readouterr().err


def test_a_port_in_use_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Address and port, and the options to change."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert 1 == run(["serve", "--port", str(port)])
    assert (
        f"127.0.0.1:{port} cannot be listened at: Address already in use; see --host and --port"
        in capsys.readouterr().err
    )


def test_a_secret_of_the_server_is_not_read_from_a_file_in_git(capsys: pytest.CaptureFixture[str]) -> None:
    """The API's key belongs in the environment."""
    Path("pyproject.toml").write_text(f'[tool.notifier]\napi_key = "{SECRET}"\n')
    assert 2 == run(["serve"])
    assert "set NOTIFIER_API_KEY in the environment" in capsys.readouterr().err
