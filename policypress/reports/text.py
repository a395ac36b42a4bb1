"""A comparison for a terminal: colours where there are some, `[-old-]{+new+}` where there are none."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from policypress.redline import marked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policypress.comparison import Comparison, Row

_RED, _GREEN, _BOLD, _PLAIN = "\x1b[31;9m", "\x1b[32;4m", "\x1b[1m", "\x1b[0m"
_WIDTH = 100


def render(comparison: Comparison, *, colour: bool) -> str:
    """Return the whole report."""
    return "\n".join(_lines(comparison, colour=colour)) + "\n"


def _lines(comparison: Comparison, *, colour: bool) -> Iterator[str]:
    verdict = comparison.verdict
    yield f"{comparison.old} -> {comparison.new} ({comparison.locale}): {verdict.change_class}"
    if verdict.categories:
        yield f"categories: {', '.join(verdict.categories)}" + ("; asks for consent" if verdict.consent else "")
    if verdict.review:
        yield "a person should look: marked with ? below"
    heading = None
    for row in comparison.rows:
        if row.heading != heading:
            heading = row.heading
            yield ""
            yield f"{_BOLD}{heading}{_PLAIN}" if colour else heading
        yield from _row(row, colour=colour)
    if not comparison.rows:
        yield "no clause changed"


def _row(row: Row, *, colour: bool) -> Iterator[str]:
    finding = row.finding
    flags = [finding.change_class.value, finding.kind, *finding.categories]
    flags += [f"only in {finding.only}"] * bool(finding.only) + ["asks for consent"] * finding.consent
    yield f"  {'?' if finding.review else '-'} {', '.join(flags)}  [{finding.fingerprint}]"
    for reason in finding.reasons:
        yield textwrap.fill(reason, _WIDTH, initial_indent="      ", subsequent_indent="      ")
    if row.runs:
        text = _coloured(row) if colour else marked(row.runs)
        yield textwrap.fill(
            text,
            _WIDTH,
            initial_indent="    | ",
            subsequent_indent="    | ",
            break_long_words=False,
            break_on_hyphens=False,
        )


def _coloured(row: Row) -> str:
    paint = {"equal": "", "delete": _RED, "insert": _GREEN}
    return "".join(
        f"{paint[run.op]}{run.shown.rstrip()}{_PLAIN if paint[run.op] else ''}{run.shown[len(run.shown.rstrip()) :]}"
        for run in row.runs
    )
