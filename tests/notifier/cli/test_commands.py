"""Tests of the commands as an operator runs them: plan, send, status; their output and exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from notifier.cli import run
from tests.notifier.factory import make_bundle, many_rows, write_audience

if TYPE_CHECKING:
    from tests.notifier.sendgrid_server import SendGridServer

NAME = "privacy-policy/2026-12-01"
PLAN = ["plan", "2026-12-01.json", "--audience", "a.csv", "--as-of", "2026-12-01"]


@pytest.fixture(autouse=True)
def _files(bundle_path: Path) -> None:
    assert bundle_path.is_file()
    write_audience(Path("a.csv"), *many_rows(7), "p,,kk,KZ,,tok,,,", "x,broken")


def test_plan_send_status(capsys: pytest.CaptureFixture[str]) -> None:
    """The chain of an operator; a second send finds nothing to do."""
    assert 0 == run([*PLAN, "--json"])
    planned = json.loads(capsys.readouterr().out)
    assert (NAME, 8, 1, "2026-12-01", 30, True) == (
        planned["campaign"], planned["holders"], planned["rejected"], planned["last"], planned["lead_days"],
        planned["feasible"],
    )  # fmt: skip
    assert 0 == run(["send", NAME])
    assert "Finished." in capsys.readouterr().out
    written = {path: path.stat().st_mtime_ns for path in Path("outbox").rglob("*.eml")}
    assert 7 == len(written)
    assert 0 == run(["send", NAME])
    assert "Nothing was left to send" in capsys.readouterr().out
    assert written == {path: path.stat().st_mtime_ns for path in Path("outbox").rglob("*.eml")}
    assert 0 == run(["status", NAME, "--json"])
    status = json.loads(capsys.readouterr().out)
    assert ({"accepted": 8}, True, 0) == (status["states"], status["finished"], status["late"])


def test_a_refused_plan_leaves_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 1, one message, and not even an empty ledger."""
    before = set(Path().iterdir())
    assert 1 == run([*PLAN[:-1], "2027-01-01"])
    assert "earliest honest effective date is 2027-01-31" in capsys.readouterr().err
    assert before == set(Path().iterdir())


