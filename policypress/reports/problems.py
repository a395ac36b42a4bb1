"""What `check` found as text, JSON, annotations of GitHub and SARIF 2.1.0; finds nothing itself."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from policypress.checks import explain, rules
from policypress.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from policypress.errors import Problem

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#: The name and version of our fingerprints (SARIF 2.1.0, 3.27.17).
_FINGERPRINT = "policypressProblem/v1"


def text(problems: Sequence[Problem]) -> str:
    """Return a line a problem, and how many there are."""
    lines = [f"{problem.severity}: {problem} [{problem.rule}]" for problem in problems]
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    return "\n".join([*lines, f"{errors} errors, {len(problems) - errors} warnings"])


def data(problems: Sequence[Problem]) -> str:
    """Return the problems as JSON, letters of every script as they are."""
    return json.dumps([asdict(problem) for problem in problems], ensure_ascii=False, indent=2)


def github(problems: Sequence[Problem]) -> str:
    """Return workflow commands that GitHub shows beside the lines."""
    return "\n".join(
        f"::{problem.severity} file={_property(problem.file)},line={problem.line or 1},"
        f"title={_property(problem.rule)}::{_message(str(problem))}"
        for problem in problems
    )


def _message(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(words: str) -> str:
    return _message(words).replace(":", "%3A").replace(",", "%2C")


def sarif(problems: Sequence[Problem]) -> str:
    """Return a log of one run: every rule with what `--explain` says of it, one result a problem."""
    known = [*rules(), *sorted({one.rule for one in problems} - rules().keys())]
    run = {
        "tool": {
            "driver": {"name": "Policypress", "version": version("policypress"), "rules": [_rule(one) for one in known]}
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, known) for problem in problems],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)


def _rule(rule: str) -> dict[str, Any]:
    if rule not in rules():
        return {"id": rule}
    words = explain(rule)
    return {"id": rule, "shortDescription": {"text": words.split("\n", 1)[0]}, "help": {"text": words}}


def _result(problem: Problem, known: Sequence[str]) -> dict[str, Any]:
    words = ". ".join(part for part in (problem.message, problem.help) if part)
    key = f"{problem.rule}\x1f{problem.file}\x1f{problem.locale}\x1f{problem.message}"
    result: dict[str, Any] = {
        "ruleId": problem.rule,
        "ruleIndex": known.index(problem.rule),
        "level": problem.severity.value,
        "message": {"text": words},
        # without the line, so that a problem is the same one after an edit above it
        "partialFingerprints": {_FINGERPRINT: hashlib.sha256(key.encode()).hexdigest()[:16]},
    }
    if problem.locale:
        result["properties"] = {"locale": problem.locale}
    if not problem.file:
        return result
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(problem.file)}}
    if problem.line:
        place["region"] = {"startLine": problem.line}
    return result | {"locations": [{"physicalLocation": place}]}


#: Every form, by the name that `--format` takes.
FORMS: dict[str, Callable[[Sequence[Problem]], str]] = {"text": text, "json": data, "github": github, "sarif": sarif}
