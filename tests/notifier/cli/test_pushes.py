"""Tests of a campaign of pushes that several processes send, and of how it is stopped, killed and taken up again."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from notifier.cli import run
from tests.notifier.browser import Browser
from tests.notifier.factory import write_audience
from tests.notifier.http_server import HttpServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAME = "privacy-policy/2026-12-01"
WORLD = "https://push.example.net"
ROOT = str(Path(__file__).parents[3])
#: More than two threads have in hand at once: each ends its shard of a thousand.
HOLDERS = 4000


@pytest.fixture
def service(bundle_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpServer]:
    """A planned campaign, and the push service that its subscriptions lead to."""
    assert bundle_path.is_file()
    monkeypatch.setenv("NOTIFIER_VAPID_KEY", "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
    monkeypatch.setenv("NOTIFIER_WEBPUSH_HOSTS", "loopback")
    monkeypatch.setenv("NOTIFIER_WORKERS", "2")
    monkeypatch.setenv("NOTIFIER_LEASE_SECONDS", "5")
    monkeypatch.setenv("NOTIFIER_RECONCILE_SECONDS", "0")
    monkeypatch.setenv("PYTHONPATH", ROOT)
    browser = Browser()
    rows = []
    for number in range(HOLDERS):
        sealed = browser.subscription(f"{WORLD}/{number}").replace('"', '""')
        rows.append(f'a{number},,en,KZ,,,"{sealed}",,')
    write_audience(Path("a.csv"), *rows)
    with HttpServer() as server:
        assert 0 == run(["plan", "2026-12-01.json", "--audience", "a.csv", "--as-of", "2026-12-01"])
        with closing(sqlite3.connect("notifier.sqlite")) as connection, connection:
            # An audience may name https alone; this server speaks http.
            connection.execute("UPDATE contact SET address = replace(address, ?, ?)", (WORLD, server.url))
        server.answer = lambda _request: 0.2
        yield server


def start() -> subprocess.Popen[bytes]:
    """Begin to send, as the leader of a group of processes."""
    command = [sys.executable, "-c", "from notifier.cli import main; main()", "send", NAME]
    return subprocess.Popen(command, env=dict(os.environ), start_new_session=True, stderr=subprocess.DEVNULL)


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


def lives(leader: int) -> bool:
    """Return whether any process of a group is there."""
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


def states(capsys: pytest.CaptureFixture[str]) -> dict[str, int]:
    capsys.readouterr()
    assert 0 == run(["status", NAME, "--json"])
    return json.loads(capsys.readouterr().out)["states"]


@pytest.mark.slow
@pytest.mark.parametrize("order", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_told_to_stop_leaves_no_push_in_doubt(
    service: HttpServer, capsys: pytest.CaptureFixture[str], order: int
) -> None:
    """The order reaches every process, as from a terminal or a service manager; each ends what it has begun."""
    with start() as sending:
        until(lambda: len(service.requests) >= 50)
        os.killpg(sending.pid, order)
        assert 130 == sending.wait(60)
    until(lambda: not lives(sending.pid))
    told = len(service.requests)
    assert told < HOLDERS
    assert {"accepted": told, "planned": HOLDERS - told} == states(capsys)
    service.answer = lambda _request: (201, {}, b"")
    assert 0 == run(["send", NAME])
    assert {"accepted": HOLDERS} == states(capsys)
    assert {f"/{number}": 1 for number in range(HOLDERS)} == Counter(request.path for request in service.requests)


@pytest.mark.slow
def test_a_run_that_is_killed_loses_nobody_and_its_processes_go_with_it(
    service: HttpServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who was in doubt is told once more, under the same topic, and nobody a third time."""
    with start() as sending:
        until(lambda: len(service.requests) >= 50)
        sending.kill()
    until(lambda: not lives(sending.pid), 5)
    told = len(service.requests)
    service.answer = lambda _request: (201, {}, b"")
    assert 0 == run(["send", NAME])
    assert {"accepted": HOLDERS} == states(capsys)
    again = Counter(request.headers["topic"] for request in service.requests)
    assert (HOLDERS, 2) == (len(again), max(again.values()))
    assert len(service.requests) - HOLDERS <= told
