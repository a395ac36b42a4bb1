"""`notifier status`: where a campaign stands, counted from the ledger; changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from notifier.cli import options, report
from notifier.ledger import figures, open_ledger, orders
from notifier.watch import eta

if TYPE_CHECKING:
    from pathlib import Path

    from notifier.ledger.figures import Figures
    from notifier.ledger.records import Campaign
    from notifier.ledger.sqlite import Database
    from notifier.settings import Settings


@click.command()
@click.argument("campaign")
@options.options(options.ledger, options.as_json)
@click.option("--format", "shape", type=click.Choice(["text", "json", "prometheus"]), default="text")
@options.config
def status(campaign: str, ledger: str | None, shape: str, config: Path | None, *, as_json: bool) -> None:
    """Show where CAMPAIGN stands: notices by state, whether it is finished, what is late, how fast it goes."""
    settings = options.load(config, ledger)
    database = open_ledger(settings.ledger)
    found = figures.campaign(database, campaign)
    counted = figures.count(database, found, options.rules(settings), options.milliseconds())
    how = course(database, found, counted, settings)
    if as_json or shape == "json":
        report.one_object(report.status_object(found, counted) | report.course_object(found, how))
    elif shape == "prometheus":
        click.echo(report.prometheus(found, counted, how))
    else:
        report.show_status(found, counted)
        report.show_course(found, how)


def course(database: Database, campaign: Campaign, counted: Figures, settings: Settings) -> report.Course:
    """Return how a campaign goes: by what was sent in the last minute, else by the rates that are set."""
    now = options.milliseconds()
    rate = figures.rate(database, campaign.id, now)
    end = eta(counted.open, rate, now) if counted.open else None
    if counted.open and end is None:
        end = _by_settings(database, counted, settings, now)
    return report.Course(
        rate=rate,
        eta=end,
        missing=bool(counted.open) and (end or now) > campaign.deadline,
        reasons=figures.reasons(database, campaign.id),
    )


def _by_settings(database: Database, counted: Figures, settings: Settings, now: int) -> int | None:
    limits, waiting = options.limits(settings), counted.waiting()
    if not waiting or any(limits.open_ended(kind) for kind in waiting):
        return None
    with database.reading() as work:
        meters = orders.meters(work)
    begin = datetime.fromtimestamp(now / 1000, UTC)
    ends = (limits.finish(kind, count, begin, meters.get(kind)) for kind, count in waiting.items())
    return int(max(ends).timestamp() * 1000)
