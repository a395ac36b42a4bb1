"""What the commands print: rich tables on a terminal, plain lines elsewhere, one object for --json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from notifier.ledger.records import Standing, State
from notifier.promise import NEWS
from notifier.watch import moment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from notifier.campaign import Plan, Term
    from notifier.ledger.crew import Worker
    from notifier.ledger.figures import Figures
    from notifier.ledger.records import Campaign
    from notifier.promise import Promise


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; numbers stand to the right."""
    console = Console(highlight=False)
    texts = [[str(cell) for cell in row] for row in rows]
    if console.is_terminal:
        drawn = Table(title=title, title_justify="left")
        for column, sample in zip(columns, rows[0] if rows else columns, strict=True):
            drawn.add_column(column, justify="right" if isinstance(sample, int) else "left")
        for row in texts:
            drawn.add_row(*row)
        console.print(drawn)
        return
    widths = [max(len(cell) for cell in column) for column in zip(columns, *texts, strict=True)]
    click.echo(title)
    for row in [list(columns), *texts]:
        click.echo("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    click.echo()


def one_object(values: Mapping[str, Any]) -> None:
    """Print one JSON object."""
    click.echo(json.dumps(values, ensure_ascii=False, indent=1))


def lanes(figures: Figures) -> list[list[object]]:
    """Return a row by channel and locale: notices, those that share a message, guardians, messages by state."""
    counts: dict[tuple[str, str], list[int]] = {}
    for one in figures.lanes:
        row = counts.setdefault((one.lane.kind, one.lane.locale), [0] * 5)
        row[0] += one.notices
        row[1] += one.notices if one.follows else 0
        row[2] += one.notices if one.lane.guardian else 0
        row[3] += one.notices if one.state in _TAKEN else 0
        row[4] += one.notices if not one.state.final else 0
    return [[kind, locale, *numbers] for (kind, locale), numbers in sorted(counts.items())]


LANE_COLUMNS = ("channel", "locale", "notices", "in a shared mailbox", "to guardians", "accepted", "open")
_TAKEN = {State.ACCEPTED, State.DELIVERED, State.BOUNCED, State.COMPLAINED}


def plan_object(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON has it."""
    figures = plan.figures
    return {
        "campaign": plan.name,
        "effective": plan.effective.isoformat(),
        "first": plan.first.isoformat(),
        "last": plan.last.isoformat(),
        "last_is_assumed": plan.assumed,
        "lead_days": plan.lead_days,
        "kept_days": plan.kept_days,
        "lead_times": [term_object(one, plan.effective) for one in plan.terms],
        "feasible": True,
        "planned_before": plan.again,
        "short_notices": plan.short,
        "holders": figures.holders,
        "counts": lane_objects(figures),
        "locale_rules": dict(figures.rules),
        "rejected": figures.rejected,
        "flawed": figures.flawed,
        "rejects_file": str(plan.rejects) if plan.rejects else None,
        "not_notified": dict(figures.skipped),
        "unused_columns": list(plan.unused),
        "delimiter": plan.delimiter,
    }


def lane_objects(figures: Figures) -> list[dict[str, Any]]:
    """Return the counts by channel and locale as JSON has them."""
    names = ("channel", "locale", "notices", "shared", "guardians", "accepted", "open")
    return [dict(zip(names, row, strict=True)) for row in lanes(figures)]


def show_plan(plan: Plan, faults: Sequence[Mapping[str, Any]]) -> None:
    """Print a plan for people."""
    figures = plan.figures
    table(f"{plan.name}: notices by channel and language", LANE_COLUMNS[:5], [row[:5] for row in lanes(figures)])
    if faults:
        show_faults(plan, faults)
    if figures.skipped:
        table("Not notified", ("reason", "holders"), list(figures.skipped.items()))
    table("Language chosen by", ("rule", "holders"), list(figures.rules.items()))
    if plan.delimiter != ",":
        click.echo(f"Columns are parted by {'semicolons' if plan.delimiter == ';' else 'tabs'}.")
    if plan.unused:
        click.echo(f"Columns not used: {', '.join(plan.unused)}")
    finish = " (assumed: no rate is set, the provider's own limit governs)" if plan.assumed else ""
    if plan.short:
        click.echo(f"{plan.short} notices are short: those holders were told before, and hear that the date moved.")
    click.echo(f"First notice {plan.first}, last {plan.last}{finish}.")
    click.echo(f"Effective {plan.effective}: lead time kept, {kept(plan)}.")
    if not figures.notices:
        click.echo(f"notifier: no notice goes out to any of the {figures.holders} holders; see why above", err=True)


def kept(plan: Plan) -> str:
    """Return the days that holders have, beside those that are promised, by promise."""
    if not plan.terms:
        return f"{plan.kept_days} days where {plan.lead_days} are promised"
    parts = []
    for one in plan.terms:
        if plan.short and one.promise.lead_days == NEWS:
            parts.append(f"{(plan.effective - one.last).days} days for those who were told before")
            continue
        where = "" if len(plan.terms) == 1 else f" {f'in {one.promise.whom}' if one.promise.whom else 'elsewhere'}"
        parts.append(f"{(plan.effective - one.last).days} days{where} where {one.promise.lead_days} are promised")
    return ", ".join(parts)


def term_object(term: Term, effective: date) -> dict[str, Any]:
    """Return a term as JSON has it; no countries: all others."""
    return {
        "countries": list(term.promise.countries),
        "lead_days": term.promise.lead_days,
        "last_day": term.promise.last_day.isoformat(),
        "messages": term.messages,
        "last": term.last.isoformat(),
        "kept_days": (effective - term.last).days,
    }


def show_faults(plan: Plan, faults: Sequence[Mapping[str, Any]]) -> None:
    """Print the first refused and flawed rows, and where all of them are."""
    figures = plan.figures
    rows = [[one["line"], one["account"], one["reason"], "told" if one["kept"] else "refused"] for one in faults]
    table(f"Rows refused: {figures.rejected}; flawed: {figures.flawed}", ("line", "account", "reason", "holder"), rows)
    hidden = figures.rejected + figures.flawed - len(rows)
    more = f"{hidden} more; all" if hidden else "All"
    if plan.rejects:
        click.echo(f"{more} of them: {plan.rejects}\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How the sending goes at this moment."""

    #: Copies a second over the last minute.
    rate: float
    #: When the last notice goes out; None: nobody can say.
    eta: int | None
    #: The first deadline at which not all are told that must be by then; None: the lead time is kept.
    missed: int | None
    #: (state, reason, notices) of what was not sent.
    reasons: Sequence[tuple[State, str, int]] = ()
    #: Workers by name, the seconds since each was seen, and whether that is too long.
    workers: Sequence[tuple[Worker, int, bool]] = ()


def course_object(campaign: Campaign, course: Course) -> dict[str, Any]:
    """Return the course as JSON has it."""
    return {
        "standing": campaign.control.standing.name.lower(),
        "rate": round(course.rate, 1),
        "eta": moment(course.eta),
        "will_miss": course.missed is not None,
        "not_before": moment(campaign.control.not_before),
        "not_after": moment(campaign.control.not_after) if campaign.control.not_after else None,
        "reasons": [
            {"state": state.name.lower(), "reason": reason, "notices": number}
            for state, reason, number in course.reasons
        ],
        "workers": [
            {
                "name": one.name, "threads": one.threads, "started": moment(one.started_at), "accepted": one.accepted,
                "seen_seconds_ago": seconds, "silent": silent,
            }
            for one, seconds, silent in course.workers
        ],
    }  # fmt: skip


def show_course(campaign: Campaign, course: Course, promises: Mapping[int, Promise]) -> None:
    """Print the course for people; the last line is the one to wake someone for."""
    if course.reasons:
        rows = [[state.name.lower(), reason, number] for state, reason, number in course.reasons]
        table("Not sent", ("state", "reason", "notices"), rows)
    if course.workers:
        drawn = [
            [one.name, one.threads, one.accepted, f"silent for {seconds} s" if silent else "there"]
            for one, seconds, silent in course.workers
        ]
        table("Workers", ("name", "threads", "accepted", "state"), drawn)
    if campaign.control.standing is not Standing.RUNNING:
        click.echo(f"It is {campaign.control.standing.name.lower()}.")
    if course.rate:
        end = f", the last notice at {moment(course.eta)}" if course.eta is not None else ""
        click.echo(f"{course.rate:.1f}/s{end}.")
    if course.missed is not None:
        missed = promises[course.missed]
        where = f" in {missed.whom}" if missed.whom else ""
        click.echo(f"It will miss its date{where}: after {missed.last_day} the lead time is not kept.")


def prometheus(campaign: Campaign, figures: Figures, course: Course) -> str:
    """Return the state of a campaign in Prometheus' text format 0.0.4."""
    label = f'campaign="{campaign.name}"'
    lines = ["# HELP notifier_notices Notices by state.", "# TYPE notifier_notices gauge"]
    for state in State:
        lines.append(f'notifier_notices{{{label},state="{state.name.lower()}"}} {figures.states.get(state, 0)}')
    gauges = (
        ("open", "Notices on which the sending still has something to do.", figures.open),
        ("held", "Notices of unknown outcome that are sent again only by order.", figures.held),
        ("late", "Notices accepted, or still open, after the last day of the lead time.", figures.late),
        ("finished", "1 if the sending is over.", int(figures.finished)),
        ("paused", "1 if the operator holds it.", int(campaign.control.standing is Standing.PAUSED)),
        ("copies_per_second", "Copies a second over the last minute.", round(course.rate, 3)),
        ("workers", "Workers that were seen a moment ago.", sum(not silent for _, _, silent in course.workers)),
        ("workers_silent", "Workers that were not.", sum(silent for _, _, silent in course.workers)),
        ("will_miss", "1 if the last notice goes out too late at this rate.", int(course.missed is not None)),
        ("deadline_timestamp_seconds", "End of the last day that keeps the lead time.", campaign.deadline // 1000),
    )
    for name, words, value in gauges:
        lines += [f"# HELP notifier_{name} {words}", f"# TYPE notifier_{name} gauge"]
        lines.append(f"notifier_{name}{{{label}}} {value}")
    return "\n".join(lines)


def status_object(campaign: Campaign, figures: Figures, promises: Mapping[int, Promise]) -> dict[str, Any]:
    """Return the state of a campaign as JSON has it."""
    return {
        "campaign": campaign.name,
        "states": {state.name.lower(): number for state, number in sorted(figures.states.items())},
        "finished": figures.finished,
        "open": figures.open,
        "held": figures.held,
        "late": figures.late,
        "late_by": [
            {
                "countries": list(promises[deadline].countries),
                "last_day": promises[deadline].last_day.isoformat(),
                "notices": notices,
            }
            for deadline, notices in sorted(figures.late_by.items())
        ],
        "holders": figures.holders,
        "not_notified": dict(figures.skipped),
        "rejected": figures.rejected,
        "last_day": campaign.last_day.isoformat(),
        "lead_days": campaign.lead_days,
        "as_of": campaign.as_of.isoformat() if campaign.as_of else None,
        "counts": lane_objects(figures),
    }


def show_status(campaign: Campaign, figures: Figures, promises: Mapping[int, Promise]) -> None:
    """Print the state of a campaign for people."""
    rows = [[state.name.lower(), number] for state, number in sorted(figures.states.items())]
    table(campaign.name, ("state", "notices"), rows)
    table("By channel and language", LANE_COLUMNS, lanes(figures))
    if figures.skipped:
        table("Not notified", ("reason", "holders"), list(figures.skipped.items()))
    late = "".join(
        f"; {notices} late{' in ' if promises[deadline].whom else ''}{promises[deadline].whom}, after "
        f"{promises[deadline].last_day}"
        for deadline, notices in sorted(figures.late_by.items())
    )
    click.echo(f"{'Finished' if figures.finished else f'Not finished: {figures.open} notices are open'}{late}.")
    if figures.held:
        click.echo(
            f"{figures.held} notices are held: nobody knows whether they arrived, and they are not sent again. "
            f"`notifier send {campaign.name} --resend-held` sends each once more."
        )
