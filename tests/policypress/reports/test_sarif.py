"""The SARIF log, held against the JSON Schema of SARIF 2.1.0."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from policypress.comparison import compare_prints, compare_texts, find_print
from policypress.materiality import taxonomy
from policypress.release import DRAFT
from policypress.reports import sarif
from policypress.source import worktree
from tests.policypress.conftest import FIRST, SECOND

#: The standard's own schema (OASIS, as published at SchemaStore; from the npm package @microsoft/jest-sarif, MIT).
SCHEMA = json.loads((Path(__file__).parents[2] / "cases" / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker())


def compared(old: str, new: str, names=("a.md", "b.md")):
    """Return the comparison of two one-section texts."""
    return compare_texts(f"# A {{#a}}\n\n{old}\n", f"# A {{#a}}\n\n{new}\n", names=names, locale="en")


def run_of(comparison):
    """Return the one run of a log that satisfies the standard."""
    log = json.loads(sarif.render(comparison))
    assert [] == [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(log)]
    (run,) = log["runs"]
    return run


@pytest.fixture(scope="module")
def comparison(moulds):
    """Return what the second release changed, in English."""
    root = moulds["twice"]
    return compare_prints(worktree(root), find_print(root, FIRST), find_print(root, SECOND), "en")


def test_rules_are_the_taxonomy(comparison) -> None:
    """Each category is a rule whose help names what it is and its source of law."""
    rules = {rule["id"]: rule for rule in run_of(comparison)["tool"]["driver"]["rules"]}
    assert [*taxonomy(), "uncategorised"] == list(rules)
    retention = taxonomy()["retention"]
    assert f"{retention.label} ({retention.source})" == rules["retention"]["help"]["text"]


def test_a_material_change_is_an_error_at_its_line(comparison) -> None:
    """The retention clause is reported where the printed release has it, under its category, by its fingerprint."""
    result = next(one for one in run_of(comparison)["results"] if one["ruleId"] == "retention")
    place = result["locations"][0]["physicalLocation"]
    lines = find_lines(comparison, place)
    assert ("error", f"policy_src/releases/{SECOND}/en.md") == (result["level"], place["artifactLocation"]["uri"])
    assert "24 months" in lines
    known = {row.finding.fingerprint for row in comparison.rows}
    assert set(result["partialFingerprints"].values()) <= known


def find_lines(comparison, place) -> str:
    """Return the text of the clause at a location."""
    region, uri = place["region"]["startLine"], place["artifactLocation"]["uri"]
    clauses = [pair.new.clause for pair in comparison.pairs if pair.new]
    return next(clause.text for clause in clauses if (clause.file, clause.line) == (uri, region))


def test_what_is_proved_editorial_is_no_result(comparison) -> None:
    """A slip that was proved to be one asks for nobody's attention."""
    shown = {result["properties"]["class"] for result in run_of(comparison)["results"]}
    assert {"material"} == shown


def test_rule_indexes_point_at_their_rules(comparison) -> None:
    """A reader may go by the index or by the id."""
    run = run_of(comparison)
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [one["ruleId"] for one in run["results"]] == [rules[one["ruleIndex"]] for one in run["results"]]


def test_a_draft_is_located_in_its_source(ready) -> None:
    """What an editor changed is reported where the editor wrote it, so that a pull request can show it there."""
    source = worktree(ready.root)
    found = compare_prints(source, find_print(ready.root, FIRST), find_print(ready.root, DRAFT), "en")
    places = [one["locations"][0]["physicalLocation"] for one in run_of(found)["results"]]
    assert "policy_src/text/02-retention.md" in {place["artifactLocation"]["uri"] for place in places}
    for place in places:
        text = ready.read(place["artifactLocation"]["uri"]).splitlines()
        assert "" != text[place["region"]["startLine"] - 1].strip()


def test_a_change_without_a_category_has_a_rule_too() -> None:
    """What nobody recognised is reported as such."""
    results = run_of(compared("The sky is blue today.", "Lamps burn low at night."))["results"]
    assert {"uncategorised"} == {one["ruleId"] for one in results}
    assert {True} == {one["properties"]["review"] for one in results}


def test_names_with_spaces_are_uris() -> None:
    """A file's name is written as a URI asks for it."""
    (result,) = run_of(compared("We keep it 12 months.", "We keep it 24 months.", ("my old.md", "my new.md")))[
        "results"
    ]
    assert "my%20new.md" == result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]


def test_nothing_changed() -> None:
    """Equal texts make a log without results."""
    assert [] == run_of(compared("x", "x"))["results"]


def test_the_schema_refuses_what_is_no_log() -> None:
    """The validation bites: an unknown level, a line 0 and a key that the standard has not are refused."""
    log = json.loads(sarif.render(compared("We keep it 12 months.", "We keep it 24 months.")))
    result = log["runs"][0]["results"][0]
    result |= {"level": "grave", "mood": "bad"}
    result["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    assert 3 == len(list(VALIDATOR.iter_errors(log)))
