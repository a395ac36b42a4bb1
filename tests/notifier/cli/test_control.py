"""Tests of a campaign controlled and watched from outside: pause, resume, cancel, rate, status, logs."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from notifier.cli import run
from notifier.ledger.records import State
from tests.notifier.factory import many_rows, write_audience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.notifier.sendgrid_server import SendGridServer

NAME = "privacy-policy/2026-12-01"
PLAN = ["plan", "2026-12-01.json", "--audience", "a.csv", "--as-of", "2026-12-01"]
ROOT = str(Path(__file__).parents[3])


@pytest.fixture(autouse=True)
def _files(bundle_path: Path) -> None:
    assert bundle_path.is_file()
    write_audience(Path("a.csv"), *many_rows(60))


@pytest.fixture
def _provider(sendgrid_server: SendGridServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENDGRID_API_KEY", "SG.a-key-that-must-not-be-seen")
    monkeypatch.setenv("NOTIFIER_SENDGRID_URL", sendgrid_server.url)
    monkeypatch.setenv("PYTHONPATH", ROOT)


class Sending:
    """A `send` in a process of its own; what it says on standard error is read as it comes."""

    def __init__(self) -> None:
        entry = "from notifier.cli import main; main()"
        command = [sys.executable, "-c", entry, "send", NAME, "--json"]
        self.process = subprocess.Popen(
            command, env=dict(os.environ), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=lambda: self.lines.extend(iter(self.process.stderr.readline, "")))
        self._reader.start()

    @property
    def events(self) -> list[str]:
        return [json.loads(line)["event"] for line in self.lines if line.startswith("{")]

    def end(self) -> tuple[int, str]:
        """Wait until it has ended; return its code and its standard output."""
        out = self.process.stdout.read()
        code = self.process.wait(60)
        self._reader.join()
        return code, out


@pytest.fixture
def sending(_provider: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Sending]]:
    """Give a function that starts `send`, slow enough to be interfered with."""
    monkeypatch.setenv("NOTIFIER_EMAIL_RATE", "5/s")
    runs: list[Sending] = []

    def start() -> Sending:
        runs.append(Sending())
        return runs[-1]

    yield start
    for one in runs:
        one.process.kill()
        one.end()
        one.process.stdout.close()
        one.process.stderr.close()


def until(true: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


@pytest.mark.slow
def test_pause_rate_and_resume_reach_a_running_send(
    sendgrid_server: SendGridServer, sending: Callable[[], Sending], capsys: pytest.CaptureFixture[str]
) -> None:
    """From another process, as soon as what was under way is recorded; everyone is told once."""
    assert 0 == run(PLAN)
    running = sending()
    until(lambda: len(sendgrid_server.recipients) >= 5)
    assert 0 == run(["pause", NAME])
    # It says so once nothing is under way any more, however busy the machine is.
    until(lambda: "paused" in running.events)
    paused = len(sendgrid_server.recipients)
    time.sleep(1)
    assert paused == len(sendgrid_server.recipients) < 60
    capsys.readouterr()
    assert 0 == run(["status", NAME, "--json"])
    assert "paused" == json.loads(capsys.readouterr().out)["standing"]
    assert 0 == run(["rate", NAME, "500/s"])
    assert 0 == run(["resume", NAME])
    code, out = running.end()
    assert (0, True) == (code, json.loads(out)["finished"])
    assert 60 == len(sendgrid_server.recipients) == len(set(sendgrid_server.recipients))
    assert {"progress", "paused"} <= set(running.events)


@pytest.mark.slow
@pytest.mark.parametrize("order", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_told_to_stop_leaves_nothing_in_doubt(
    sendgrid_server: SendGridServer, sending: Callable[[], Sending], capsys: pytest.CaptureFixture[str], order: int
) -> None:
    """Exit 130; the request under way is ended and recorded, the shards are given back, and the next run goes on."""
    assert 0 == run(PLAN)
    running = sending()
    until(lambda: len(sendgrid_server.recipients) >= 5)
    running.process.send_signal(order)
    code, _ = running.end()
    assert (130, True) == (code, "interrupted" in running.lines[-1])
    capsys.readouterr()
    assert 0 == run(["status", NAME, "--json"])
    told = len(sendgrid_server.recipients)
    assert {"accepted": told, "planned": 60 - told} == json.loads(capsys.readouterr().out)["states"]
    assert 0 == run(["rate", NAME, "500/s"])
    assert 0 == run(["send", NAME])
    assert 60 == len(sendgrid_server.recipients) == len(set(sendgrid_server.recipients))


@pytest.mark.slow
def test_cancel_reaches_a_running_send(
    sendgrid_server: SendGridServer, sending: Callable[[], Sending], capsys: pytest.CaptureFixture[str]
) -> None:
    """It ends; who was not told is suppressed with the reason, and a later send is refused."""
    assert 0 == run(PLAN)
    running = sending()
    until(lambda: len(sendgrid_server.recipients) >= 5)
    assert 0 == run(["cancel", NAME])
    running.end()
    capsys.readouterr()
    assert 0 == run(["status", NAME, "--json"])
    status = json.loads(capsys.readouterr().out)
    told = len(sendgrid_server.recipients)
    assert {"accepted": told, "suppressed": 60 - told} == status["states"]
    assert (True, "cancelled") == (status["finished"], status["standing"])
    assert [{"state": "suppressed", "reason": "the campaign was cancelled", "notices": 60 - told}] == status["reasons"]
    assert 1 == run(["resume", NAME])
    assert "for good" in capsys.readouterr().err


def test_a_plan_too_slow_for_its_date_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the earliest honest date, from the rate and the warm-up; a faster one is planned with its last day."""
    monkeypatch.setenv("NOTIFIER_EMAIL_WARM_UP", "1,1,1")
    monkeypatch.setenv("NOTIFIER_EMAIL_RATE", "1/hour")
    assert 1 == run([*PLAN[:-1], "2026-12-15"])
    assert "earliest honest effective date is 2027-01-18" in capsys.readouterr().err
    monkeypatch.setenv("NOTIFIER_EMAIL_RATE", "20/hour")
    assert 0 == run([*PLAN, "--json"])
    planned = json.loads(capsys.readouterr().out)
    assert ("2026-12-03", False) == (planned["last"], planned["last_is_assumed"])


