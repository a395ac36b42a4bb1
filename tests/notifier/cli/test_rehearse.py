"""Tests of the rehearsal as a user runs it."""

from __future__ import annotations

import json
from datetime import date
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from notifier.cli import run
from tests.notifier.factory import make_bundle, many_rows, write_audience

EXAMPLES = Path(__file__).parents[3] / "examples" / "accounts.csv"
ARGUMENTS = ["rehearse", "2026-12-01.json", "--as-of", "2026-12-01", "--output", "out", "--audience"]


@pytest.fixture(autouse=True)
def _bundle(bundle_path: Path) -> None:
    assert bundle_path.is_file()


def test_the_examples_are_rehearsed(capsys: pytest.CaptureFixture[str]) -> None:
    """Every holder of examples/accounts.csv is told, folded, left out with a reason, or refused with a line."""
    assert 0 == run([*ARGUMENTS, str(EXAMPLES)])
    said = capsys.readouterr()
    for words in ("lead time kept, 45 days", "header injection", "no address and no push token", "out/index.html"):
        assert words in said.out
    assert "\x1b" not in said.out
    family = [path for path in Path("out/email").rglob("*.eml") if b"family@example.org" in path.read_bytes().lower()]
    assert 1 == len(family)
    parent = list(Path("out/email/kk-guardian").glob("*.eml"))
    assert ["parent.061@example.org"] == [
        message_from_bytes(path.read_bytes(), policy=default)["To"] for path in parent
    ]
    assert not any(b"child.061" in path.read_bytes() for path in Path("out").rglob("*.*"))


def test_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    """Counts, rejected rows, lead time, states and where the messages are."""
    write_audience(Path("a.csv"), *many_rows(4), "x,broken")
    assert 0 == run([*ARGUMENTS, "a.csv", "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert ({"accepted": 4}, 1, 45, 30, "out/rejects.jsonl") == (
        answer["states"], answer["rejected"], answer["kept_days"], answer["lead_days"], answer["rejects_file"],
    )  # fmt: skip
    assert Path(answer["rejects_file"]).is_file()
    assert Path(answer["index"]).is_file()


def test_a_release_of_a_later_day_is_rehearsed_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Files wait for no day: whoever rehearses before publication has the messages now."""
    later = {"release": "2099-01-01", "published": date(2099, 1, 1), "effective": date(2099, 3, 1)}
    Path("later.json").write_text(make_bundle(**later).dump(), encoding="utf-8")
    write_audience(Path("a.csv"), *many_rows(3))
    assert 0 == run(["rehearse", "later.json", "--audience", "a.csv", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert ({"accepted": 3}, True, "2099-01-01") == (found["states"], found["finished"], found["first"])


def test_a_second_rehearsal_replaces_the_first() -> None:
    """Whole: no message of the earlier one stays."""
    write_audience(Path("a.csv"), *many_rows(4))
    assert 0 == run([*ARGUMENTS, "a.csv"])
    write_audience(Path("a.csv"), *many_rows(1))
    assert 0 == run([*ARGUMENTS, "a.csv"])
    assert 1 == len(list(Path("out").rglob("*.eml")))


def test_a_folder_of_someone_else_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that no outbox wrote is refused, and nothing in it is touched."""
    write_audience(Path("a.csv"), *many_rows(1))
    Path("out").mkdir()
    Path("out/mine.txt").write_text("mine")
    assert 2 == run([*ARGUMENTS, "a.csv"])
    assert "--output" in capsys.readouterr().err
    assert ["mine.txt"] == [path.name for path in Path("out").iterdir()]


@pytest.mark.parametrize(
    ("source", "day", "code"), [("none.csv", "2026-12-01", 2), ("bad.csv", "2026-12-01", 2), ("a.csv", "2027-01-10", 1)]
)
def test_a_failed_rehearsal_leaves_nothing(
    source: str, day: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """One message, and neither a folder nor a part of one."""
    write_audience(Path("a.csv"), *many_rows(1))
    Path("bad.csv").write_text("id,email\n1,a@example.org\n")
    before = set(Path().iterdir())
    arguments = [*ARGUMENTS, source]
    arguments[3] = day
    assert code == run(arguments)
    assert before == set(Path().iterdir())
    assert 1 == len(capsys.readouterr().err.splitlines())


def test_it_sends_nothing_whatever_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a key for a real provider in the environment the rehearsal still goes to files."""
    monkeypatch.setenv("SENDGRID_API_KEY", "SG.key")
    write_audience(Path("a.csv"), *many_rows(1))
    assert 0 == run([*ARGUMENTS, "a.csv"])
    assert 1 == len(list(Path("out").rglob("*.eml")))
