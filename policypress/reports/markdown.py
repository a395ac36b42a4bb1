"""A comparison as Markdown, for a pull request."""

from __future__ import annotations

import re
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from policypress.materiality import taxonomy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policypress.comparison import Comparison, Row
    from policypress.localise.progress import Status
    from policypress.redline import Run

_ACTIVE = re.compile(r"([\\`*_\[\]<>|~#&])")
#: What begins a list or underlines a heading where it stands first on a line.
_LEADING = re.compile(r"^(\d*)([-+=.)])")
_DISARMED = r"\1\\\2"
#: GitHub and GitLab notify people and link issues by these, escaped or not; a comment between the two stops that.
_CALLING = re.compile(r"(?<!\w)(@|\\#|!)(?=\w)")
_BLANK = re.compile(r"\n{3,}")


class Ready(str):
    """Markdown that is finished: it passes unescaped."""

    __slots__ = ()


def render(comparison: Comparison, *, locales: Sequence[Status] = (), needs: Sequence[str] = ()) -> str:
    """Return the report: class first, what starts, then every section folded, its changes as marked text.

    `locales` says how far each translation is, `needs` what a release still lacks, a line each.
    """
    report = Environment(
        loader=PackageLoader("policypress"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 (Markdown is escaped by `finalize`, whatever the template says)
        finalize=_finished,
        trim_blocks=True,
    )
    report.filters["html"] = lambda text: Ready(escape(" ".join(text.split())))
    report.filters["line"] = lambda text: Ready(_LEADING.sub(_DISARMED, _escaped(text)))
    text = report.get_template("report.md").render(
        comparison=comparison,
        verdict=comparison.verdict,
        categories=[taxonomy()[name] for name in comparison.verdict.categories],
        starting=list(_starting(comparison)),
        sections=list(_sections(comparison)),
        locales=locales,
        needs=needs,
    )
    return _BLANK.sub("\n\n", text).strip() + "\n"


def _finished(value: Any) -> str:
    return value if isinstance(value, Ready) else _escaped(str(value))


def _starting(comparison: Comparison) -> Iterator[tuple[str, list[str]]]:
    """Yield each section whose changes ask for consent, with what they are about."""
    asking = [row for row in comparison.rows if row.finding.consent]
    for heading, rows in groupby(asking, key=lambda row: row.heading):
        names = dict.fromkeys(name for row in rows for name in row.finding.categories)
        yield heading, [taxonomy()[name].label for name in names if taxonomy()[name].consent]


def _sections(comparison: Comparison) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    for heading, rows in groupby(comparison.rows, key=lambda row: row.heading):
        changes = list(rows)
        heaviest = max((row.finding.change_class for row in changes), key=lambda kind: kind.weight)
        yield heading, heaviest, [_row(row) for row in changes]


def _row(row: Row) -> dict[str, Any]:
    finding = row.finding
    words = [finding.change_class.value, finding.kind, *finding.categories]
    words += ["consent"] * finding.consent + [f"only in {finding.only}"] * bool(finding.only)
    return {
        "finding": finding,
        "words": ", ".join(words),
        "runs": Ready(_LEADING.sub(_DISARMED, "".join(_marked(run) for run in row.runs))),
    }


def _marked(run: Run) -> str:
    text = run.shown
    body, space = _escaped(text.rstrip()), text[len(text.rstrip()) :]
    wrapped = {"equal": body, "delete": f"<del>{body}</del>", "insert": f"<ins>{body}</ins>"}[run.op]
    return wrapped + space


def _escaped(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    return _CALLING.sub(r"\1<!-- -->", _ACTIVE.sub(r"\\\1", text.replace("\n", " ")))
