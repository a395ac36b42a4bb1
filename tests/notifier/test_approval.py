"""Tests of the second person: what the digest covers, who may approve, and that what was approved is what goes out."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from notifier.cli import run
from tests.notifier.evidence.test_evidence import KEY, PUBLIC
from tests.notifier.factory import many_rows, write_audience

if TYPE_CHECKING:
    from tests.notifier.sendgrid_server import SendGridServer

NAME = "privacy-policy/2026-12-01"
PLAN = ["plan", "2026-12-01.json", "--audience", "a.csv", "--as-of", "2026-12-01", "--json", "--by", "Aigerim"]


@pytest.fixture(autouse=True)
def _files(
    bundle_path: Path, ledger_url: str, sendgrid_server: SendGridServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seven holders, mail through a server on loopback, and an approval that is required."""
    assert bundle_path.is_file()
    write_audience(Path("a.csv"), *many_rows(7))
    for name, value in {
        "NOTIFIER_LEDGER": ledger_url, "SENDGRID_API_KEY": "SG.key", "NOTIFIER_SENDGRID_URL": sendgrid_server.url,
        "NOTIFIER_APPROVAL": "required", "NOTIFIER_EMAIL_RATE": "500/s",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)


def planned(capsys: pytest.CaptureFixture[str]) -> str:
    """Plan, and return the digest that is printed."""
    capsys.readouterr()
    assert 0 == run(PLAN)
    digest: str = json.loads(capsys.readouterr().out)["digest"]
    return digest


def test_nothing_goes_out_without_a_second_person(
    capsys: pytest.CaptureFixture[str], sendgrid_server: SendGridServer
) -> None:
    """Not without an approval, not by the planner, not by another digest; then it does, and goes on without one more."""
    digest = planned(capsys)
    for more, words in (
        ([], "approval is required"),
        (["--approve", digest, "--by", "aigerim "], "cannot approve it too"),
        (["--approve", "sha256:" + "0" * 64, "--by", "Bolat"], "is not the digest of what would be sent"),
        (["--approve", digest[:12], "--by", "Bolat"], "at least 16 digits"),
    ):
        assert 1 == run(["send", NAME, *more])
        assert words in capsys.readouterr().err
    assert [] == sendgrid_server.requests
    assert 0 == run(["send", NAME, "--approve", digest.removeprefix("sha256:")[:16].upper(), "--by", "Bolat"])
    assert 7 == len(sendgrid_server.recipients)
    assert 0 == run(["send", NAME])