@pytest.mark.parametrize("command", ["plan", "rehearse"])
def test_an_audience_of_which_nothing_is_left_is_no_success(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every row refused: exit 2 with the first reason and the file that has all of them; no ledger, no messages."""
    write_audience(Path("a.csv"), "a,@@,,,,,,,", "b,nobody,,,,,,,")
    assert 2 == run([command, *PLAN[1:]])
    said = capsys.readouterr()
    words = "a.csv: each of its 2 rows is refused; nothing was planned. Line 2: email: malformed address"
    assert ("", True) == (said.out, said.err.startswith(f"notifier: {words}"))
    rejects = Path(said.err.strip().rpartition("reason: ")[2])
    assert [2, 3] == [json.loads(line)["line"] for line in rejects.read_text().splitlines()]
    assert not Path("notifier.sqlite").exists()
    assert not list(Path().rglob("*.eml"))


@pytest.mark.parametrize("command", ["plan", "rehearse"])
def test_an_audience_of_nobody_is_no_success(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An export that has no row is a fault of the export."""
    write_audience(Path("a.csv"))
    assert 2 == run([command, *PLAN[1:]])
    assert "a.csv: no account holder is in it" in capsys.readouterr().err
    assert not Path("notifier.sqlite").exists()


def test_a_plan_that_tells_nobody_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """Holders without any way to them are no fault of the file, but whoever plans should look."""
    write_audience(Path("a.csv"), "a,,kk,KZ,,,,,", "b,,kk,KZ,,,,,")
    assert 0 == run(PLAN)
    assert "no notice goes out to any of the 2 holders" in capsys.readouterr().err


def test_the_same_file_again_adds_nobody_and_is_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    """Who is planned already is no refused row; but a file of refused rows is one also then."""
    assert 0 == run(PLAN)
    assert 0 == run(["send", NAME])
    assert 0 == run(PLAN)
    write_audience(Path("a.csv"), "z,nobody,,,,,,,")
    assert 2 == run(PLAN)
    assert "its only row is refused" in capsys.readouterr().err
    assert 0 == run(["status", NAME, "--json"])
    assert 8 == json.loads(capsys.readouterr().out)["holders"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["plan", "none.json", "--audience", "a.csv"], 2, "none.json"),
        (["plan", "2026-12-01.json", "--audience", "none.csv", "--as-of", "2026-12-01"], 2, "none.csv"),
        ([*PLAN[:-1], "tomorrow"], 2, "YYYY-MM-DD"),
        (["plan", "a.csv", "--audience", "a.csv"], 2, "not a release bundle"),
        (["status", NAME], 1, "no such ledger"),
        (["send"], 2, "Missing argument"),
        (["sned"], 2, "sned"),
        (["status", NAME, "--config", "none.toml"], 2, "none.toml"),
    ],
)
def test_bad_input_is_one_message(
    arguments: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The right exit code, what is wrong, no traceback, no ledger."""
    assert code == run(arguments)
    said = capsys.readouterr()
    assert words in said.err
    assert "Traceback" not in said.out + said.err
    assert not Path("notifier.sqlite").exists()


def test_an_unexpected_fault_is_not_a_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 3 and how to see more."""
    monkeypatch.setattr("notifier.cli.options.load", lambda *_: 1 / 0)
    assert 3 == run(["status", NAME])
    assert "NOTIFIER_DEBUG=1" in capsys.readouterr().err


def test_an_interrupt_is_130(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shell has it."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("notifier.cli.options.load", interrupt)
    assert 130 == run(["status", NAME])


def test_a_chosen_day_never_reaches_people(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """--as-of is refused with a provider beyond loopback, and so is sending what was planned with it."""
    assert 0 == run(PLAN)
    monkeypatch.setenv("SENDGRID_API_KEY", "SG.key")
    assert 2 == run(PLAN)
    assert 1 == run(["send", NAME])
    assert "reaches people" in capsys.readouterr().err
    assert not Path("outbox").exists()


def test_a_provider_in_use_by_its_credentials(
    sendgrid_server: SendGridServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a key the mail goes to SendGrid; who could only be reached by push is listed, not lost."""
    monkeypatch.setenv("SENDGRID_API_KEY", "SG.key")
    monkeypatch.setenv("NOTIFIER_SENDGRID_URL", sendgrid_server.url)
    assert 0 == run(PLAN)
    assert "no provider is configured" in capsys.readouterr().out
    assert 0 == run(["send", NAME])
    assert 7 == len(sendgrid_server.recipients)
    assert not Path("outbox").exists()
    said = capsys.readouterr()
    assert "SG.key" not in said.out + said.err


def test_a_plan_for_other_providers_is_not_half_sent(
    sendgrid_server: SendGridServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was planned for push and cannot be carried is said before anything goes out."""
    assert 0 == run(PLAN)
    monkeypatch.setenv("SENDGRID_API_KEY", "SG.key")
    monkeypatch.setenv("NOTIFIER_SENDGRID_URL", sendgrid_server.url)
    assert 1 == run(["send", NAME])
    assert "planned for fcm" in capsys.readouterr().err
    assert [] == sendgrid_server.requests


def test_a_campaign_is_not_sent_outside_its_days(capsys: pytest.CaptureFixture[str]) -> None:
    """Not before publication, not after it took effect, not too late for the lead time."""
    assert 0 == run(PLAN)
    for day, words in (
        ("2026-11-30", "not to be sent before"),
        ("2027-01-15", "in force since"),
        ("2027-01-01", "hon"),
    ):
        assert 1 == run(["send", NAME, "--as-of", day])
        assert words in capsys.readouterr().err


def test_an_unsigned_link_is_never_sent(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A consent page without a key to sign its links is a mistake in the settings."""
    monkeypatch.setenv("NOTIFIER_SERVE_URL", "https://notices.example.org")
    assert 2 == run(PLAN)
    assert "NOTIFIER_SECRET_KEY" in capsys.readouterr().err
    monkeypatch.setenv("NOTIFIER_SECRET_KEY", "s" * 32)
    assert 0 == run(PLAN)
    assert 0 == run(["send", NAME])
    assert "%notice-token%" not in next(Path("outbox/email/en").glob("*.txt")).read_text()


def test_a_release_without_notice_is_answered(capsys: pytest.CaptureFixture[str]) -> None:
    """An editorial release makes no campaign and says so."""
    Path("2026-12-01.json").write_text(make_bundle(**{"class": "editorial"}).dump())
    assert 1 == run(PLAN)
    assert "only a material one" in capsys.readouterr().err
