"""Tests of a date that moves, and of a withdrawal, after some holders were told: each hears once, and what fits them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from notifier.cli import run
from notifier.ledger import figures, open_ledger
from notifier.ledger.book import Book
from notifier.ledger.records import Rules, State
from policypress.bundle import Bundle
from tests.notifier.factory import make_bundle, many_rows, words, write_audience
from tests.notifier.reach.test_reach import CONTENT

if TYPE_CHECKING:
    from tests.notifier.sendgrid_server import SendGridServer

FIRST = "privacy-policy/2026-12-01"
SECOND = f"{FIRST}+1"
AMENDED = {"kind": "amended", "on": "2026-12-05", "effective": "2027-02-15", "reason": "more time"}
WITHDRAWN = {"kind": "withdrawn", "on": "2026-12-05", "reason": "a mistake"}
LATER = {"en": "15 February 2027", "kk": "2027 жылғы 15 ақпан", "ru": "15 февраля 2027 г."}


def amended(*moved: dict[str, str]) -> Bundle:
    """Return the release with a later date, as `policypress build` writes it then."""
    bundle = make_bundle(moved=list(moved))
    if moved[-1]["kind"] == "withdrawn":
        return bundle
    texts = {tag: text.model_copy(update={"effective": LATER[tag]}) for tag, text in bundle.locales.items()}
    return bundle.model_copy(update={"effective": date(2027, 2, 15), "locales": texts})


def plan(bundle: Bundle, *rows: str, day: str = "2026-12-06", code: int = 0) -> None:
    Path("b.json").write_text(bundle.dump(), encoding="utf-8")
    write_audience(Path("a.csv"), *rows)
    assert code == run(["plan", "b.json", "--audience", "a.csv", "--as-of", day])


def states(url: str, name: str) -> dict[State, int]:
    database = open_ledger(url)
    try:
        found = figures.campaign(database, name)
        rules = Rules(lease=1000, reconcile=0, tries=0)
        return dict(figures.count(database, found, rules, found.deadline).states)
    finally:
        database.close()


def begin(url: str, requests: int) -> None:
    """Send the first campaign in part: so many requests of two copies each; the last one is left without an outcome."""
    database = open_ledger(url)
    try:
        found = figures.campaign(database, FIRST)
        book = Book(database=database, rules=Rules(lease=1000, reconcile=0, tries=0))
        now = found.control.not_before + 1
        for number in range(requests):
            shard = book.claim(found.id, now + number)
            assert shard is not None
            intent = book.intend(shard, CONTENT, "t", 2, now + number)
            assert intent is not None
            if number < requests - 1:
                book.record(shard, intent, [], "p", now + number)
                book.release(shard, now + number)
    finally:
        database.close()


def outbox() -> dict[str, list[str]]:
    """Return the subjects of the mail in the outbox by address."""
    found: dict[str, list[str]] = {}
    for path in sorted(Path("outbox").rglob("*.eml")):
        if path.stem != "example":
            message = message_from_bytes(path.read_bytes(), policy=default)
            found.setdefault(message["To"], []).append(message["Subject"])
    return found


@pytest.fixture(autouse=True)
def _ledger(ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_LEDGER", ledger_url)


def test_who_was_told_hears_the_date_and_who_was_not_hears_it_all(
    ledger_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Four were told, two of them perhaps; eight were not. Everyone gets one message, and the first campaign is over."""
    plan(make_bundle(), *many_rows(12), day="2026-12-01")
    begin(ledger_url, 2)
    plan(amended(AMENDED), *many_rows(12), "new,new@example.org,en,KZ,,,,,")
    said = capsys.readouterr().out
    assert "4 notices are short" in said
    assert {State.ACCEPTED: 2, State.UNKNOWN: 2, State.SUPPRESSED: 8} == states(ledger_url, FIRST)
    assert 0 == run(["send", SECOND])
    found = outbox()
    assert {1} == {len(subjects) for subjects in found.values()}
    short = {tag: words(tag)["moved-subject"].format(company="Xiaomi", date=LATER[tag]) for tag in LATER}
    whole = {tag: words(tag)["mail-subject"].format(company="Xiaomi", date=LATER[tag]) for tag in LATER}
    counted = Counter("short" if subjects[0] in short.values() else "whole" for subjects in found.values())
    assert {"short": 4, "whole": 9} == counted
    assert all(subjects[0] in {*short.values(), *whole.values()} for subjects in found.values())
    before = {path: path.stat().st_mtime_ns for path in Path("outbox").rglob("*.eml")}
    assert [1, 0] == [run(["send", name]) for name in (FIRST, SECOND)]
    assert before == {path: path.stat().st_mtime_ns for path in Path("outbox").rglob("*.eml")}


