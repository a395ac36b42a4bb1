"""Amending and withdrawing an announced release: what is entered, what follows from it, what is refused."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from policypress.bundle import Moved
from policypress.errors import PolicypressError, RefusedError, UsageError
from policypress.git import Repository as Git
from policypress.release import Standing, State, amend, announced, in_force, load, verify, withdraw
from policypress.source import NEXT
from tests.policypress.conftest import EFFECTIVE, FIRST, SECOND, hook, interrupted

RECORD = f"policy_src/releases/{SECOND}/record.toml"
#: The day of the entry, and the later day it names.
ON, LATER = date(2026, 12, 20), date(2027, 3, 1)
THIRD = "2026-12-10"


def amended(repository, effective=LATER, on=ON, release=SECOND):
    return amend(repository.root, release, effective=effective, on=on, reason="translations were late")


def withdrawn(repository, on=ON, release=SECOND):
    return withdraw(repository.root, release, on=on, reason="the partner left")


def move(repository, kind, **more):
    """Amend or withdraw."""
    return amended(repository, **more) if kind == "amended" else withdrawn(repository, **more)


def refused(repository, kind, **more) -> tuple[str, ...]:
    """Return why an entry is refused; nothing may have changed on disk or in git."""
    before, head = repository.files(), repository.git("rev-parse", "HEAD")
    with pytest.raises(RefusedError, match="cannot be changed:\n  - ") as caught:
        move(repository, kind, **more)
    assert before == repository.files()
    assert head == repository.git("rev-parse", "HEAD")
    return caught.value.missing


def third(repository, effective: date) -> None:
    """Make another release on top of the second one."""
    repository.edit("policy_src/text/03-updates.md", "periodically", "from time to time")
    repository.write(NEXT, "")
    repository.translate(words={"We review this policy from time to time.": ("Қарап шығамыз.", "Пересматриваем.")})
    repository.commit()
    repository.release(THIRD, effective, historic=True)


def records(repository):
    return [printed.record for printed in load(repository.source()).values()]


def verified(repository) -> dict[str, bool]:
    return {one.release: one.ok for one in verify(repository.source(), Git(repository.root))}


class TestEntry:
    @pytest.mark.parametrize(
        ("kind", "entry"),
        [
            (
                "amended",
                {"kind": "amended", "on": ON, "effective": LATER, "reason": "translations were late"},
            ),
            ("withdrawn", {"kind": "withdrawn", "on": ON, "reason": "the partner left"}),
        ],
    )
    def test_the_record_gains_one_entry_and_nothing_else(self, twice, kind, entry) -> None:
        """What was written stays, byte for byte; a [[moved]] with kind, day, date and reason follows."""
        before = twice.read(RECORD)
        record, _ = move(twice, kind)
        after = twice.read(RECORD)
        assert after.startswith(before)
        assert {**tomllib.loads(before), "moved": [entry]} == tomllib.loads(after)
        assert load(twice.source())[SECOND].record == record

    @pytest.mark.parametrize(
        ("kind", "message"),
        [("amended", f"Amend release {SECOND}: effective 2027-03-01"), ("withdrawn", f"Withdraw release {SECOND}")],
    )
    def test_the_commit_holds_the_record_alone(self, twice, kind, message) -> None:
        """One commit that says what it is, touches one file, and leaves other staged work staged."""
        twice.write("notes.txt", "mine")
        twice.git("add", "notes.txt")
        _, commit = move(twice, kind)
        assert [message, "", RECORD] == twice.git("show", "--name-only", "--format=%s", commit).splitlines()
        assert "A  notes.txt" == twice.git("status", "--porcelain")

    @pytest.mark.parametrize("kind", ["amended", "withdrawn"])
    def test_the_print_still_verifies(self, twice, kind) -> None:
        """An entry changes no print and no digest."""
        move(twice, kind)
        assert {FIRST: True, SECOND: True} == verified(twice)

    def test_a_second_amendment_counts(self, twice) -> None:
        """The last date is the one that counts; the first entry stays, and the prints verify."""
        amended(twice)
        record, _ = amended(twice, date(2027, 4, 1), date(2026, 12, 21))
        assert [LATER, date(2027, 4, 1)] == [moved.effective for moved in record.moved]
        assert date(2027, 4, 1) == record.takes_effect
        assert {FIRST: True, SECOND: True} == verified(twice)

    def test_an_amended_release_may_be_withdrawn(self, twice) -> None:
        """Both entries stand, in their order."""
        amended(twice)
        record, _ = withdrawn(twice, date(2027, 2, 28))
        assert ["amended", "withdrawn"] == [moved.kind for moved in record.moved]
        assert record.withdrawn
        assert {FIRST: True, SECOND: True} == verified(twice)


class TestStates:
    @pytest.mark.parametrize(
        ("day", "kind", "expected", "applying"),
        [
            ("2026-12-19", "amended", State.ANNOUNCED, FIRST),
            ("2026-12-20", "amended", State.ANNOUNCED, FIRST),
            ("2027-01-15", "amended", State.ANNOUNCED, FIRST),
            ("2027-02-28", "amended", State.ANNOUNCED, FIRST),
            ("2027-03-01", "amended", State.IN_FORCE, SECOND),
            ("2026-11-30", "withdrawn", State.DRAFT, FIRST),
            ("2026-12-19", "withdrawn", State.ANNOUNCED, FIRST),
            ("2026-12-20", "withdrawn", State.WITHDRAWN, FIRST),
            ("2027-01-15", "withdrawn", State.WITHDRAWN, FIRST),
            ("2030-01-01", "withdrawn", State.WITHDRAWN, FIRST),
        ],
    )
    def test_states_follow_the_entry(self, twice, day, kind, expected, applying) -> None:
        """An amended release waits until its new day, a withdrawn one never applies; before the entry it waited."""
        move(twice, kind)
        all_, when = records(twice), date.fromisoformat(day)
        assert (expected, applying) == (Standing(all_, when).state(all_[1]), in_force(all_, when).id)
        assert (expected is State.ANNOUNCED) is (SECOND in [one.id for one in announced(all_, when)])

    def test_the_next_release_is_held_against_the_text_that_stands(self, twice) -> None:
        """Nobody ever lived under a withdrawn text: the next release is compared with the one before it."""
        withdrawn(twice, date(2026, 12, 5))
        third(twice, date(2027, 2, 1))
        record = records(twice)[-1]
        assert (THIRD, FIRST) == (record.id, record.previous)
        assert "retention" in {finding.section for finding in twice.editions().get(THIRD).step.verdict.findings}


class TestRefused:
    @pytest.mark.parametrize("effective", [EFFECTIVE, date(2027, 1, 14), date(2026, 12, 25)])
    def test_an_earlier_or_the_same_day(self, twice, effective) -> None:
        """An effective date only ever moves later: who was told of a day can rely on it."""
        expected = f"{effective} is not later than {EFFECTIVE}; an effective date only moves later"
        assert (expected,) == refused(twice, "amended", effective=effective)

    def test_an_amended_day_is_the_one_to_be_later_than(self, twice) -> None:
        """A second amendment cannot go back behind the first."""
        amended(twice)
        assert refused(twice, "amended", effective=date(2027, 2, 1)) == (
            "2027-02-01 is not later than 2027-03-01; an effective date only moves later",
        )

    @pytest.mark.parametrize("kind", ["amended", "withdrawn"])
    @pytest.mark.parametrize("on", [EFFECTIVE, date(2028, 1, 1)])
    def test_on_or_after_the_day_it_takes_effect(self, twice, kind, on) -> None:
        """A text that applies is changed by a new release only; the eve is the last day."""
        assert ("it is in effect since 2027-01-15; make a new release instead",) == refused(twice, kind, on=on)
        move(twice, kind, on=date(2027, 1, 14))

    @pytest.mark.parametrize("kind", ["amended", "withdrawn"])
    def test_a_release_in_force(self, twice, kind) -> None:
        """The first release has long been in effect."""
        assert any(line.startswith("it is in effect since 2024-08-08") for line in refused(twice, kind, release=FIRST))

    @pytest.mark.parametrize("kind", ["amended", "withdrawn"])
    def test_a_withdrawn_release(self, twice, kind) -> None:
        """What was taken back stays so."""
        withdrawn(twice)
        assert ("it is withdrawn already",) == refused(twice, kind, on=date(2026, 12, 21))

    @pytest.mark.parametrize("kind", ["amended", "withdrawn"])
    def test_an_entry_older_than_the_last(self, twice, kind) -> None:
        """Entries stand in the order of their days."""
        amended(twice)
        (line,) = refused(
            twice, kind, on=date(2026, 12, 19), **({"effective": date(2028, 1, 1)} if kind == "amended" else {})
        )
        assert (
            "its last entry is of 2026-12-20, later than 2026-12-19; entries stand in the order of their days" == line
        )

    @pytest.mark.parametrize("kind", ["amended", "withdrawn"])
    def test_a_record_with_changes_that_are_not_committed(self, twice, kind) -> None:
        """Whatever somebody is doing in the record is neither committed along nor lost."""
        twice.write(RECORD, twice.read(RECORD) + "\n# mine\n")
        assert (f"{RECORD} has changes that are not committed",) == refused(twice, kind)

    def test_everything_at_once(self, twice) -> None:
        """All reasons are told in one message."""
        twice.write(RECORD, twice.read(RECORD) + "\n# mine\n")
        assert 3 == len(refused(twice, "amended", effective=EFFECTIVE, on=EFFECTIVE))

    def test_behind_a_release_made_on_top_of_it(self, twice) -> None:
        """Were it amended behind the next one, the older text would replace the newer."""
        third(twice, date(2027, 2, 1))
        expected = (
            f"{THIRD} was made after it and takes effect on 2027-02-01, not later than 2027-03-01; amend that first"
        )
        assert (expected,) == refused(twice, "amended")
        amended(twice, date(2027, 1, 31))

    def test_withdrawing_what_the_next_release_builds_on(self, twice) -> None:
        """The next one told its changes as the difference to this one; withdrawn in their order both go."""
        third(twice, date(2027, 2, 1))
        assert (f"{THIRD} builds on it; withdraw that first",) == refused(twice, "withdrawn")
        withdrawn(twice, release=THIRD)
        withdrawn(twice)
        assert in_force(records(twice), date(2028, 1, 1)).id == FIRST

    @pytest.mark.parametrize("kind", ["amended", "withdrawn"])
    def test_an_unknown_release(self, twice, kind) -> None:
        """A name that is no release is a wrong call, and those that exist are listed."""
        with pytest.raises(UsageError, match=f"2026-01-01: no such release; there are {FIRST}, {SECOND}"):
            move(twice, kind, release="2026-01-01")


class TestAllOrNothing:
    @pytest.mark.parametrize("kind", ["amended", "withdrawn"])
    def test_a_hook_that_refuses_leaves_the_record_as_it_was(self, twice, kind) -> None:
        """Git refuses the commit: the record is as before, nothing is staged, and the next attempt succeeds."""
        before = twice.files()
        refusing = hook(twice, "pre-commit", "echo 'no ticket' >&2", "exit 1")
        with pytest.raises(PolicypressError, match="git could not commit: no ticket"):
            move(twice, kind)
        assert before == twice.files()
        assert "" == twice.git("status", "--porcelain")
        refusing.unlink()
        assert kind == move(twice, kind)[0].moved[-1].kind

    @pytest.mark.parametrize("command", [["amend", "--effective", LATER.isoformat()], ["withdraw"]])
    def test_an_interrupt_leaves_the_record_as_it_was(self, twice, command) -> None:
        """Ctrl-C while git commits takes everything back."""
        before, head = twice.files(), twice.git("rev-parse", "HEAD")
        name, *options = command
        arguments = (name, SECOND, *options, "--reason", "no", "--as-of", ON.isoformat())
        assert (130, "policypress: interrupted") == interrupted(twice, "post-commit", *arguments)
        assert (before, head) == (twice.files(), twice.git("rev-parse", "HEAD"))
        assert "" == twice.git("status", "--porcelain")

    def test_what_an_interrupted_write_left_blocks_nothing(self, twice) -> None:
        """A half-written record beside the real one is no part of the release."""
        twice.write(f"{RECORD}.part", "half")
        amended(twice)
        assert {FIRST: True, SECOND: True} == verified(twice)


class TestVerify:
    """What `verify` finds in the entries; each wound is committed, as somebody who means it would."""

    def problems(self, repository) -> list[str]:
        (found,) = [one for one in verify(repository.source(), Git(repository.root)) if one.release == SECOND]
        assert all(problem.file == RECORD and problem.help for problem in found.problems)
        return [problem.message for problem in found.problems]

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ('class = "material"', 'class = "editorial"'),
            ("effective = 2027-01-15", "effective = 2027-02-15"),
            ('note = "an example"', 'note = "another"'),
            ("starts = true", "starts = false"),
        ],
    )
    def test_a_record_changed_in_more_than_its_entries(self, twice, old, new) -> None:
        """Class, dates, notes and summaries are as they were printed."""
        before = twice.read(RECORD)
        twice.write(RECORD, before.replace(old, new, 1))
        assert before != twice.read(RECORD)
        twice.commit()
        assert any(
            "in more than `moved`" in message
            for message in (one.message for r in verify(twice.source(), Git(twice.root)) for one in r.problems)
        )

    def test_an_amendment_to_an_earlier_day(self, twice) -> None:
        """An entry made by hand that brings the day forward is found."""
        twice.write(
            RECORD, twice.read(RECORD) + '\n[[moved]]\nkind = "amended"\non = 2026-12-05\neffective = 2026-12-31\n'
        )
        twice.commit()
        assert ["the entry of 2026-12-05 does not move the effective date later than 2027-01-15"] == self.problems(
            twice
        )

    def test_a_withdrawal_after_it_took_effect(self, twice) -> None:
        """A text that applied cannot be made never to have applied."""
        twice.write(RECORD, twice.read(RECORD) + '\n[[moved]]\nkind = "withdrawn"\non = 2027-02-01\n')
        twice.commit()
        assert ["the entry of 2027-02-01 came after it took effect on 2027-01-15"] == self.problems(twice)

    def test_an_entry_behind_a_withdrawal(self, twice) -> None:
        """Nothing follows a withdrawal."""
        withdrawn(twice)
        twice.write(
            RECORD, twice.read(RECORD) + '\n[[moved]]\nkind = "amended"\non = 2026-12-21\neffective = 2027-05-01\n'
        )
        assert ["the entry of 2026-12-21 stands behind a withdrawal"] == self.problems(twice)

    @pytest.mark.parametrize("kind", ["amended", "withdrawn"])
    def test_an_entry_taken_out_again(self, twice, kind) -> None:
        """A committed entry that is gone is found: holders may have been told of it."""
        before = twice.read(RECORD)
        move(twice, kind)
        twice.write(RECORD, before)
        twice.commit("an innocent change")
        assert ["an amendment or a withdrawal that was committed is gone or changed"] == self.problems(twice)

    def test_an_entry_changed(self, twice) -> None:
        """So is one whose date was changed afterwards."""
        amended(twice)
        twice.edit(RECORD, "effective = 2027-03-01", "effective = 2027-03-02")
        assert ["an amendment or a withdrawal that was committed is gone or changed"] == self.problems(twice)


def test_an_entry_reads_back(twice) -> None:
    """What was entered is read as it was meant."""
    amended(twice)
    expected = Moved(kind="amended", on=ON, effective=LATER, reason="translations were late")
    assert (expected,) == records(twice)[1].moved
