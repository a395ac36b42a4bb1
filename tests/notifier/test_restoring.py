"""Tests of a ledger that came back from a backup: it is recognised, and nobody is told twice."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from notifier.cli import run
from notifier.ledger.records import State
from notifier.witness import Entry, Witness, mark
from tests.notifier.factory import many_rows, write_audience
from tests.notifier.postgres import binaries, rows

if TYPE_CHECKING:
    from tests.notifier.postgres import Server
    from tests.notifier.sendgrid_server import SendGridServer

NAME = "privacy-policy/2026-12-01"
PLAN = ["plan", "2026-12-01.json", "--audience", "a.csv", "--as-of", "2026-12-01"]


class Backup:
    """Backups of a ledger by the means of its database."""

    def __init__(self, url: str, server: Server | None) -> None:
        """Keep where the ledger is."""
        self.url, self.server = url, server

    def take(self) -> None:
        """Take one."""
        if self.server is None:
            with sqlite3.connect("test.db") as source, sqlite3.connect("copy.db") as copy:
                source.backup(copy)
            copy.close()
            source.close()
        else:
            self._run("pg_dump", "--file=copy.sql", self.url)

    def restore(self) -> None:
        """Put it in the place of the ledger."""
        if self.server is None:
            for suffix in ("-wal", "-shm"):
                Path(f"test.db{suffix}").unlink(missing_ok=True)
            shutil.copyfile("copy.db", "test.db")
        else:
            rows(self.url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            self._run("psql", "--quiet", "--file=copy.sql", "--set=ON_ERROR_STOP=1", self.url)

    @staticmethod
    def _run(program: str, *arguments: str) -> None:
        done = subprocess.run([binaries() / program, *arguments], capture_output=True, check=False)
        assert 0 == done.returncode, done.stderr.decode()

    def states(self) -> dict[str, int]:
        """Return the notices by state."""
        sql = "SELECT state, COUNT(*) FROM notice GROUP BY state"
        if self.server is not None:
            found = rows(self.url, sql)
        else:
            with sqlite3.connect("test.db") as connection:
                found = connection.execute(sql).fetchall()
            connection.close()
        return {State(number).name.lower(): count for number, count in found}


@pytest.fixture(params=["sqlite", "postgresql"])
def backup(
    request: pytest.FixtureRequest, bundle_path: Path, sendgrid_server: SendGridServer, monkeypatch: pytest.MonkeyPatch
) -> Backup:
    """A ledger in each database, nine holders, one mail a request, and `hold` for what is unknown."""
    assert bundle_path.is_file()
    write_audience(Path("a.csv"), *many_rows(9))
    server: Server | None = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    url = server.fresh() if server else "sqlite:///test.db"
    for name, value in {
        "NOTIFIER_LEDGER": url, "SENDGRID_API_KEY": "SG.key", "NOTIFIER_SENDGRID_URL": sendgrid_server.url,
        "NOTIFIER_ON_UNKNOWN": "hold", "NOTIFIER_RECONCILE_SECONDS": "0", "NOTIFIER_EMAIL_RATE": "1/s",
        "NOTIFIER_WITNESS": str(Path("elsewhere.witness").absolute()), "NOTIFIER_WORKERS": "1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    return Backup(url, server)


def one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make one request of one copy and leave; the rate lets no second one through."""
    monkeypatch.setenv("NOTIFIER_EMAIL_RATE", "1/hour")
    run(["rate", NAME, "default"])
    run(["send", NAME, "--no-wait"])


def everybody_once(server: SendGridServer, without: int = 0) -> None:
    """Assert that nobody was told twice, and everybody but so many was told."""
    times = Counter(server.recipients)
    assert ({1}, 9 - without) == (set(times.values()), len(times))