def test_what_is_withdrawn_is_said_to_those_who_were_told_only(
    ledger_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The others never heard of it and are listed with that reason."""
    plan(make_bundle(), *many_rows(12), day="2026-12-01")
    begin(ledger_url, 2)
    plan(amended(WITHDRAWN), *many_rows(12))
    said = capsys.readouterr().out
    assert re.search(r"the release was withdrawn before they were told of it +8\n", said)
    assert 0 == run(["send", SECOND])
    found = outbox()
    assert 4 == len(found)
    wanted = {words(tag)["withdrawn-subject"].format(company="Xiaomi") for tag in LATER}
    assert {(subject,) for subject in wanted} >= {tuple(subjects) for subjects in found.values()}


def test_what_was_withdrawn_before_anybody_was_told_is_no_news(
    ledger_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither with a campaign that was only planned, nor without one; the ledger is as it was."""
    plan(amended(WITHDRAWN), *many_rows(3), code=1)
    plan(make_bundle(), *many_rows(3), day="2026-12-01")
    plan(amended(WITHDRAWN), *many_rows(3), code=1)
    assert "withdrawn before anybody was told" in capsys.readouterr().err
    assert {State.PLANNED: 3} == states(ledger_url, FIRST)


def test_a_date_may_move_again(ledger_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Who was told by either campaign before hears the newest date; then it is withdrawn, and all of them hear that."""
    plan(make_bundle(), *many_rows(6), day="2026-12-01")
    begin(ledger_url, 2)
    plan(amended(AMENDED), *many_rows(6))
    assert 0 == run(["send", SECOND])
    plan(amended(AMENDED, AMENDED | {"on": "2026-12-07"}), *many_rows(7))
    assert "6 notices are short" in capsys.readouterr().out
    assert 0 == run(["send", f"{FIRST}+2"])
    plan(amended(AMENDED, AMENDED | {"on": "2026-12-07"}, WITHDRAWN | {"on": "2026-12-08"}), *many_rows(8))
    assert "7 notices are short" in capsys.readouterr().out
    assert {State.PLANNED: 7} == states(ledger_url, f"{FIRST}+3")


def test_a_plan_that_cannot_keep_the_lead_time_ends_nothing(
    ledger_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refused for those who were not told; the first campaign stands as it stood. With all told there is no lead to keep."""
    plan(make_bundle(), *many_rows(4), day="2026-12-01")
    begin(ledger_url, 1)
    before = states(ledger_url, FIRST)
    plan(amended(AMENDED), *many_rows(4), day="2027-01-25", code=1)
    assert "earliest honest effective date is 2027-02-24" in capsys.readouterr().err
    assert before == states(ledger_url, FIRST)


def test_who_shares_a_mailbox_hears_once(ledger_url: str) -> None:
    """Two accounts with one mailbox: one short message."""
    rows = ["a,h@example.org,en,KZ,,,,,", "b,H@example.org,en,KZ,,,,,"]
    plan(make_bundle(), *rows, day="2026-12-01")
    begin(ledger_url, 1)
    plan(amended(AMENDED), *rows)
    assert 0 == run(["send", SECOND])
    assert [1] == [len(subjects) for subjects in outbox().values()]
    assert {State.ACCEPTED: 2} == states(ledger_url, SECOND)


def test_planning_again_parts_only_who_is_new(ledger_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A holder added later who was told before gets the short notice too, and nobody is moved twice."""
    plan(make_bundle(), *many_rows(6), day="2026-12-01")
    begin(ledger_url, 2)
    plan(amended(AMENDED), *many_rows(3))
    assert 0 == run(["send", SECOND])
    capsys.readouterr()
    plan(amended(AMENDED), *many_rows(7))
    assert "4 notices are short" in capsys.readouterr().out
    assert 0 == run(["send", SECOND])
    assert {1} == {len(subjects) for subjects in outbox().values()}
    assert {State.ACCEPTED: 7} == states(ledger_url, SECOND)


def test_a_rehearsal_shows_it_and_changes_nothing(ledger_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With the ledger named, the short notices are there; the ledger is as it was."""
    plan(make_bundle(), *many_rows(12), day="2026-12-01")
    begin(ledger_url, 2)
    before = states(ledger_url, FIRST)
    Path("b.json").write_text(amended(AMENDED).dump(), encoding="utf-8")
    capsys.readouterr()
    rehearse = ["rehearse", "b.json", "--audience", "a.csv", "--as-of", "2026-12-06", "--json"]
    for more, short in (([], 0), (["--ledger", ledger_url], 4)):
        assert 0 == run([*rehearse, *more])
        values = json.loads(capsys.readouterr().out)
        assert (short, 12) == (values["short_notices"], sum(one["accepted"] for one in values["counts"]))
    assert before == states(ledger_url, FIRST)


def test_a_rehearsal_on_the_real_ledger_ends_no_real_campaign(
    ledger_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was planned for real is not ended by a plan for a chosen day."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime(2026, 12, 1, 6, tzinfo=UTC).astimezone(tz)

    monkeypatch.setattr("notifier.cli.options.datetime", Clock)
    Path("b.json").write_text(make_bundle().dump(), encoding="utf-8")
    write_audience(Path("a.csv"), *many_rows(4))
    assert 0 == run(["plan", "b.json", "--audience", "a.csv"])
    begin(ledger_url, 1)
    plan(amended(AMENDED), *many_rows(4), code=1)
    assert "would end privacy-policy/2026-12-01, which was planned for real" in capsys.readouterr().err


@pytest.mark.slow
def test_killed_at_every_step_everyone_hears_what_fits_once(
    sendgrid_server: SendGridServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed with -9 in the middle of the first and of the second campaign: nobody is lost, nobody hears twice."""
    for name, value in {
        "SENDGRID_API_KEY": "SG.key", "NOTIFIER_SENDGRID_URL": sendgrid_server.url, "NOTIFIER_ON_UNKNOWN": "hold",
        "NOTIFIER_LEASE_SECONDS": "1", "NOTIFIER_RECONCILE_SECONDS": "0", "NOTIFIER_WORKERS": "1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    rows = many_rows(60)
    plan(make_bundle(), *rows, day="2026-12-01")
    killed_in_the_middle(sendgrid_server, FIRST)
    told = Counter(sendgrid_server.recipients)
    assert 40 == len(told)
    plan(amended(AMENDED), *rows)
    killed_in_the_middle(sendgrid_server, SECOND)
    assert 0 == run(["send", SECOND])
    run(["send", FIRST])
    heard = Counter(sendgrid_server.recipients)
    assert {f"holder{n}@example.org": 2 if f"holder{n}@example.org" in told else 1 for n in range(60)} == heard


def killed_in_the_middle(server: SendGridServer, name: str) -> None:
    """Run `send` in a process of its own, and kill it while the server has its second request."""
    seen = len(server.requests)
    calm = server.answer

    def answer(body: dict[str, Any]) -> Any:
        if len(server.requests) == seen + 2:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        return calm(body)

    server.answer = answer
    process = subprocess.Popen([sys.executable, "-c", "from notifier.cli import main; main()", "send", name])
    assert -signal.SIGKILL == process.wait(60)
    server.answer = calm
