"""`policypress translate` as a translator uses it: what is left, by weight and section, and approvals carried over."""

from __future__ import annotations

import json

from policypress.cli import main

TEXT = "policy_src/text/02-retention.md"


def run(repository, capsys, *arguments: str) -> tuple[int, str, str]:
    """Return code, output and errors of a command."""
    code = main(["-C", str(repository.root), "translate", *arguments])
    out = capsys.readouterr()
    return code, out.out, out.err


class TestStatus:
    def test_a_material_change_is_told_apart(self, twice, capsys) -> None:
        """The table counts the changed clauses by their weight and names the section that is not done."""
        twice.edit(TEXT, "24 months", "36 months")
        run(twice, capsys, "update")
        _, out, _ = run(twice, capsys, "status", "kk")
        lines = [line.split() for line in out.splitlines()]
        assert ["material", "1", "0", "0", "0", "1", "0"] in lines
        assert any(line[:1] == ["#retention"] for line in lines)
        assert not any(line[:1] == ["#collection"] for line in lines)
        assert out.splitlines()[-1].startswith("a release waits for: 1 in kk")

    def test_json_for_a_dashboard(self, twice, capsys) -> None:
        """Every locale with its counts; the parts add up to the whole."""
        _, out, _ = run(twice, capsys, "status", "--json")
        for row in json.loads(out):
            assert {"locale", "required", "release_waits_for", "changes", "sections"} <= set(row)
            states = ("approved", "unapproved", "stale", "fuzzy", "missing")
            assert row["total"] == sum(row[state] for state in states)
            for part in ("changes", "sections"):
                assert row["total"] == sum(one["total"] for one in row[part].values())

    def test_before_the_first_release(self, bare, capsys) -> None:
        """Everything is new, and there is a count."""
        code, out, _ = run(bare, capsys, "status", "kk", "--json")
        assert (0, {"new"}) == (code, set(json.loads(out)[0]["changes"]))

    def test_a_draft_that_cannot_be_compiled(self, twice, capsys) -> None:
        """The count stands; what cannot be weighed is said."""
        twice.edit(TEXT, "We keep", "{{ facts.nonesuch }} We keep")
        code, out, err = run(twice, capsys, "status", "kk", "--json")
        assert (0, None) == (code, json.loads(out)[0]["release_waits_for"])
        assert f"{TEXT}:3" in err


class TestTrivial:
    def test_a_misprint_mended_in_the_source_costs_no_approval(self, twice, capsys) -> None:
        """After an editorial change, `approve --trivial` leaves nothing to do; a second run does nothing."""
        twice.edit(
            "policy_src/text/01-collection.md",
            "We collect what an account needs:",
            "We collect what an account needs :",
        )
        run(twice, capsys, "update", "kk")
        code, out, _ = run(twice, capsys, "approve", "kk", "--trivial")
        assert (0, "1 carried over") == (code, out.splitlines()[-1].partition(": ")[2])
        assert "0 carried over" in run(twice, capsys, "approve", "kk", "--trivial")[1]

    def test_a_material_change_waits_for_the_translator(self, twice, capsys) -> None:
        """Nothing is carried, nothing is written."""
        twice.edit(TEXT, "24 months", "36 months")
        run(twice, capsys, "update", "kk")
        before = twice.files()
        assert "0 carried over" in run(twice, capsys, "approve", "kk", "--trivial")[1]
        assert before == twice.files()