def test_more_was_sent_than_the_backup_knows(
    backup: Backup, sendgrid_server: SendGridServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`send`, `plan` and `refresh` refuse it; after `restored` the others are told, and nobody is told twice."""
    assert 0 == run(PLAN)
    one(monkeypatch)
    backup.take()
    one(monkeypatch)
    one(monkeypatch)
    assert 3 == len(sendgrid_server.recipients)
    backup.restore()
    capsys.readouterr()
    for command in (["send", NAME], PLAN, ["refresh", NAME, *PLAN[2:4]]):
        assert 1 == run(command)
        assert "`notifier restored`" in capsys.readouterr().err
    assert 3 == len(sendgrid_server.recipients)
    assert 0 == run(["restored"])
    assert "2 requests with 2 copies were not known; 2 notices are held" in capsys.readouterr().out
    monkeypatch.setenv("NOTIFIER_EMAIL_RATE", "1000/s")
    assert 0 == run(["rate", NAME, "default"])
    assert 0 == run(["send", NAME])
    everybody_once(sendgrid_server)
    assert {"accepted": 7, "unknown": 2} == backup.states()
    assert 0 == run(["send", NAME])
    everybody_once(sendgrid_server)


def test_the_plan_itself_was_lost(
    backup: Backup, sendgrid_server: SendGridServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A backup from before the plan: planned anew, also in another order, whoever was told is held."""
    write_audience(Path("a.csv"), *many_rows(1))
    other = [*PLAN[:-1], "2026-12-02"]
    assert 0 == run(PLAN)
    backup.take()
    write_audience(Path("a.csv"), *many_rows(9))
    assert 0 == run(other)
    one(monkeypatch)
    one(monkeypatch)
    backup.restore()
    assert 1 == run(PLAN)
    assert 0 == run(["restored"])
    capsys.readouterr()
    write_audience(Path("a.csv"), *reversed(many_rows(9)), "twin,HOLDER0@example.org,ru,KZ,,,,,")
    monkeypatch.setenv("NOTIFIER_EMAIL_RATE", "1000/s")
    assert 0 == run(PLAN)
    assert 0 == run(["rate", NAME, "default"])
    assert 0 == run(["send", NAME])
    everybody_once(sendgrid_server)


def test_without_a_witness_the_operator_says_what_is_known(
    backup: Backup, sendgrid_server: SendGridServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is guessed: without the file `restored` asks; --hold-all sends nothing more of what was planned."""
    assert 0 == run(PLAN)
    one(monkeypatch)
    backup.take()
    one(monkeypatch)
    backup.restore()
    Path("elsewhere.witness").rename("gone.witness")
    capsys.readouterr()
    assert 1 == run(["send", NAME])
    assert 2 == run(["restored"])
    assert "--hold-all" in capsys.readouterr().err
    assert 2 == run(["restored", "--hold-all", "--nothing-lost"])
    assert 0 == run(["restored", "--hold-all"])
    assert 0 == run(["send", NAME])
    everybody_once(sendgrid_server, without=7)
    assert {"accepted": 1, "unknown": 8} == backup.states()


def test_nothing_was_lost(
    backup: Backup, sendgrid_server: SendGridServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A backup of the last moment goes on; --nothing-lost is refused where the witness knows better."""
    assert 0 == run(PLAN)
    one(monkeypatch)
    backup.take()
    backup.restore()
    if backup.server:
        assert 1 == run(["send", NAME])
        assert "stand elsewhere than before" in capsys.readouterr().err
        assert 0 == run(["restored", "--nothing-lost"])
    one(monkeypatch)
    assert 2 == len(sendgrid_server.recipients)
    backup.restore()
    assert 1 == run(["restored", "--nothing-lost"])
    assert "something was lost" in capsys.readouterr().err
    assert 0 == run(["restored"])
    monkeypatch.setenv("NOTIFIER_EMAIL_RATE", "1000/s")
    assert 0 == run(["rate", NAME, "default"])
    assert 0 == run(["send", NAME])
    everybody_once(sendgrid_server)


def test_a_witness_that_cannot_be_written_stops_the_run(
    backup: Backup, sendgrid_server: SendGridServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is sent that could not be noted, and the message names the file."""
    assert backup
    assert 0 == run(PLAN)
    monkeypatch.setenv("NOTIFIER_WITNESS", "/proc/nowhere/witness")
    assert 1 == run(["send", NAME])
    assert "/proc/nowhere/witness: the witness cannot be written" in capsys.readouterr().err
    assert [] == sendgrid_server.recipients


def entry(number: int, *addresses: str, ledger: str = "l", campaign: str = "c") -> Entry:
    marks = tuple(mark(b"k", 1, address) for address in addresses)
    return Entry(
        ledger=ledger, attempt=number, campaign=campaign, shard=1, epoch=1, provider="p", content="sha256:0",
        channel=1, at=number, marks=marks,
    )  # fmt: skip


def test_the_file_says_what_was_noted_and_nothing_of_anybody(tmp_path: Path) -> None:
    """Read back as written, other ledgers left out, a line that was cut passed over and alone; marks go with their campaign."""
    path = tmp_path / "w"
    witness = Witness(path=path, ledger="l", key=b"k")
    noted = [entry(1, "a@example.org", "b@example.org"), entry(2, campaign="d"), entry(3, *map(str, range(1000)))]
    for each in [*noted[:2], entry(9, ledger="other"), noted[2]]:
        witness.note(each)
    with path.open("ab") as file:
        file.write(b'{"ledger":"l","attempt":4,"marks":"AA')
    assert noted == list(witness.entries())
    assert b"example.org" not in path.read_bytes()
    assert mark(b"k", 1, "A@Example.org") == mark(b"k", 1, "a@example.org") != mark(b"k", 2, "a@example.org")
    assert 0o600 == path.stat().st_mode & 0o777
    witness.note(entry(5))
    assert [*noted, entry(5)] == list(witness.entries())
    (tmp_path / ".w.part").write_bytes(b"left by one that was killed")
    (tmp_path / ".w.part").chmod(0o644)
    witness.forget("c")
    assert (0o600, ["w"]) == (path.stat().st_mode & 0o777, [one.name for one in tmp_path.iterdir()])
    assert [(1, 0), (2, 0), (3, 0), (5, 0)] == [(each.attempt, len(each.marks)) for each in witness.entries()]
