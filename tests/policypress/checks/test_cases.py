"""Every rule against its paired cases: what it finds, what it leaves alone. Adding a case is adding a folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import policypress
from policypress import checks
from policypress.errors import UsageError

from . import cases


@pytest.mark.parametrize("folder", cases.folders("finds"), ids=cases.name)
def test_finds(folder):
    """A case of what is wrong is reported at its place, under its rule, and nothing besides."""
    expected = (folder / "expected.txt").read_text(encoding="utf-8").splitlines()
    assert sorted(expected) == sorted(cases.found(folder))


@pytest.mark.parametrize("folder", cases.folders("leaves"), ids=cases.name)
def test_leaves(folder):
    """A case of what looks similar and is right is left alone by every rule."""
    assert [] == cases.found(folder)


def test_base():
    """The repository that the cases are laid over has no fault but the two languages nobody translated."""
    assert ["missing-translation"] * 2 == [one.rule for one in cases.problems(cases.BASE)]


def test_every_rule_has_both_cases():
    """No rule is without a case that it finds and one that it leaves alone."""
    for kind in ("finds", "leaves"):
        assert set(checks.rules()) == {folder.parent.name for folder in cases.folders(kind)}


@pytest.mark.parametrize("folder", cases.folders("finds"), ids=cases.name)
def test_messages_are_complete(folder):
    """Each problem says what is wrong and the way out, and names a rule that can be explained."""
    for problem in cases.problems(folder):
        assert problem.message
        assert problem.help
        assert len(checks.explain(problem.rule)) > len(problem.message) / 4


@pytest.mark.parametrize("rule", sorted({*checks.rules(), *checks.elsewhere()}))
def test_explanations_say_what_why_and_the_way_out(rule):
    """An explanation is a sentence on what is reported and a paragraph behind it."""
    what, gap, *rest = checks.explain(rule).splitlines()
    assert what.startswith("Report ")
    assert gap == ""
    assert len(" ".join(rest).split(". ")) > 1


def test_whatever_any_room_reports_can_be_explained():
    """The ids in the code are the checks' and those that are explained beside them, and no other."""
    code = "".join(path.read_text(encoding="utf-8") for path in Path(policypress.__file__).parent.rglob("*.py"))
    told = set(re.findall(r'rule="([a-z0-9-]+)"', code))
    assert set() == told - {*checks.rules(), *checks.elsewhere()}
    assert set() == set(checks.elsewhere()) - told


def test_explain_unknown_rule():
    """A rule that does not exist is refused with the list of those that do."""
    with pytest.raises(UsageError, match="mixed-script"):
        checks.explain("no-such-rule")


def test_sorted_by_place():
    """Problems come in the order of files and lines, all rules together."""
    found = cases.problems(cases.ROOT / "prose-facts" / "finds")
    assert sorted((one.file, one.line) for one in found) == [(one.file, one.line) for one in found]
