"""`policypress decide`: the walk through the open changes, each answer written at once."""

from __future__ import annotations

import tomllib

import click
import pytest
from click.testing import CliRunner

from policypress.cli import INTERRUPTED, OK, USAGE, cli, main
from policypress.errors import UsageError
from policypress.source import NEXT
from tests.policypress.conftest import Repository

KK = "locales/kk/LC_MESSAGES/policy.po"
COMMENT = "# what legal asked for\n"


@pytest.fixture
def open_(ready) -> Repository:
    """Return a repository with two open changes: the Kazakh correction, and a sentence that no cue knows."""
    text = ready.read(NEXT)
    ready.write(NEXT, COMMENT + text[: text.index("\n[[decisions]]")])
    text = ready.read("policy_src/text/03-updates.md")
    ready.write("policy_src/text/03-updates.md", f"{text}\nParrots sing.\n")
    return ready


def decide(repository, answers: str, *options: str):
    """Run the command with what a person types."""
    arguments = ["-C", str(repository.root), "decide", "--as-of", "2026-11-22", *options]
    return CliRunner().invoke(cli, arguments, input=answers)


def decisions(repository) -> list[dict]:
    return tomllib.loads(repository.read(NEXT)).get("decisions", [])


def test_each_open_change_is_asked_about(open_) -> None:
    """The sentence that was not recognised, and the translator's own: redline, reasons, place in the row."""
    result = decide(open_, "s\ns\n")
    assert OK == result.exit_code
    assert "1/2  3. How we update this policy\n" in result.output
    assert "{+Parrots sing.+}" in result.output
    assert "2/2  3. Бұл саясатты қалай жаңартамыз (kk)" in result.output
    assert "0 decided, 2 left open" in result.output
    assert [] == decisions(open_)


def test_answers_are_written_with_name_day_and_reason(open_) -> None:
    """Who git commits as, the day, the words that were typed; a correction names its locale."""
    result = decide(open_, "n\nnobody was told before\ne\n reads   better \n")
    assert "2 decided, 0 left open" in result.output
    minor, editorial = decisions(open_)
    assert ("minor", "nobody was told before", "An Editor") == (minor["class"], minor["reason"], minor["by"])
    assert ("editorial", "reads better", "kk") == (editorial["class"], editorial["reason"], editorial["only"])
    assert {"2026-11-22"} == {str(row["date"]) for row in (minor, editorial)}
    assert "only" not in minor


def test_the_rest_of_next_toml_is_kept(open_) -> None:
    """Comments, note and summaries stay."""
    before = open_.read(NEXT)
    decide(open_, "m\nholders are told\nq\n", "--by", "A Lawyer")
    assert open_.read(NEXT).startswith(before.rstrip())
    assert ["A Lawyer"] == [row["by"] for row in decisions(open_)]


def test_a_decided_change_is_not_asked_about_again(open_) -> None:
    """The next walk goes on where the last one stopped, and ends with nothing to decide."""
    decide(open_, "e\nparrots are welcome\nq\n")
    second = decide(open_, "e\nreads better\n")
    assert "1/1  3. Бұл саясатты" in second.output
    assert "nothing to decide\n" == decide(open_, "").output


def test_quitting_keeps_the_earlier_answers(open_) -> None:
    """Each answer is written before the next question."""
    result = decide(open_, "e\nparrots are welcome\nq\n")
    assert (OK, 1) == (result.exit_code, len(decisions(open_)))
    assert "1 decided, 1 left open" in result.output


def test_the_end_of_input_keeps_the_earlier_answers(open_, monkeypatch, capsys) -> None:
    """A terminal that closes in the middle is an interruption: 130, one message, and what was decided stands."""
    with CliRunner().isolation(input="e\nparrots are welcome\n"):
        code = main(["-C", str(open_.root), "decide", "--as-of", "2026-11-22"])
    assert (INTERRUPTED, 1) == (code, len(decisions(open_)))


def test_a_reason_that_says_nothing_is_asked_for_again(open_) -> None:
    """An empty one, and one of two letters, are not written."""
    result = decide(open_, "e\n\nok\nparrots are welcome\nq\n")
    assert "say why, in a few words" in result.output
    assert ["parrots are welcome"] == [row["reason"] for row in decisions(open_)]


def test_an_answer_that_is_none_is_asked_for_again(open_) -> None:
    """Only the letters that are shown count."""
    assert "is not one of" in decide(open_, "x\nq\n").output
    assert [] == decisions(open_)


def test_all_asks_about_every_material_change(open_) -> None:
    """What a fact confirms is asked about with --all only."""
    assert "fact: retention" not in decide(open_, "s\ns\n").output
    everything = decide(open_, "s\ns\ns\n", "--all").output
    assert "2. How long we keep data" in everything
    assert "fact: retention" in everything


def test_a_dead_decision_is_dropped_and_said_so(ready) -> None:
    """Its clause changed again: the decision goes, its reason is told, and the change is asked about anew."""
    (old,) = decisions(ready)
    ready.edit(KK, "алдын ала айтамыз", "ертерек айтамыз")
    result = decide(ready, "q\n")
    assert (
        f"dropped the decision {old['fingerprint']} (The sentence reads better; nothing else is said.)" in result.output
    )
    assert "1/1" in result.output
    assert [] == decisions(ready)


def test_nothing_to_decide(once) -> None:
    """Without open changes nothing is asked and nothing is written."""
    before = once.files()
    result = decide(once, "")
    assert (OK, "nothing to decide\n") == (result.exit_code, result.output)
    assert before == once.files()


def test_before_any_release(bare) -> None:
    """With nothing released there is nothing to decide on: a wrong call."""
    assert isinstance(decide(bare, "").exception, UsageError)
    assert USAGE == main(["-C", str(bare.root), "decide"])


def test_a_release_needs_no_more_than_the_walk(open_) -> None:
    """What was decided is what the gate asks for: the walk's answers are alive."""
    decide(open_, "e\nparrots are welcome\ne\nreads better\n")
    assert "dropped" not in decide(open_, "").output
    assert click.unstyle(decide(open_, "").output) == "nothing to decide\n"
