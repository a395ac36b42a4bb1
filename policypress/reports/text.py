"""A comparison for a terminal: colours where there are some, `[-old-]{+new+}` where there are none."""

from __future__ import annotations

import re
import textwrap
from itertools import groupby
from typing import TYPE_CHECKING

from policypress.redline import marked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policypress.comparison import Comparison, Row
    from policypress.redline import Run

_RED, _GREEN, _BOLD, _PLAIN = "\x1b[31;9m", "\x1b[32;4m", "\x1b[1m", "\x1b[0m"
_PAINT = {"equal": "", "delete": _RED, "insert": _GREEN}
#: Columns, where nobody knows better.
WIDTH = 100
#: What would steer a terminal, if a text had it (C0 and C1 without the line's end).
_STEERING = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def render(comparison: Comparison, *, colour: bool, width: int = WIDTH) -> str:
    """Return the whole report."""
    return "\n".join(_lines(comparison, colour=colour, width=width)) + "\n"


def _lines(comparison: Comparison, *, colour: bool, width: int) -> Iterator[str]:
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
            shown = _STEERING.sub("\ufffd", heading)
            yield ""
            yield f"{_BOLD}{shown}{_PLAIN}" if colour else shown
        yield from _row(row, colour=colour, width=width)
    if not comparison.rows:
        yield "no clause changed"


def _row(row: Row, *, colour: bool, width: int) -> Iterator[str]:
    finding = row.finding
    flags = [finding.change_class.value, finding.kind, *finding.categories]
    flags += [f"only in {finding.only}"] * bool(finding.only) + ["asks for consent"] * finding.consent
    yield f"  {'?' if finding.review else '-'} {', '.join(flags)}  [{finding.fingerprint}]"
    for reason in finding.reasons:
        yield textwrap.fill(reason, width, initial_indent="      ", subsequent_indent="      ")
    if row.runs:
        yield redlined(row.runs, colour=colour, indent="    | ", width=width)


def redlined(runs: Sequence[Run], *, colour: bool, indent: str, width: int = WIDTH) -> str:
    """Return a redline in lines of `width` columns, each behind `indent`; a colour ends with its line."""
    if not colour:
        text = _STEERING.sub("\ufffd", marked(runs))
        fill = textwrap.TextWrapper(width, initial_indent=indent, subsequent_indent=indent)
        fill.break_long_words = fill.break_on_hyphens = False
        return fill.fill(text)
    lines: list[list[tuple[str, str]]] = [[]]
    left = width - len(indent)
    for word in _words(runs):
        letters = "".join(text for _, text in word)
        if len(letters.rstrip()) > left and lines[-1]:
            lines.append([])
            left = width - len(indent)
        lines[-1] += word
        left -= len(letters)
    return "\n".join(indent + _painted(line) for line in lines)


def _words(runs: Sequence[Run]) -> Iterator[list[tuple[str, str]]]:
    """Yield each word with the blank behind it, as (operation, text); one that changed in part has several parts."""
    word: list[tuple[str, str]] = []
    for run in runs:
        for piece in re.findall(r"\S+\s*|\s+", _STEERING.sub("\ufffd", run.shown)):
            word.append((run.op, piece.rstrip() + " " * piece[-1].isspace()))
            if piece[-1].isspace():
                yield word
                word = []
    yield word


def _painted(line: Sequence[tuple[str, str]]) -> str:
    """Return a line with its marks in colour; the blank behind a mark has none."""
    parts = []
    for op, pieces in groupby(line, key=lambda piece: piece[0]):
        text = "".join(piece for _, piece in pieces)
        body = text.rstrip()
        parts.append(f"{_PAINT[op]}{body}{_PLAIN}{text[len(body) :]}" if _PAINT[op] and body else text)
    return "".join(parts).rstrip()
