"""What `check` found, in each form."""

from __future__ import annotations

import json

import jsonschema

from policypress.checks import explain, rules
from policypress.errors import Problem, Severity
from policypress.reports.problems import FORMS
from tests.policypress.reports.test_sarif import SCHEMA

PROBLEMS = (
    Problem(
        rule="mixed-script", message="100 % «сookie»", file="locales/kk/a,b:c.po", line=9, locale="kk", help="Mend"
    ),
    Problem(rule="placeholder", message="cannot", severity=Severity.WARNING, file="policy_src/a b.md"),
    Problem(rule="toml", message="nowhere"),
)


def _sarif(problems=PROBLEMS):
    log = json.loads(FORMS["sarif"](problems))
    jsonschema.validate(log, SCHEMA)
    return log["runs"][0]


def test_sarif_names_every_rule_and_explains_it():
    """A reader of the log needs no other document; a rule that no check has is named too."""
    found = {rule["id"]: rule for rule in _sarif()["tool"]["driver"]["rules"]}
    assert [*rules(), "placeholder"] == list(found)
    assert explain("mixed-script") == found["mixed-script"]["help"]["text"]


def test_sarif_places_each_problem():
    """File as a URI, line where there is one, no location where there is no file; the index leads to the rule."""
    run = _sarif()
    places = [one.get("locations", [{}])[0].get("physicalLocation") for one in run["results"]]
    assert [
        {"artifactLocation": {"uri": "locales/kk/a%2Cb%3Ac.po"}, "region": {"startLine": 9}},
        {"artifactLocation": {"uri": "policy_src/a%20b.md"}},
        None,
    ] == places
    assert ["error", "warning", "error"] == [one["level"] for one in run["results"]]
    names = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [one.rule for one in PROBLEMS] == [names[one["ruleIndex"]] for one in run["results"]]


def test_a_problem_keeps_its_fingerprint_when_it_moves():
    """A line added above makes no new problem; another text does."""
    one, moved, other = (
        _sarif([Problem(rule="toml", message=message, file="a", line=line)])["results"][0]["partialFingerprints"]
        for message, line in (("x", 1), ("x", 2), ("y", 1))
    )
    assert (True, False) == (one == moved, one == other)


def test_github_escapes_what_would_end_a_property():
    """Commas and colons in a path, percent signs in a message."""
    first = FORMS["github"](PROBLEMS).split("\n")[0]
    assert first.startswith("::error file=locales/kk/a%2Cb%3Ac.po,line=9,title=mixed-script::")
    assert "100 %25 «сookie»" in first
