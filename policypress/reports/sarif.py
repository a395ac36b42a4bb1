"""A comparison as SARIF 2.1.0, for code scanning: what is material or needs a look, at the line of its clause."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from policypress.bundle import ChangeClass
from policypress.materiality import taxonomy

if TYPE_CHECKING:
    from policypress.comparison import Comparison, Row
    from policypress.document import Clause
    from policypress.materiality import Category

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#: How loud a class is (SARIF 2.1.0, 3.27.10).
_LEVELS = {ChangeClass.MATERIAL: "error", ChangeClass.MINOR: "warning"}
#: The rule of a change that no category was found for.
_NO_CATEGORY = "uncategorised"
#: The name and version of our fingerprints (3.27.17).
_FINGERPRINT = "policypressChange/v1"


def render(comparison: Comparison) -> str:
    """Return the log: one run, the taxonomy as its rules, one result a finding."""
    findings = [row for row in comparison.rows if row.finding.review or row.finding.change_class in _LEVELS]
    driver = {
        "name": "Policypress",
        "version": version("policypress"),
        "rules": [*(_rule(category) for category in taxonomy().values()), {"id": _NO_CATEGORY}],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(row) for row in findings],
        "properties": {"old": comparison.old, "new": comparison.new, "locale": comparison.locale},
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _rule(category: Category) -> dict[str, Any]:
    text = f"{category.label} ({category.source})"
    return {
        "id": category.id,
        "shortDescription": {"text": category.label},
        "help": {"text": text},
        "properties": {"tags": ["privacy", *(["consent"] if category.consent else [])]},
    }


def _result(row: Row) -> dict[str, Any]:
    finding = row.finding
    rules = [*taxonomy(), _NO_CATEGORY]
    rule = next(iter(finding.categories), _NO_CATEGORY)
    result = {
        "ruleId": rule,
        "ruleIndex": rules.index(rule),
        "level": _LEVELS.get(finding.change_class, "note"),
        "message": {"text": f"{row.heading}: {finding.change_class}, {finding.kind}. {'; '.join(finding.reasons)}"},
        "partialFingerprints": {_FINGERPRINT: finding.fingerprint},
        "properties": {
            "class": finding.change_class.value,
            "categories": list(finding.categories),
            "consent": finding.consent,
            "review": finding.review,
        },
    }
    clause = row.pair.clause if row.pair else None
    return result | {"locations": [_location(row, clause)]} if clause and clause.file else result


def _location(row: Row, clause: Clause) -> dict[str, Any]:
    """Return where the clause stands now, else where it stood."""
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(clause.file)}}
    if clause.line:
        place["region"] = {"startLine": clause.line}
    return {
        "physicalLocation": place,
        "logicalLocations": [{"name": row.finding.section, "fullyQualifiedName": row.heading}],
    }


def _uri(file: str) -> str:
    """Return a path as a URI reference (RFC 3986), relative where the path is."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
