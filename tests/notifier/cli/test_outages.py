"""Tests of commands whose disk, ledger, clock, log or provider fails: one message, the right exit code, and on it goes."""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
from collections import Counter
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from notifier.cli import options, run
from notifier.ledger import sqlite
from tests.notifier.factory import many_rows, write_audience

if TYPE_CHECKING:
    from tests.notifier.sendgrid_server import SendGridServer

NAME = "privacy-policy/2026-12-01"
PLAN = ["plan", "2026-12-01.json", "--audience", "a.csv", "--as-of", "2026-12-01"]
ROOT = str(Path(__file__).parents[3])
HOLDERS = 2400
ENTRY = "from notifier.cli import main; main()"
#: Holds the ledger until its standard input is closed.
LOCK = """
import sqlite3, sys
held = sqlite3.connect("notifier.sqlite", isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _provider(bundle_path: Path, sendgrid_server: SendGridServer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bundle_path.is_file()
    write_audience(Path("a.csv"), *many_rows(9))
    environment = {
        "SENDGRID_API_KEY": "SG.key", "NOTIFIER_SENDGRID_URL": sendgrid_server.url, "NOTIFIER_ON_UNKNOWN": "hold",
        "NOTIFIER_RECONCILE_SECONDS": "1", "NOTIFIER_LEASE_SECONDS": "1", "NOTIFIER_WORKERS": "1", "PYTHONPATH": ROOT,
    }  # fmt: skip
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def limited(most: int, *arguments: str) -> tuple[int, list[str]]:
    """Run a command that can write no file beyond so many bytes; return its code and what it says on standard error."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    done = subprocess.run(
        [sys.executable, "-c", ENTRY, *arguments], preexec_fn=limit, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr.splitlines()


def test_a_full_disk_costs_nobody(sendgrid_server: SendGridServer) -> None:
    """Whenever it is full: exit 1 and one line that says so; with room again all are told, and nobody twice."""
    write_audience(Path("a.csv"), *many_rows(HOLDERS))
    assert 0 == run(PLAN)
    for most in (20_000, 120_000, 260_000):
        code, (line,) = limited(most, "send", NAME)
        assert (1, True) == (code, line.startswith("notifier: notifier.sqlite: the ledger cannot be "))
        assert "make room on its disk, then run the command again" in line
    assert len(sendgrid_server.recipients) < HOLDERS
    assert 0 == run(["send", NAME])
    told = Counter(sendgrid_server.recipients)
    with sqlite3.connect("notifier.sqlite") as connection:
        states = dict(connection.execute("SELECT state, COUNT(*) FROM notice GROUP BY state").fetchall())
    connection.close()
    assert (HOLDERS, {1}) == (sum(states.values()), set(told.values()))
    # Told and not recorded, as the disk ran full between the two: held, and not sent again.
    assert states.get(3, 0) <= len(told) <= states.get(3, 0) + states.get(2, 0)


@pytest.mark.parametrize("most", [0, 4096, 60_000])
def test_a_plan_on_a_full_disk_leaves_nothing(most: int) -> None:
    """Neither a ledger nor a part of a list of refused rows."""
    write_audience(Path("a.csv"), *many_rows(HOLDERS), *(f"x{number},nobody,,,,,,," for number in range(900)))
    before = set(Path().iterdir())
    code, (line,) = limited(most, *PLAN)
    assert (True, True) == (code in {1, 2}, line.startswith("notifier: "))
    assert before == set(Path().iterdir())


def test_a_ledger_that_another_process_holds(
    sendgrid_server: SendGridServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once the patience is over: exit 1 and the way out, nothing sent; freed, all are told."""
    assert 0 == run(PLAN)
    monkeypatch.setattr(sqlite, "PATIENCE", 0.1)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", LOCK], **pipes, text=True) as other:  # type: ignore[call-overload]
        assert "held\n" == other.stdout.readline()
        capsys.readouterr()
        assert 1 == run(["send", NAME])
        (line,) = capsys.readouterr().err.splitlines()
        assert "Another process has kept it locked" in line
        assert 0 == run(["status", NAME])
        other.stdin.close()
        other.wait()
    assert [] == sendgrid_server.requests
    assert 0 == run(["send", NAME])
    assert 9 == len(sendgrid_server.recipients)


@pytest.mark.parametrize("jump", [30, 86_400_000, 400 * 86_400_000])
def test_a_clock_that_jumps_ahead_stops_the_run(
    sendgrid_server: SendGridServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], jump: int
) -> None:
    """Before a campaign expires or a lease ends by it: exit 1 and how far; set right, everyone is told once."""
    assert 0 == run(PLAN)
    real = options.milliseconds
    jumps = chain(repeat(0, 6), repeat(jump * 1000))
    with monkeypatch.context() as patch:
        patch.setattr(options, "milliseconds", lambda: real() + next(jumps))
        capsys.readouterr()
        assert 1 == run(["send", NAME])
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("notifier: the clock of this machine has jumped ")
    capsys.readouterr()
    assert 0 == run(["send", NAME])
    assert {1} == set(Counter(sendgrid_server.recipients).values())
    assert 0 == run(["status", NAME, "--json"])
    states = json.loads(capsys.readouterr().out.rpartition("\n{\n")[2].join(["{", ""]))["states"]
    assert {"accepted", "unknown"} >= set(states)


def test_a_log_that_cannot_go_on_is_said_once(
    sendgrid_server: SendGridServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A notice is worth more than its line: the run goes on."""
    monkeypatch.setenv("NOTIFIER_LOG", "/dev/full")
    assert 0 == run(PLAN)
    capsys.readouterr()
    assert 0 == run(["send", NAME])
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("notifier: NOTIFIER_LOG: nothing more can be written to it")
    assert 9 == len(sendgrid_server.recipients)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((401, {}, {"errors": [{"message": "The provided authorization grant is invalid"}]}), "401"),
        ((403, {}, {"errors": [{"field": "from.email", "message": "not a verified sender"}]}), "not a verified sender"),
        ((429, {"Retry-After": "0"}, None), "email: 3 requests in a row failed, the last with: HTTP 429"),
    ],
)
def test_a_provider_that_refuses_us_ends_the_run(
    sendgrid_server: SendGridServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: Any,
    words: str,
) -> None:
    """Exit 1 with the provider's words; mended, everyone is told once."""
    monkeypatch.setenv("NOTIFIER_MOST_TRIES", "3")
    monkeypatch.setattr("notifier.delivery.FIRST_RETRY", 0)
    assert 0 == run(PLAN)
    sendgrid_server.answer = lambda _body: answer
    capsys.readouterr()
    assert 1 == run(["send", NAME])
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
    sendgrid_server.answer = lambda _body: (202, {"X-Message-Id": "m"}, None)
    del sendgrid_server.requests[:]
    assert 0 == run(["send", NAME])
    assert {1: 9} == Counter(Counter(sendgrid_server.recipients).values())
