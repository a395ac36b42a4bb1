"""Decisions in next.toml: written one by one, comments kept, dead ones told apart."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from policypress.bundle import ChangeClass
from policypress.errors import ProblemsError, UsageError
from policypress.materiality import Decision
from policypress.release import add_decision, dead_decisions, drop_decisions, open_step, withdraw
from policypress.source import NEXT
from tests.policypress.conftest import FIRST, SECOND

COMMENTED = """\
# what the lawyers asked for
note = "an example"  # shown in the archive

[[decisions]]
# a slip
fingerprint = "00000000000000aa"
class = "editorial"
reason = "a slip"
by = "An Editor"
date = 2026-11-20

# the summary that legal approved
[[summaries]]
section = "retention"
starts = true
text = "We keep your data for 24 months."  # not longer

[[decisions]]
fingerprint = "00000000000000bb"
class = "minor"
reason = "a footnote"
by = "An Editor"
date = 2026-11-21
"""


def decision(fingerprint: str, reason: str = "the same in other words", **more) -> Decision:
    return Decision(
        fingerprint=fingerprint,
        change_class=ChangeClass.EDITORIAL,
        reason=reason,
        by="An Editor",
        date=date(2026, 11, 22),
        **more,
    )


def written(repository) -> list[dict]:
    """Return the decisions as a TOML reader sees them."""
    return tomllib.loads(repository.read(NEXT)).get("decisions", [])


class TestWriting:
    def test_a_decision_is_written_whole(self, once) -> None:
        """Fingerprint, class, reason, name, day, and the locale where it is one's own; next.toml is made for it."""
        add_decision(once.root, decision("0123456789abcdef", only="kk"))
        expected = {
            "fingerprint": "0123456789abcdef",
            "class": "editorial",
            "reason": "the same in other words",
            "by": "An Editor",
            "date": date(2026, 11, 22),
            "only": "kk",
        }
        assert [expected] == written(once)

    def test_comments_and_everything_else_are_kept(self, once) -> None:
        """Whatever the editors wrote around the decisions stays, comments included."""
        once.write(NEXT, COMMENTED)
        add_decision(once.root, decision("0123456789abcdef"))
        text = once.read(NEXT)
        comments = [line.strip() for line in COMMENTED.splitlines() if line.strip().startswith("#")]
        assert comments == [line.strip() for line in text.splitlines() if line.strip() in comments]
        assert "  # shown in the archive" in text
        assert "  # not longer" in text
        before, after = tomllib.loads(COMMENTED), tomllib.loads(text)
        assert before["decisions"] == after["decisions"][:2]
        assert {**before, "decisions": None} == {**after, "decisions": None}

    def test_one_of_the_same_fingerprint_is_replaced(self, once) -> None:
        """A person may decide anew; the last word counts."""
        for reason in ("first thought", "second thought"):
            add_decision(once.root, decision("0123456789abcdef", reason))
        assert ["second thought"] == [row["reason"] for row in written(once)]

    def test_words_with_quotes_and_other_letters(self, once) -> None:
        """A reason is kept as it was said."""
        reason = 'says "erase" twice \\ ештеңе өзгермеді'
        add_decision(once.root, decision("0123456789abcdef", reason))
        assert reason == written(once)[0]["reason"]

    def test_dropping_takes_out_what_was_named(self, once) -> None:
        """The others stay as they are; with the last one gone no empty table is left."""
        once.write(NEXT, COMMENTED)
        drop_decisions(once.root, ["00000000000000aa"])
        assert ["00000000000000bb"] == [row["fingerprint"] for row in written(once)]
        drop_decisions(once.root, ["00000000000000bb"])
        assert "decisions" not in once.read(NEXT)
        assert "retention" == tomllib.loads(once.read(NEXT))["summaries"][0]["section"]

    def test_nothing_is_left_aside(self, once) -> None:
        """next.toml is written aside and put in place."""
        add_decision(once.root, decision("0123456789abcdef"))
        assert [] == [path for path in once.files() if path.endswith(".part")]

    def test_a_conflict_left_in_it(self, once) -> None:
        """What cannot be read is not written over: file, line and what the marks are."""
        once.write(NEXT, '<<<<<<< HEAD\nnote = "a"\n=======\nnote = "b"\n>>>>>>> summer\n')
        with pytest.raises(ProblemsError, match=f"{NEXT}:1: not valid TOML.*A merge conflict is left there"):
            open_step(once.root)


class TestLife:
    def test_a_decision_counts(self, ready) -> None:
        """The draft is judged with the decisions made so far."""
        step = open_step(ready.root)
        assert () == dead_decisions(ready.root, step)
        (finding,) = [one for one in step.verdict.findings if one.only]
        assert ("kk", ChangeClass.EDITORIAL) == (finding.only, finding.change_class)

    def test_a_decision_dies_when_its_clause_changes(self, ready) -> None:
        """It named a fingerprint: the clause reads otherwise now, and is open again."""
        ready.edit("locales/kk/LC_MESSAGES/policy.po", "алдын ала айтамыз", "ертерек айтамыз")
        step = open_step(ready.root)
        assert ["An Editor"] == [dead.by for dead in dead_decisions(ready.root, step)]
        (finding,) = [one for one in step.verdict.findings if one.only]
        assert (ChangeClass.MATERIAL, None) == (finding.change_class, finding.decision)

    def test_before_any_release(self, bare) -> None:
        """With nothing released there is nothing to decide on."""
        with pytest.raises(UsageError, match="nothing is released yet, so there is nothing to decide on"):
            open_step(bare.root)

    def test_after_a_withdrawal(self, twice) -> None:
        """The draft is held against the release that stands: what the withdrawn one changed is open again."""
        assert () == tuple(f for f in open_step(twice.root).verdict.findings if f.section == "retention")
        withdraw(twice.root, SECOND, on=date(2026, 12, 5), reason="the partner left")
        step = open_step(twice.root)
        assert FIRST == step.old.id
        assert "retention" in {finding.section for finding in step.verdict.findings}