def test_who_planned_is_known_or_nobody_is_the_second(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the machine knows no name and none was given, no approval is taken."""
    monkeypatch.setattr("getpass.getuser", lambda: (_ for _ in ()).throw(OSError()))
    capsys.readouterr()
    assert 0 == run(PLAN[:-2])
    digest = json.loads(capsys.readouterr().out)["digest"]
    assert 1 == run(["send", NAME, "--approve", digest, "--by", "Bolat"])
    assert "nobody knows who planned it" in capsys.readouterr().err
    assert 2 == run(["send", NAME, "--approve", digest])
    assert "--by NAME" in capsys.readouterr().err


def test_a_setting_that_changed_since_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sendgrid_server: SendGridServer
) -> None:
    """What was approved is sent, or nothing; the way back is to set it as it was."""
    digest = planned(capsys)
    assert 0 == run(["approve", NAME, digest, "--by", "Bolat"])
    for name, value in (
        ("EMAIL_RATE", "20/s"), ("EMAIL_WARM_UP", "5,5"), ("ON_UNKNOWN", "hold"), ("SENDGRID_SANDBOX", "true"),
        ("QUIET_HOURS", "22:00-08:00"),
    ):  # fmt: skip
        with monkeypatch.context() as changed:
            changed.setenv(f"NOTIFIER_{name}", value)
            assert 1 == run(["send", NAME])
        said = capsys.readouterr().err
        assert "changed since Bolat approved it on" in said
        assert f"settings.{name.lower()}" in said
    assert [] == sendgrid_server.requests
    assert 0 == run(["send", NAME])


def test_another_audience_is_another_plan(capsys: pytest.CaptureFixture[str], sendgrid_server: SendGridServer) -> None:
    """One address, one language, one holder more: each gives another digest, the same audience the same one."""
    digests = [planned(capsys), planned(capsys)]
    assert digests[0] == digests[1]
    rows = many_rows(7)
    for changed in (
        [*rows[:-1], rows[-1].replace("holder6@", "other6@")], [*rows[:-1], rows[-1].replace(",en,", ",ru,")],
        [*rows, "a7,holder7@example.org,en,KZ,,,,,"], rows[:-1],
    ):  # fmt: skip
        write_audience(Path("a.csv"), *changed)
        digests.append(planned(capsys))
    assert 5 == len(set(digests))
    assert 0 == run(["approve", NAME, digests[-1], "--by", "Bolat"])
    write_audience(Path("a.csv"), *rows)
    planned(capsys)
    assert 1 == run(["send", NAME])
    assert [] == sendgrid_server.requests


def test_holders_added_while_it_runs_are_approved_anew(
    capsys: pytest.CaptureFixture[str], sendgrid_server: SendGridServer
) -> None:
    """A plan that adds holders after the first request is not what was approved."""
    assert 0 == run(["send", NAME, "--approve", planned(capsys), "--by", "Bolat"])
    write_audience(Path("a.csv"), *many_rows(8))
    digest = planned(capsys)
    assert 1 == run(["send", NAME])
    assert "audience.fingerprint, audience.notices.email kk" in capsys.readouterr().err
    assert 0 == run(["approve", NAME, digest, "--by", "Bolat"])
    assert 0 == run(["resume", NAME])
    assert 0 == run(["send", NAME])
    assert 8 == len(set(sendgrid_server.recipients)) == len(sendgrid_server.recipients)


def test_what_is_changed_while_it_is_sent_waits_for_its_approval(
    capsys: pytest.CaptureFixture[str], sendgrid_server: SendGridServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refresh or a plan that changes what was approved leaves it paused: no `send` under way, no worker goes on by itself."""
    monkeypatch.setenv("NOTIFIER_EMAIL_RATE", "1/s")
    digest = planned(capsys)
    assert 1 == run(["send", NAME, "--approve", digest, "--by", "Bolat", "--no-wait"])
    told = len(sendgrid_server.recipients)
    assert 0 == run(["refresh", NAME, *PLAN[2:4], "--by", "Aigerim"])
    assert "paused" not in capsys.readouterr().out
    write_audience(Path("a.csv"), *(row.replace("holder", "moved") for row in many_rows(7)))
    assert 0 == run(["refresh", NAME, *PLAN[2:4], "--by", "Aigerim"])
    said = capsys.readouterr().out
    assert f"It is paused; once what is planned now is approved, `notifier resume {NAME}`" in said
    assert 1 == run(["resume", NAME])
    assert "changed since it was approved" in capsys.readouterr().err
    digest = said.partition("Digest of all that will be sent: ")[2].split()[0]
    assert 0 == run(["approve", NAME, digest, "--by", "Bolat"])
    assert 0 == run(["resume", NAME])
    assert told == len(sendgrid_server.recipients) < 7
    assert 0 == run(["send", NAME])
    assert 7 == len(set(sendgrid_server.recipients)) == len(sendgrid_server.recipients)


def test_an_approval_binds_where_none_is_required(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planner may approve then; what was approved is sent or nothing."""
    monkeypatch.delenv("NOTIFIER_APPROVAL")
    digest = planned(capsys)
    assert 0 == run(["approve", NAME, digest, "--by", "Aigerim"])
    monkeypatch.setenv("NOTIFIER_EMAIL_RATE", "5/s")
    assert 1 == run(["send", NAME])
    assert "settings.email_rate" in capsys.readouterr().err


def test_files_need_nobodys_approval(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rehearsal, and a campaign that goes to the outbox."""
    assert 0 == run(["rehearse", *PLAN[1:6]])
    monkeypatch.delenv("SENDGRID_API_KEY")
    assert 0 == run(PLAN)
    assert 0 == run(["send", NAME])


def test_approve_shows_what_is_approved(capsys: pytest.CaptureFixture[str]) -> None:
    """Counts, days, providers and settings, with nothing secret; without a digest nothing is approved."""
    digest = planned(capsys)
    assert 0 == run(["approve", NAME])
    said = capsys.readouterr().out
    for words in ("planned by Aigerim", "email    en", "sendgrid", "500", "Not approved yet", digest):
        assert words in said
    assert "SG.key" not in said
    assert 1 == run(["send", NAME])
    assert 1 == run(["approve", NAME, digest, "--by", "Aigerim"])


def test_an_approval_is_evidence(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Who approved what, when, and who had planned it stand in the sealed log, with all that was to be sent."""
    monkeypatch.setenv("NOTIFIER_SIGNING_KEY", KEY)
    digest = planned(capsys)
    assert 0 == run(["send", NAME, "--approve", digest, "--by", "Bolat <bolat@example.org>"])
    assert 0 == run(["prove", NAME, "--output", "log.json"])
    lines = [json.loads(line) for line in Path("log.json").read_text(encoding="utf-8").splitlines()]
    facts = [leaf for line in lines for leaf in line.get("leaves", []) if leaf["fact"] == "approval"]
    assert [("Aigerim", "Bolat <bolat@example.org>", digest)] == [
        (one["planned_by"], one["approved_by"], one["plan"]) for one in facts
    ]
    assert [3, 3] == facts[0]["manifest"]["audience"]["notices"]["email en"]
    assert 0 == run(["verify", "log.json", "--key", PUBLIC])


def test_a_row_changed_in_the_ledger_is_noticed(
    capsys: pytest.CaptureFixture[str], ledger_url: str, sendgrid_server: SendGridServer
) -> None:
    """Not only what commands change: the audience is read anew before the first request."""
    if not ledger_url.startswith("sqlite"):
        return
    digest = planned(capsys)
    assert 0 == run(["approve", NAME, digest, "--by", "Bolat"])
    with sqlite3.connect(ledger_url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE contact SET address = 'thief@example.org' WHERE holder = 3")
    assert 1 == run(["send", NAME])
    assert "audience.fingerprint" in capsys.readouterr().err
    assert [] == sendgrid_server.requests
