"""`policypress withdraw`: what it prints, its exit codes, and what the site and the post make of it."""

from __future__ import annotations

import json
from datetime import date

from policypress.builder import build
from policypress.cli import FAILED, OK, USAGE
from tests.policypress.conftest import SECOND

WHY = ("--reason", "the partner left", "--as-of", "2026-12-20")


def test_says_what_was_done(run, twice) -> None:
    """The commit, and what has to follow."""
    code, out, error = run(twice, "withdraw", SECOND, *WHY)
    commit = twice.git("rev-parse", "HEAD")[:10]
    assert (OK, "") == (code, error)
    assert [
        f"withdrawn {SECOND}; committed as {commit}",
        "build the site again: pages, feed and bundle then say so",
    ] == out.splitlines()


def test_verify_is_content(run, twice) -> None:
    """The prints are what they were."""
    run(twice, "withdraw", SECOND, *WHY)
    code, out, _ = run(twice, "verify")
    assert (OK, 2) == (code, out.count("  ok  "))


def test_diff_goes_on_from_the_text_that_stands(run, twice) -> None:
    """Without arguments the draft is compared with the release before the withdrawn one."""
    run(twice, "withdraw", SECOND, *WHY)
    assert "2024-08-08 -> draft (en): material" in run(twice, "diff")[1]


def test_twice(run, fails, twice) -> None:
    """A second time there is nothing to take back."""
    run(twice, "withdraw", SECOND, *WHY)
    assert "it is withdrawn already" in fails(twice, "withdraw", SECOND, *WHY, code=FAILED)


def test_a_release_in_effect(fails, twice) -> None:
    """From its day on it applies, and only a new release changes that."""
    error = fails(twice, "withdraw", SECOND, "--reason", "no", "--as-of", "2027-01-15", code=FAILED)
    assert "it is in effect since 2027-01-15; make a new release instead" in error


def test_an_unknown_release(fails, twice) -> None:
    """A wrong call."""
    assert "v9: no such release" in fails(twice, "withdraw", "v9", *WHY, code=USAGE)


def test_an_empty_reason_is_none(fails, twice) -> None:
    """The record says why, or the entry is not made."""
    assert "say why" in fails(twice, "withdraw", SECOND, "--reason", "", "--as-of", "2026-12-20", code=FAILED)


def test_the_built_site_and_its_bundle(run, twice, tmp_path) -> None:
    """The new bundle and the index say withdrawn; the page of upcoming changes is empty again."""
    run(twice, "withdraw", SECOND, *WHY)
    site = build(twice.root, as_of=date(2026, 12, 21), site=tmp_path / "site")
    bundle = json.loads((site / f"releases/{SECOND}.json").read_text())
    assert [{"kind": "withdrawn", "on": "2026-12-20", "effective": None, "reason": "the partner left"}] == bundle[
        "moved"
    ]
    index = json.loads((site / "releases/index.json").read_text())["releases"]
    assert [False, True] == [row["withdrawn"] for row in index]
    assert "24 months" not in (site / "en/upcoming/index.html").read_text()
    assert "Withdrawn on 20 December 2026" in (site / f"en/archive/{SECOND}/index.html").read_text()