def test_a_send_too_slow_for_its_date_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rate is reckoned again: what was feasible at the plan need not be today."""
    assert 0 == run(PLAN)
    monkeypatch.setenv("NOTIFIER_EMAIL_RATE", "1/hour")
    assert 1 == run(["send", NAME, "--as-of", "2026-12-16"])
    # By the hour of the day this runs at.
    assert re.search(r"earliest honest effective date is 2027-01-1[78]", capsys.readouterr().err)


def test_a_stale_campaign_is_refused_and_expires(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the real clock, after its last moment: nothing goes out, and it is recorded why."""
    assert 0 == run([*PLAN, "--not-after", "2026-12-10"])
    monkeypatch.setattr("notifier.cli.options.milliseconds", lambda: 1_900_000_000_000)
    monkeypatch.setattr("notifier.channels.rehearses", lambda _settings: True)
    import sqlite3  # noqa: PLC0415

    with sqlite3.connect("notifier.sqlite") as connection:
        connection.execute("UPDATE campaign SET as_of = NULL")
    connection.close()
    assert 1 == run(["send", NAME])
    assert "what was not sent by then is expired" in capsys.readouterr().err
    assert 0 == run(["status", NAME, "--json"])
    assert {"expired": 60} == json.loads(capsys.readouterr().out)["states"]


