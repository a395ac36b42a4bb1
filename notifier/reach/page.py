"""The reach as one HTML page that needs nothing else: charts drawn here as SVG, a table beside each; counts nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined

from notifier.ledger.records import State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from jinja2 import Template

    from notifier.reach import Reach, Share

#: Rows of a table that is cut; what is cut is summed up in a last row.
MOST = 30
#: Units of a drawing: its width, and the height of the chart of days.
WIDTH, HEIGHT = 720, 220
_DELIVERED = (State.DELIVERED, State.COMPLAINED)
_TAKEN = (State.ACCEPTED, *_DELIVERED, State.BOUNCED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a bar: what it counts, and where it stands, in units of the drawing."""

    name: str
    count: int
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A group of holders with its bar."""

    name: str
    share: Share
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A day with what a provider took over on it."""

    day: date
    count: int
    by_channel: Mapping[str, int]
    x: float
    width: float
    height: float


def html(found: Reach) -> str:
    """Return the page."""
    columns = _columns(found)
    return _template().render(
        found=found,
        total=_row("all", found.total),
        locales=_rows(found.locales),
        countries=_rows({name or "not known": share for name, share in found.countries.items()}),
        channels=[
            {
                "name": name,
                "notices": sum(states.values()),
                "accepted": sum(states[state] for state in _TAKEN),
                "delivered": sum(states[state] for state in _DELIVERED),
                "bounced": states[State.BOUNCED],
                "complained": states[State.COMPLAINED],
            }
            for name, states in sorted(found.channels.items())
        ],
        columns=columns,
        names=sorted({name for one in columns for name in one.by_channel}),
        lines=_lines(found, columns),
        busiest=max((one.count for one in columns), default=0),
        reasons=_reasons(found),
        width=WIDTH,
        height=HEIGHT,
        percent=_percent,
    )


def _percent(part: int, whole: int) -> str:
    """Return a share in per cent; what is not all is never rounded up to all, nor what is some down to nothing."""
    if not whole or part in {0, whole}:
        return "100 %" if whole and part else "0 %"
    return f"{min(max(part * 100 / whole, 0.1), 99.9):.1f} %"


def _rows(groups: Mapping[str, Share]) -> list[Row]:
    ordered = sorted(groups.items(), key=lambda one: (-one[1].holders, one[0]))
    rows = [_row(name, share) for name, share in ordered[:MOST]]
    rest = [share for _, share in ordered[MOST:]]
    if rest:
        together = type(rest[0])(
            holders=sum(one.holders for one in rest),
            in_time=sum(one.in_time for one in rest),
            late=sum(one.late for one in rest),
            after=sum(one.after for one in rest),
            delivered=sum(one.delivered for one in rest),
        )
        rows.append(_row(f"{len(rest)} others", together))
    return rows


def _row(name: str, share: Share) -> Row:
    parts, x = [], 0.0
    counts = (("in-time", share.in_time), ("late", share.late), ("after", share.after), ("not-told", share.not_told))
    for kind, count in counts:
        width = count * WIDTH / share.holders if share.holders else 0.0
        parts.append(Part(name=kind, count=count, x=round(x, 2), width=round(width, 2)))
        x += width
    return Row(name=name, share=share, parts=tuple(parts))


def _span(found: Reach) -> tuple[date, int]:
    """Return the first day drawn, and how many."""
    days = [*found.days, found.published, found.last_day, found.effective]
    return min(days), (max(days) - min(days)).days + 1


def _columns(found: Reach) -> list[Column]:
    first, count = _span(found)
    width, most = WIDTH / count, max((sum(counts.values()) for counts in found.days.values()), default=1)
    return [
        Column(
            day=day,
            count=sum(counts.values()),
            by_channel=dict(counts),
            x=round((day - first).days * width, 2),
            width=round(max(width - min(2, width / 4), 1), 2),
            height=round(max(sum(counts.values()) * HEIGHT / most, 1), 2),
        )
        for day, counts in sorted(found.days.items())
    ]


def _lines(found: Reach, _columns: list[Column]) -> list[tuple[str, date, float]]:
    """Return the days that count as (what it is, day, where): drawn at the end of the last day in time, and at 00:00."""
    first, count = _span(found)
    marks = (
        ("lead-time line", found.last_day, found.last_day + timedelta(days=1)),
        ("in effect", found.effective, found.effective),
    )
    return [(name, day, round((at - first).days * WIDTH / count, 2)) for name, day, at in marks]


def _reasons(found: Reach) -> list[tuple[str, str, int]]:
    listed = [(state, reason, number) for (state, reason), number in found.not_told.most_common(MOST)]
    rest = sum(found.not_told.values()) - sum(number for *_, number in listed)
    return [*listed, ("other", f"{len(found.not_told) - MOST} further reasons", rest)] if rest else listed


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["n"] = lambda number: f"{number:,}"
    return environment.from_string(files("notifier").joinpath("templates/reach.html.j2").read_text(encoding="utf-8"))
