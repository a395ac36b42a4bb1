"""Tests of an audience that changes between the plan and the sending: nobody is told twice, nobody is lost."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from notifier.cli import run
from notifier.ledger import figures, open_ledger
from notifier.ledger.book import Book
from notifier.ledger.records import Rules, State, Verdict
from tests.notifier.factory import many_rows, write_audience
from tests.notifier.reach.test_reach import CONTENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from notifier.ledger.database import Database
    from tests.notifier.sendgrid_server import SendGridServer

NAME = "privacy-policy/2026-12-01"
SOURCE = ["--audience", "a.csv"]
ROOT = str(Path(__file__).parents[2])


@pytest.fixture(autouse=True)
def _ledger(ledger_url: str, bundle_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bundle_path.is_file()
    monkeypatch.setenv("NOTIFIER_LEDGER", ledger_url)


def plan(*rows: str) -> None:
    write_audience(Path("a.csv"), *rows)
    assert 0 == run(["plan", "2026-12-01.json", *SOURCE, "--as-of", "2026-12-01"])


def refresh(capsys: pytest.CaptureFixture[str], *rows: str, whole: bool = True) -> dict[str, Any]:
    """Refresh with other rows and return what it says."""
    write_audience(Path("a.csv"), *rows)
    capsys.readouterr()
    assert 0 == run(["refresh", NAME, *SOURCE, "--json", *(["--whole"] if whole else [])])
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said


def step(database: Database, refused: Callable[[str], bool] = lambda _: False, most: int = 2) -> list[str] | None:
    """Send one request; return the addresses that were told, None if nothing was left."""
    found = figures.campaign(database, NAME)
    book = Book(database=database, rules=Rules(lease=1000, reconcile=0, tries=0))
    now = found.control.not_before + 1
    shard = book.claim(found.id, now)
    if shard is None:
        return None
    intent = book.intend(shard, CONTENT, "t", most, now)
    if intent is None:
        book.release(shard, now)
        return []
    bad = [
        Verdict(holder=holder, state=State.INVALID, at=now, reason="no such user")
        for holder, address in intent.copies
        if refused(address)
    ]
    book.record(shard, intent, bad, "p", now)
    book.release(shard, now)
    return [address for _, address in intent.copies if not refused(address)]


def told(*steps: list[str] | None) -> list[str]:
    return [address for addresses in steps for address in addresses or []]


def mail() -> dict[str, str]:
    """Return address and subject of each mail in the outbox."""
    found: dict[str, str] = {}
    for path in Path("outbox").rglob("*.eml"):
        if path.stem != "example":
            message = message_from_bytes(path.read_bytes(), policy=default)
            assert message["To"] not in found
            found[message["To"]] = message["Subject"]
    return found


def test_what_changed_before_the_telling_is_taken_up(capsys: pytest.CaptureFixture[str], ledger_url: str) -> None:
    """An address, a language, a departure and an arrival; who was told already stays, whatever changed of theirs."""
    plan(*many_rows(12))
    database = open_ledger(ledger_url)
    first = told(step(database), step(database))
    database.close()
    assert 4 == len(first)
    rows = [row for row in many_rows(12) if row.split(",")[1] in first]
    open_ = [row for row in many_rows(12) if row not in rows]
    moved, spoken, _gone, *rest = open_
    changed = [
        *(row.replace("holder", "told-elsewhere") for row in rows), moved.replace("holder", "moved"),
        spoken.replace(f",{spoken.split(',')[2]},", ",ru," if ",ru," not in spoken else ",kk,"), *rest,
        "new,new@example.org,kk,KZ,,,,,",
    ]  # fmt: skip
    said = refresh(capsys, *changed)
    assert (1, 2, 0, 1, 0, 8) == tuple(said[name] for name in ("new", "changed", "again", "left", "absent", "open"))
    assert 0 == run(["send", NAME])
    found = mail()
    assert {row.split(",")[1] for row in changed[len(rows) :]} == set(found)
    assert not set(first) & set(found)
    language = found[spoken.split(",")[1]]
    assert ("Құпиялылық" in language) == (",ru," in spoken)


def test_a_second_refresh_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """The same source twice: no holder moves, and the digest of the plan is the same."""
    plan(*many_rows(5), "p,p@example.org,kk,KZ,Asia/Almaty,tok,,,", "twin,HOLDER1@example.org,kk,KZ,,,,,", "x,broken")
    before = refresh(capsys, *many_rows(4), "new,new@example.org,kk,KZ,,,,,", "x,broken")
    again = refresh(capsys, *many_rows(4), "new,new@example.org,kk,KZ,,,,,", "x,broken")
    assert [1, 3] == [before["new"], before["left"]]
    assert [0] * 5 == [again[name] for name in ("new", "changed", "again", "left", "absent")]
    assert before["digest"] == again["digest"]


def test_who_is_not_in_a_part_of_the_audience_stays(capsys: pytest.CaptureFixture[str]) -> None:
    """Only a source said to be whole says that somebody left; a row that cannot be read says it never."""
    plan(*many_rows(5))
    said = refresh(capsys, "a0,elsewhere@example.org,en,KZ,,,,,", whole=False)
    assert (1, 0, 4) == (said["changed"], said["left"], said["absent"])
    said = refresh(capsys, "a0,elsewhere@example.org,en,KZ,,,,,", "a1,broken,kk,KZ,,,,,")
    assert (0, 3, 0) == (said["changed"], said["left"], said["absent"])
    assert 0 == run(["send", NAME])
    assert {"elsewhere@example.org", "holder1@example.org"} == set(mail())


def test_a_shared_mailbox_is_parted_and_joined_anew(capsys: pytest.CaptureFixture[str]) -> None:
    """One message a mailbox, before and after; who stays when the first account moves is told all the same."""
    plan(
        "a,home@example.org,en,KZ,,,,,", "b,HOME@example.org,kk,KZ,,,,,", "c,home@example.org,ru,KZ,,,,,",
        "d,d@example.org,ru,KZ,,,,,", "e,e@example.org,ru,KZ,,,,,",
    )  # fmt: skip
    refresh(
        capsys, "a,away@example.org,en,KZ,,,,,", "b,HOME@example.org,kk,KZ,,,,,", "c,home@example.org,ru,KZ,,,,,",
        "d,away@example.org,ru,KZ,,,,,", "e,home@example.org,ru,KZ,,,,,",
    )  # fmt: skip
    assert 0 == run(["send", NAME])
    found = mail()
    assert {"away@example.org", "home@example.org"} == {address.lower() for address in found}
    assert "Құпиялылық" in next(subject for address, subject in found.items() if address.lower().startswith("home"))


def test_a_refused_address_that_was_mended_is_told(capsys: pytest.CaptureFixture[str], ledger_url: str) -> None:
    """Whom a request did not reach is told where they can be reached now; the refusal stays on record."""
    plan(*many_rows(4))
    database = open_ledger(ledger_url)
    reached = []
    while (addresses := step(database, lambda address: address == "holder2@example.org")) is not None:
        reached += addresses
    database.close()
    assert 3 == len(reached)
    said = refresh(capsys, *many_rows(2), "a2,mended@example.org,ru,KZ,,,,,", many_rows(4)[3])
    assert (0, 1, 1) == (said["changed"], said["again"], said["open"])
    assert 0 == run(["send", NAME])
    assert ["mended@example.org"] == list(mail())
    assert 0 == run(["status", NAME, "--json"])
    assert {"accepted": 4} == json.loads(capsys.readouterr().out.rpartition("Sent through outbox.")[2])["states"]


def test_what_is_refused_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """A source that cannot be read, a campaign that was cancelled: one message, and the plan is as it was."""
    plan(*many_rows(3))
    assert 2 == run(["refresh", NAME, "--audience", "none.csv"])
    write_audience(Path("a.csv"), "a0,x@example.org,en,KZ,,,,,")
    Path("b.csv").write_text("nonsense\n1\n")
    assert 2 == run(["refresh", NAME, "--audience", "b.csv", "--whole"])
    assert 0 == run(["send", NAME])
    assert 3 == len(mail())
    assert 0 == run(["cancel", NAME])
    capsys.readouterr()
    assert 1 == run(["refresh", NAME, *SOURCE])
    assert "the campaign was cancelled" in capsys.readouterr().err


def change(
    chance: random.Random, accounts: dict[str, tuple[str, str, str]], bad: set[str], fresh: Iterator[int]
) -> None:
    """Change four accounts: gone, moved, of another language and country, into another's mailbox, new, refused."""
    for name in chance.sample(sorted(accounts), 4):
        match chance.randint(0, 5):
            case 0:
                del accounts[name]
            case 1:
                accounts[name] = (f"m{next(fresh)}@example.org", *accounts[name][1:])
            case 2:
                accounts[name] = (accounts[name][0], chance.choice(["en", "kk", "ru"]), chance.choice(["KZ", "DE"]))
            case 3:
                other = accounts[chance.choice(sorted(accounts))][0]
                accounts[name] = (chance.choice([other, other.upper()]), *accounts[name][1:])
            case 4:
                accounts[f"n{next(fresh)}"] = (f"m{next(fresh)}@example.org", "ru", "KZ")
            case 5:
                bad.add(accounts[name][0])


