"""A comparison as Markdown, for a pull request."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policypress.comparison import Comparison, Row
    from policypress.redline import Run

_ACTIVE = re.compile(r"([\\`*_\[\]<>|~#])")


def render(comparison: Comparison) -> str:
    """Return the report: class first, then every section folded, its changes as marked text."""
    return "\n".join(_lines(comparison)) + "\n"


def _lines(comparison: Comparison) -> Iterator[str]:
    verdict = comparison.verdict
    yield f"## {comparison.old} → {comparison.new} ({comparison.locale}): **{verdict.change_class}**"
    yield ""
    if verdict.categories:
        yield f"Categories: {', '.join(verdict.categories)}." + (" Asks for consent." if verdict.consent else "")
        yield ""
    if not comparison.rows:
        yield "No clause changed."
    for heading, rows in groupby(comparison.rows, key=lambda row: row.heading):
        yield f"<details><summary>{_escaped(heading)}</summary>"
        yield ""
        for row in rows:
            yield from _row(row)
        yield ""
        yield "</details>"


def _row(row: Row) -> Iterator[str]:
    finding = row.finding
    words = [finding.change_class.value, finding.kind, *finding.categories, *(["consent"] if finding.consent else [])]
    review = " **A person should look.**" if finding.review else ""
    yield f"- {', '.join(words)} (`{finding.fingerprint}`).{review}"
    yield from (f"  - {_escaped(reason)}" for reason in finding.reasons)
    if row.runs:
        yield f"  > {''.join(_marked(run) for run in row.runs)}"


def _marked(run: Run) -> str:
    text = run.shown
    body, space = _escaped(text.rstrip()), text[len(text.rstrip()) :]
    wrapped = {"equal": body, "delete": f"<del>{body}</del>", "insert": f"<ins>{body}</ins>"}[run.op]
    return wrapped + space


def _escaped(text: str) -> str:
    return _ACTIVE.sub(r"\\\1", text).replace("\n", " ")
