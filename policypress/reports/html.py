"""A comparison as one HTML file that asks nothing of the network."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from policypress.localise import direction
from policypress.materiality import taxonomy
from policypress.render import linked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policypress.comparison import Comparison, Row


def render(comparison: Comparison) -> str:
    """Return the page: class and categories first, then a table of contents, then every section's changes."""
    page = Environment(
        loader=PackageLoader("policypress"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    ).get_template("report.html")
    verdict = comparison.verdict
    return page.render(
        comparison=comparison,
        verdict=verdict,
        metrics=comparison.metrics,
        categories=[taxonomy()[name] for name in verdict.categories],
        sections=list(_sections(comparison)),
    )


def _sections(comparison: Comparison) -> Iterator[dict[str, Any]]:
    """Yield the changes of each section in reading order; a section that comes twice gets two numbers."""
    rows = groupby(comparison.rows, key=lambda row: (row.finding.section, row.heading))
    for number, ((_, heading), group) in enumerate(rows, 1):
        changes = list(group)
        yield {
            "id": f"s{number}",
            "heading": heading,
            "voice": _voice(changes[0].pair.section.heading.lang if changes[0].pair else "", comparison),
            "class": max((row.finding.change_class for row in changes), key=lambda kind: kind.weight),
            "consent": any(row.finding.consent for row in changes),
            "review": any(row.finding.review for row in changes),
            "rows": [_row(row, comparison) for row in changes],
        }


def _voice(language: str, comparison: Comparison) -> dict[str, str]:
    """Return the attributes of a text in a language; one that fell back is in another than the comparison's."""
    language = language or comparison.locale
    return {"lang": language, "dir": direction(language)}


def _row(row: Row, comparison: Comparison) -> dict[str, Any]:
    finding = row.finding
    return {
        "finding": finding,
        "categories": [taxonomy()[name] for name in finding.categories],
        "voice": _voice(row.pair.clause.lang if row.pair else "", comparison),
        "runs": [(run.op, *_parted(run.shown)) for run in row.runs],
    }


def _parted(text: str) -> tuple[Markup, str]:
    """Part a run from the white space behind it, which is not marked."""
    body = text.rstrip()
    return Markup(linked(body)), text[len(body) :]  # noqa: S704 (`linked` escapes)
