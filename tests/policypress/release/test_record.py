"""`record.toml`: what is written reads back the same, and a slip in it is told by line."""

from __future__ import annotations

from datetime import date

import pytest

from policypress.bundle import ChangeClass
from policypress.errors import ProblemsError
from policypress.release.record import FORMAT, parse_next, parse_record, write_record
from tests.policypress.conftest import FIRST, NEXT_TOML, SECOND

FILE = "policy_src/releases/x/record.toml"


@pytest.mark.parametrize("release", [FIRST, SECOND])
def test_a_record_reads_back_as_it_was_written(editions, release) -> None:
    """Writing and reading a record changes nothing: decisions, summaries and lead times included."""
    record = editions.get(release).record
    assert record == parse_record(write_record(record), FILE)


def test_a_record_says_what_it_is(twice) -> None:
    """The file opens with what it is, its format, and the dates that were asked for."""
    lines = twice.read(f"policy_src/releases/{SECOND}/record.toml").splitlines()
    assert lines[0].startswith("# A release as it was printed.")
    assert [f'format = "{FORMAT}"', f"published = {SECOND}", "effective = 2027-01-15"] == [lines[1], lines[4], lines[5]]


def test_an_unknown_key_is_an_error_with_its_line(twice) -> None:
    """A misspelt key in a record is not passed over."""
    text = twice.read(f"policy_src/releases/{SECOND}/record.toml").replace("note =", "notes =")
    with pytest.raises(ProblemsError) as caught:
        parse_record(text, FILE)
    (problem,) = caught.value.problems
    assert (FILE, 1 + text.splitlines().index('notes = "an example"')) == (problem.file, problem.line)


def test_an_unknown_format_is_refused(twice) -> None:
    """A record of another version of the format is not read as if it were this one."""
    text = twice.read(f"policy_src/releases/{SECOND}/record.toml").replace(FORMAT, "policypress.record/2")
    with pytest.raises(ProblemsError, match=r"policypress\.record/1"):
        parse_record(text, FILE)


def test_next_reads_summaries_and_nothing_is_no_error() -> None:
    """`next.toml` may be missing; then nothing is prepared."""
    assert ["retention"] == [one.section for one in parse_next(NEXT_TOML, "policy_src/next.toml").summaries]
    assert ((), ()) == (parse_next("", "x").summaries, parse_next("", "x").decisions)


def test_a_decision_without_a_name_or_reason_is_refused() -> None:
    """A decision is signed and gives its reason."""
    text = '[[decisions]]\nfingerprint = "0123456789abcdef"\nclass = "editorial"\nreason = ""\nby = ""\ndate = 2026-01-01\n'
    with pytest.raises(ProblemsError) as caught:
        parse_next(text, "policy_src/next.toml")
    assert [4, 5] == sorted(problem.line for problem in caught.value.problems)


def test_takes_effect_counts_the_last_amendment(editions) -> None:
    """Without an amendment the effective date is the recorded one."""
    record = editions.get(SECOND).record
    assert (date(2027, 1, 15), ChangeClass.MATERIAL) == (record.takes_effect, record.release_class)