def test_prometheus_reads_the_status(capsys: pytest.CaptureFixture[str]) -> None:
    """Its own parser finds each gauge with a help text once, every state also at 0, and the sums that `--json` has."""
    assert 0 == run(PLAN)
    assert 0 == run(["send", NAME])
    capsys.readouterr()
    assert 0 == run(["status", NAME, "--format", "prometheus"])
    text = capsys.readouterr().out
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert all(family.type == "gauge" and family.documentation for family in families.values())
    states = {one.labels["state"]: one.value for one in families.pop("notifier_notices").samples}
    assert {state.name.lower(): 60.0 * (state is State.ACCEPTED) for state in State} == states
    singles = {name: [(one.labels, one.value) for one in family.samples] for name, family in families.items()}
    expected = {"open": 0, "held": 0, "late": 0, "finished": 1, "paused": 0, "will_miss": 0}
    assert {name: [({"campaign": NAME}, value)] for name, value in expected.items()} == {
        name: singles[f"notifier_{name}"] for name in expected
    }
    assert {"notifier_copies_per_second", "notifier_deadline_timestamp_seconds"} <= singles.keys()
    assert text.endswith("\n")


@pytest.mark.usefixtures("_provider")
def test_no_log_names_a_person_or_a_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], sendgrid_server: SendGridServer
) -> None:
    """Every address, account, token and key is looked for in all that a run writes beside the provider."""
    monkeypatch.setenv("NOTIFIER_LOG", "run.jsonl")
    monkeypatch.setenv("NOTIFIER_SERVE_URL", "https://notices.example.org")
    monkeypatch.setenv("NOTIFIER_SECRET_KEY", "secret-" * 6)
    sendgrid_server.answer = lambda body: (
        (400, {}, {"errors": [{"field": "personalizations.0.to.0.email", "message": "holder0@example.org is bad"}]})
        if body["personalizations"][0]["to"][0]["email"] == "holder0@example.org" else (202, {}, None)
    )  # fmt: skip
    assert 0 == run(PLAN)
    assert 0 == run(["send", NAME, "--json"])
    assert 0 == run(["status", NAME, "--format", "prometheus"])
    said = capsys.readouterr()
    written = Path("run.jsonl").read_text() + said.out + said.err
    entries = [json.loads(line) for line in Path("run.jsonl").read_text().splitlines()]
    assert ["run begins", "run ends"] == [entries[0]["event"], entries[-1]["event"]]
    assert 60 == sum(entry["copies"] for entry in entries if entry["event"] == "request")
    tokens = [
        token for body in sendgrid_server.requests for one in body["personalizations"]
        for token in one["substitutions"].values()
    ]  # fmt: skip
    people = [f"holder{number}@" for number in range(60)] + [f'"a{number}"' for number in range(60)]
    for secret in [*people, *tokens, "SG.a-key", "secret-"]:
        assert secret not in written


def test_a_log_that_cannot_be_written_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is sent."""
    monkeypatch.setenv("NOTIFIER_LOG", "no/folder/log")
    assert 0 == run(PLAN)
    assert 2 == run(["send", NAME])
    assert "NOTIFIER_LOG: no/folder/log: cannot be written" in capsys.readouterr().err
    assert not Path("outbox").exists()


@pytest.mark.usefixtures("_provider")
def test_what_is_held_is_said_and_sent_by_order(
    sendgrid_server: SendGridServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With `hold` a campaign is finished behind its window, says how many are held, and an order sends those once more."""
    monkeypatch.setenv("NOTIFIER_ON_UNKNOWN", "hold")
    monkeypatch.setenv("NOTIFIER_RECONCILE_SECONDS", "0")
    sendgrid_server.answer = lambda _body: (500, {}, None)
    assert 0 == run(PLAN)
    assert 0 == run(["send", NAME])
    assert "60 notices are held" in capsys.readouterr().out
    sendgrid_server.answer = lambda _body: (202, {"X-Message-Id": "m"}, None)
    assert 0 == run(["send", NAME])
    assert 60 == len(sendgrid_server.recipients)
    assert 0 == run(["send", NAME, "--resend-held"])
    capsys.readouterr()
    assert 0 == run(["status", NAME, "--json"])
    status = json.loads(capsys.readouterr().out)
    assert ({"accepted": 60}, 0, 120) == (status["states"], status["held"], len(sendgrid_server.recipients))