@pytest.mark.parametrize("seed", range(4))
def test_whatever_changes_everybody_is_told_once(
    seed: int, capsys: pytest.CaptureFixture[str], ledger_url: str
) -> None:
    """Random changes between random requests: no mailbox hears twice, and whoever is there at the end has heard."""
    chance = random.Random(seed)
    accounts = {f"a{n}": (f"m{n}@example.org", "en", "KZ") for n in range(14)}
    fresh = iter(range(100, 10_000))

    def rows() -> list[str]:
        return [f"{name},{mail},{tag},{land},,,,," for name, (mail, tag, land) in sorted(accounts.items())]

    plan(*rows())
    heard: Counter[str] = Counter()
    by_account: dict[str, str] = {}
    bad: set[str] = set()
    database = open_ledger(ledger_url)

    def one_step() -> bool:
        addresses = step(database, bad.__contains__, most=chance.randint(1, 3))
        heard.update(map(str.lower, addresses or []))
        by_account.update({
            name: mail for name, (mail, _, _) in accounts.items() if mail.lower() in heard and name not in by_account
        })  # fmt: skip
        return addresses is not None

    for _ in range(6):
        for _ in range(chance.randint(0, 2)):
            one_step()
        change(chance, accounts, bad, fresh)
        refresh(capsys, *rows())
    while one_step():
        pass
    database.close()
    assert {1} == set(heard.values())
    missing = {
        name: mail for name, (mail, _, _) in accounts.items()
        if name not in by_account and mail not in bad and mail.lower() not in {one.lower() for one in bad}
    }  # fmt: skip
    assert {} == missing


@pytest.mark.slow
def test_a_refresh_while_another_process_sends(
    capsys: pytest.CaptureFixture[str], sendgrid_server: SendGridServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sending waits and goes on by itself; nobody hears twice, and whoever had not heard hears at the new address."""
    for name, value in {
        "SENDGRID_API_KEY": "SG.key", "NOTIFIER_SENDGRID_URL": sendgrid_server.url, "NOTIFIER_WORKERS": "2",
        "NOTIFIER_EMAIL_RATE": "100/s", "PYTHONPATH": ROOT,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    rows = many_rows(600)
    plan(*rows)
    command = [sys.executable, "-c", "from notifier.cli import main; main()", "send", NAME, "--json"]
    sending = subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while len(sendgrid_server.recipients) < 150:
        time.sleep(0.02)
    said = refresh(capsys, *(row.replace("holder", "moved") for row in rows))
    ended = sending.communicate(timeout=60)
    assert 0 == sending.returncode, ended
    times = Counter(address.replace("moved", "holder") for address in sendgrid_server.recipients)
    assert ({1}, 600) == (set(times.values()), len(times))
    assert said["changed"] == sum(address.startswith("moved") for address in sendgrid_server.recipients) > 0
