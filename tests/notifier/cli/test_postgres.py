"""Tests of the commands on a ledger in PostgreSQL, by one process and by several at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from notifier.cli import run
from notifier.ledger.records import State
from tests.notifier.factory import many_rows, write_audience
from tests.notifier.postgres import free_port, rows

if TYPE_CHECKING:
    from tests.notifier.postgres import Server
    from tests.notifier.sendgrid_server import SendGridServer

NAME = "privacy-policy/2026-12-01"
PLAN = ["plan", "2026-12-01.json", "--audience", "a.csv", "--as-of", "2026-12-01", "--json"]
ROOT = str(Path(__file__).parents[3])


@pytest.fixture
def url(postgres: Server, bundle_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    assert bundle_path.is_file()
    made = postgres.fresh()
    monkeypatch.setenv("NOTIFIER_LEDGER", made)
    return made


@pytest.mark.usefixtures("url")
def test_the_plan_and_its_end_are_those_of_sqlite(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both databases say the same of one audience, at the plan, after the sending and on a second send."""
    write_audience(Path("a.csv"), *many_rows(60), "x,broken", "b,HOLDER1@example.org,ru,RU,,,,,", "a1,,,,,,,,")
    said = []
    for ledger in (os.environ["NOTIFIER_LEDGER"], "sqlite:///here.db"):
        monkeypatch.setenv("NOTIFIER_LEDGER", ledger)
        assert 0 == run(PLAN)
        assert 0 == run(["send", NAME, "--json"])
        assert 0 == run(["send", NAME])
        said.append(capsys.readouterr().out)
    assert said[1] == said[0]
    assert '"accepted": 61' in said[0]


def test_a_refused_first_plan_leaves_no_tables(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What was not there before is not there after, and `send` says that nothing is planned."""
    write_audience(Path("a.csv"), *many_rows(3))
    assert 1 == run([*PLAN[:4], "--as-of", "2026-12-30"])
    assert [] == rows(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert 1 == run(["send", NAME])
    assert "no ledger there yet; plan a campaign first" in capsys.readouterr().err


def test_no_message_repeats_a_password(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that cannot be reached is one message with the URL, without what is secret in it."""
    monkeypatch.setenv("NOTIFIER_LEDGER", f"postgresql://me:hush@127.0.0.1:{free_port()}/notices?connect_timeout=1")
    monkeypatch.setattr("notifier.ledger.postgres.CONNECTING", 1)
    assert 1 == run(["status", NAME])
    said = capsys.readouterr().err
    assert said.startswith("notifier: postgresql://me@127.0.0.1:")
    assert "cannot be used" in said
    assert "hush" not in said


@pytest.mark.slow
def test_three_processes_send_one_campaign_and_one_is_killed(
    url: str, sendgrid_server: SendGridServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They share its shards; nobody is lost, and twice is told only who was in a request of unknown outcome."""
    write_audience(Path("a.csv"), *many_rows(6_000))
    for name, value in {
        "SENDGRID_API_KEY": "SG.key", "NOTIFIER_SENDGRID_URL": sendgrid_server.url, "PYTHONPATH": ROOT,
        "NOTIFIER_RECONCILE_SECONDS": "1", "NOTIFIER_LEASE_SECONDS": "3", "NOTIFIER_WORKERS": "1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    assert 0 == run(PLAN)
    capsys.readouterr()
    sendgrid_server.delay = 0.3
    command = [sys.executable, "-c", "from notifier.cli import main; main()", "send", NAME, "--json"]
    runs = [
        subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)
    ]  # fmt: skip
    while len(sendgrid_server.requests) < 3:
        time.sleep(0.02)
    runs[0].send_signal(signal.SIGKILL)
    ended = [one.communicate(timeout=60) for one in runs]
    assert [-signal.SIGKILL, 0, 0] == [one.returncode for one in runs], ended
    assert {"accepted": 6_000} == json.loads(ended[1][0])["states"]
    told = Counter(sendgrid_server.recipients)
    assert {f"holder{number}@example.org" for number in range(6_000)} == set(told)
    query = "SELECT address FROM trail JOIN contact USING (campaign, holder, channel) WHERE trail.state = "
    unknown = {row[0] for row in rows(url, f"{query}{State.UNKNOWN.value}")}
    assert {address for address, times in told.items() if times > 1} <= unknown
    assert max(told.values()) <= 2
