"""`policypress amend`: what it prints, its exit codes, and the day it works on."""

from __future__ import annotations

from policypress.cli import FAILED, OK, USAGE
from tests.policypress.conftest import FIRST, SECOND

LATER = ("--effective", "2027-03-01", "--reason", "translations were late")
BEFORE = ("--as-of", "2026-12-20")


def test_says_what_was_done(run, twice) -> None:
    """The new day, the commit, and what has to follow."""
    code, out, error = run(twice, "amend", SECOND, *LATER, *BEFORE)
    commit = twice.git("rev-parse", "HEAD")[:10]
    assert (OK, "") == (code, error)
    assert [
        f"amended {SECOND}: takes effect on 2027-03-01; committed as {commit}",
        "build the site again: pages, feed and bundle then say so",
    ] == out.splitlines()


def test_the_day_comes_from_the_surroundings_too(run, twice, monkeypatch) -> None:
    """POLICYPRESS_AS_OF stands for --as-of: the entry bears that day."""
    monkeypatch.setenv("POLICYPRESS_AS_OF", "2026-12-21")
    assert OK == run(twice, "amend", SECOND, *LATER)[0]
    assert "on = 2026-12-21" in twice.read(f"policy_src/releases/{SECOND}/record.toml")


def test_an_unknown_release(fails, twice) -> None:
    """A wrong call; the releases that exist are listed."""
    error = fails(twice, "amend", "2026-01-01", *LATER, *BEFORE, code=USAGE)
    assert f"2026-01-01: no such release; there are {FIRST}, {SECOND}" in error


def test_nothing_released_yet(fails, bare) -> None:
    """The message says that there are none."""
    assert "there are none yet" in fails(bare, "amend", SECOND, *LATER, *BEFORE, code=USAGE)


def test_a_release_in_effect(fails, twice) -> None:
    """An expected failure with its reason."""
    assert "it is in effect since 2027-01-15" in fails(
        twice, "amend", SECOND, *LATER, "--as-of", "2027-01-15", code=FAILED
    )


def test_an_earlier_day(fails, twice) -> None:
    """An expected failure with both days."""
    error = fails(twice, "amend", SECOND, "--effective", "2027-01-01", "--reason", "hurry", *BEFORE, code=FAILED)
    assert "2027-01-01 is not later than 2027-01-15" in error


def test_a_day_and_a_reason_are_asked_for(fails, twice) -> None:
    """Without them it is a wrong call, and so is a day that is none."""
    assert "--effective" in fails(twice, "amend", SECOND, "--reason", "x", code=USAGE)
    assert "--reason" in fails(twice, "amend", SECOND, "--effective", "2027-03-01", code=USAGE)
    assert "YYYY-MM-DD" in fails(twice, "amend", SECOND, "--effective", "March", "--reason", "x", code=USAGE)


def test_an_empty_reason_is_none(fails, twice) -> None:
    """The record says why, or the entry is not made."""
    error = fails(twice, "amend", SECOND, "--effective", "2027-03-01", "--reason", " ", *BEFORE, code=FAILED)
    assert "say why" in error


def test_no_git(fails, twice) -> None:
    """Without a repository of git there is nothing to commit to."""
    (twice.root / ".git").rename(twice.root.parent / "gone")
    assert "not in a git work tree" in fails(twice, "amend", SECOND, *LATER, *BEFORE, code=FAILED)
