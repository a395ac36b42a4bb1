"""Tests of `notifier worker`: real processes, a real PostgreSQL, a provider on loopback."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from notifier.cli import STANDSTILL, run
from tests.notifier.black_hole import BlackHole
from tests.notifier.factory import many_rows, write_audience
from tests.notifier.postgres import rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.notifier.postgres import Server
    from tests.notifier.sendgrid_server import SendGridServer

NAME = "privacy-policy/2026-12-01"
PLAN = ["plan", "2026-12-01.json", "--audience", "a.csv", "--as-of", "2026-12-01", "--json"]
ROOT = str(Path(__file__).parents[3])
COMMAND = [sys.executable, "-c", "from notifier.cli import main; main()", "worker", "--name"]


@pytest.fixture
def url(postgres: Server, bundle_path: Path, sendgrid_server: SendGridServer, monkeypatch: pytest.MonkeyPatch) -> str:
    assert bundle_path.is_file()
    made = postgres.fresh()
    for name, value in {
        "NOTIFIER_LEDGER": made, "SENDGRID_API_KEY": "SG.key", "NOTIFIER_SENDGRID_URL": sendgrid_server.url,
        "PYTHONPATH": ROOT, "NOTIFIER_WORKERS": "2",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    return made


@contextmanager
def working(name: str) -> Iterator[subprocess.Popen[str]]:
    """Run a worker, and end it in good order at the end."""
    said = Path(f"{name}.log").open("a")  # noqa: SIM115 - the process closes it
    process = subprocess.Popen([*COMMAND, name], text=True, stdout=subprocess.DEVNULL, stderr=said)
    said.close()
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def until(found: Callable[[], Any], seconds: float = 30) -> Any:
    """Return what a question gives once it is true."""
    end = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < end, answer
        time.sleep(0.05)
    return answer


def planned(count: int) -> None:
    write_audience(Path("a.csv"), *many_rows(count))
    assert 0 == run(PLAN)


def status(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert 0 == run(["status", NAME, "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_workers_send_what_was_handed_over_and_nothing_else(
    url: str, sendgrid_server: SendGridServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """A plan alone sends nothing; handed over, two workers tell everybody once, pause at an order, and are seen."""
    planned(120)
    with working("one") as one, working("two"):
        until(lambda: 2 == len(status(capsys)["workers"]))
        assert [] == sendgrid_server.requests
        assert 0 == run(["pause", NAME])
        assert 0 == run(["send", NAME, "--hand-over", "--json"])
        time.sleep(1.5)
        assert [] == sendgrid_server.requests
        assert 0 == run(["resume", NAME])
        until(lambda: status(capsys)["finished"])
        assert {f"holder{number}@example.org": 1 for number in range(120)} == Counter(sendgrid_server.recipients)
        assert 0 == run(["send", NAME, "--hand-over"])
        assert "Nothing was left to send." in capsys.readouterr().out
        one.send_signal(signal.SIGTERM)
        assert 0 == one.wait(20)
        assert ["two"] == [worker["name"] for worker in status(capsys)["workers"]]
        assert "one: left; what was in hand is recorded." in Path("one.log").read_text()
    assert [] == rows(url, "SELECT * FROM public_queue.procrastinate_jobs")


def test_a_worker_waits_before_the_first_plan_and_ends_with_its_provider(
    url: str, sendgrid_server: SendGridServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Started first it makes the tables; refused by the provider as a whole it ends with code 4 and the reason: it is not to be started again."""
    sendgrid_server.answer = lambda _body: (401, {}, {"errors": [{"message": "bad key"}]})
    with working("early") as early:
        until(lambda: rows(url, "SELECT to_regclass('worker')")[0][0])
        until(lambda: [("early",)] == rows(url, "SELECT name FROM worker"))
        planned(3)
        assert 0 == run(["send", NAME, "--hand-over"])
        assert STANDSTILL == early.wait(20)
    assert "SendGrid refuses us: HTTP 401: bad key" in Path("early.log").read_text()
    assert {"planned": 3} == status(capsys)["states"]


def test_settings_that_do_not_fit_a_campaign_end_a_worker_for_good(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Notices that nothing in use carries: code 4, what is missing and what to do, and nothing was sent."""
    write_audience(Path("a.csv"), "a1,one@example.org,en,KZ,,,,,", "a2,,en,KZ,,token2,,,")
    with monkeypatch.context() as outbox:
        for name in ("SENDGRID_API_KEY", "NOTIFIER_SENDGRID_URL"):
            outbox.delenv(name)
        assert 0 == run(PLAN)
        assert 0 == run(["send", NAME, "--hand-over"])
    with working("unfit") as unfit:
        assert STANDSTILL == unfit.wait(20)
    assert "does not carry them" in Path("unfit.log").read_text()
    assert "start the worker again" in Path("unfit.log").read_text()
    assert {"planned": 2} == status(capsys)["states"]


@pytest.mark.slow
def test_a_worker_that_hears_nothing_of_the_database_is_done_without_and_comes_back(
    url: str, postgres: Server, sendgrid_server: SendGridServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its packets are lost: it says so in the stated time, another one tells everybody once, and later it is there again."""
    planned(120)
    stated = "tcp_user_timeout=2000&keepalives_idle=1&keepalives_interval=1&keepalives_count=2&connect_timeout=2"
    said = tmp_path / "far.log"
    with BlackHole(postgres.port) as hole, ExitStack() as closing:
        with monkeypatch.context() as through:
            through.setenv("NOTIFIER_LEDGER", f"{hole.through(url)}?{stated}")
            closing.enter_context(working("far"))
        until(lambda: [("far",)] == rows(url, "SELECT name FROM worker"))
        hole.swallow()
        until(lambda: "the ledger cannot be reached" in said.read_text(), 15)
        closing.enter_context(working("near"))
        assert 0 == run(["send", NAME, "--hand-over"])
        until(lambda: 120 == len(sendgrid_server.recipients))
        assert {1} == set(Counter(sendgrid_server.recipients).values())
        hole.heal()
        until(lambda: "the ledger can be reached again" in said.read_text(), 60)
        seen = "SELECT name FROM worker WHERE seen_at > (SELECT MAX(seen_at) - 6000 FROM worker) ORDER BY name"
        until(lambda: [("far",), ("near",)] == rows(url, seen), 30)


def test_a_file_has_no_workers(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what they need."""
    monkeypatch.setenv("NOTIFIER_LEDGER", "sqlite:///x.db")
    assert 2 == run(["worker"])
    assert "workers share a PostgreSQL ledger" in capsys.readouterr().err
