"""One comparison in every format: the same class, changes and marks, each safe for where it is read."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policypress.comparison import compare_prints, compare_texts, find_print
from policypress.redline import Run
from policypress.reports import data, markdown, text
from policypress.source import worktree
from tests.policypress.conftest import FIRST, SECOND


@pytest.fixture(scope="module")
def comparison(moulds):
    """Return what the second release changed, in English."""
    root = moulds["twice"]
    return compare_prints(worktree(root), find_print(root, FIRST), find_print(root, SECOND), "en")


def plain_files(old: str, new: str):
    """Return the comparison of two one-section texts."""
    return compare_texts(f"# A {{#a}}\n\n{old}\n", f"# A {{#a}}\n\n{new}\n", names=("a.md", "b.md"), locale="en")


class TestText:
    def test_class_first_then_changes_by_section(self, comparison) -> None:
        """The first line says what it comes to; each change stands under its heading with its marks."""
        lines = text.render(comparison, colour=False).splitlines()
        assert f"{FIRST} -> {SECOND} (en): material" == lines[0]
        assert "2. How long we keep data" in lines
        assert "    | We review this policy [-periodicaly-]{+periodically+}." in lines

    def test_without_colour_there_is_no_escape(self, comparison) -> None:
        """A file or a pipe gets plain text."""
        assert "\x1b" not in text.render(comparison, colour=False)

    def test_a_word_that_changed_in_part_keeps_its_blank(self) -> None:
        """Colours part a line into runs, not into other words: without them the text reads as it does elsewhere."""
        runs = [Run(op="equal", shown="no"), Run(op="insert", shown="w ")]
        assert "  no\x1b[32;4mw\x1b[0m" == text.redlined(runs, colour=True, indent="  ")

    @given(st.lists(st.tuples(st.sampled_from(["equal", "delete", "insert"]), st.text("ab \n", max_size=40))))
    def test_colours_change_no_letter_and_keep_to_the_width(self, parts) -> None:
        """Every line fits, each begins with its indent in no colour, and all letters are there in order."""
        runs = [Run(op=op, shown=shown) for op, shown in parts]
        lines = text.redlined(runs, colour=True, indent="| ", width=30).split("\n")
        plain = [re.sub("\x1b\\[[0-9;]*m", "", line) for line in lines]
        assert "".join("".join(shown.split()) for _, shown in parts) == "".join(
            "".join(line[2:].split()) for line in plain
        )
        assert all(line.startswith("|") for line in lines)
        assert all(len(line) <= 30 or " " not in line[2:] for line in plain)

    def test_nothing_in_a_text_steers_the_terminal(self) -> None:
        """An escape sequence in a clause is shown as a mark of its own, coloured or not."""
        hostile = plain_files("One\x1b[2J sentence.", "One\x1b[2J other\x9b31m sentence.")
        assert "\x1b" not in text.render(hostile, colour=False)
        assert "\x1b[2J" not in text.render(hostile, colour=True)

    def test_with_colour_every_mark_ends(self, comparison) -> None:
        """On a terminal each colour is switched off again on its line's end."""
        shown = text.render(comparison, colour=True)
        assert "\x1b[32;4mperiodically\x1b[0m" in shown
        assert shown.count("\x1b[0m") == sum(shown.count(code) for code in ("\x1b[31;9m", "\x1b[32;4m", "\x1b[1m"))

    def test_nothing_changed(self) -> None:
        """Equal texts are said to be equal."""
        assert "a.md -> b.md (en): technical\nno clause changed\n" == text.render(plain_files("x", "x"), colour=False)

    def test_what_a_person_should_look_at_is_marked(self) -> None:
        """A change that nothing was proved of bears a question mark, and the head says so."""
        shown = text.render(plain_files("The sky is blue today.", "Lamps burn low at night."), colour=False)
        assert "a person should look: marked with ? below" in shown
        assert "\n  ? material" in shown


class TestData:
    def test_it_is_json_with_the_verdict(self, comparison) -> None:
        """A dashboard reads class, categories and changes with their fingerprints."""
        report = json.loads(data.render(comparison))
        assert ("material", ["retention"], "en") == (report["class"], report["categories"], report["locale"])
        assert [16] * 4 == [len(change["fingerprint"]) for change in report["changes"]]

    def test_the_redline_makes_both_texts(self, comparison) -> None:
        """Equal and deleted runs make the old clause, equal and inserted ones the new."""
        for change in json.loads(data.render(comparison))["changes"]:
            for side, op in (("old", "delete"), ("new", "insert")):
                words = "".join(run["text"] for run in change["redline"] if run["op"] in ("equal", op))
                assert "".join(change[side].split()) == "".join(words.split())

    def test_letters_stay_letters(self) -> None:
        """Kazakh is readable in the JSON."""
        assert "қазақ" in data.render(plain_files("қазақ", "қазақша"))


class TestMarkdown:
    def test_a_pull_request_reads_the_class_first(self, comparison) -> None:
        """The heading names both texts and the class; every section is folded."""
        shown = markdown.render(comparison)
        assert shown.startswith(f"## {FIRST} → {SECOND} (en): **material**\n")
        assert 3 == shown.count("<details>") == shown.count("</details>")
        assert "<del>periodicaly</del><ins>periodically</ins>" in shown

    def test_what_the_policy_says_cannot_act_in_the_report(self) -> None:
        """Mark-up in a clause is shown, not obeyed: no tag of an editor's text comes through."""
        shown = markdown.render(plain_files("one two", "one <img src=x> `two` [x](http://e.org)"))
        assert "\\<img src=x\\>" in shown
        assert "\n<img" not in shown

    def test_nothing_changed(self) -> None:
        """Equal texts are said to be equal."""
        assert "No clause changed." in markdown.render(plain_files("x", "x"))


@pytest.mark.parametrize("render", [lambda c: text.render(c, colour=False), data.render, markdown.render])
def test_every_report_ends_with_one_newline(comparison, render) -> None:
    """A report can be written to a file or a pipe as it is."""
    shown = render(comparison)
    assert shown.endswith("\n")
    assert not shown.endswith("\n\n")
