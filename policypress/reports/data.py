"""A comparison as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policypress.comparison import Comparison, Row


def render(comparison: Comparison) -> str:
    """Return the report: class, review, categories, changes, and the redline's metrics."""
    verdict = comparison.verdict
    report = {
        "old": comparison.old,
        "new": comparison.new,
        "locale": comparison.locale,
        "class": verdict.change_class.value,
        "review": verdict.review,
        "consent": verdict.consent,
        "categories": list(verdict.categories),
        "changes": [_change(row) for row in comparison.rows],
        "redline": asdict(comparison.metrics),
    }
    return json.dumps(report, ensure_ascii=False, indent=2) + "\n"


def _change(row: Row) -> dict[str, Any]:
    finding = row.finding
    return {
        "section": finding.section,
        "heading": row.heading,
        "kind": finding.kind,
        "class": finding.change_class.value,
        "categories": list(finding.categories),
        "consent": finding.consent,
        "proofs": list(finding.proofs),
        "reasons": list(finding.reasons),
        "review": finding.review,
        "only": finding.only,
        "old": row.old,
        "new": row.new,
        "redline": [{"op": run.op, "text": run.shown} for run in row.runs],
        "fingerprint": finding.fingerprint,
    }
