"""`notifier status`: where a campaign stands, counted from the ledger; changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from notifier import promise
from notifier.cli import options, report
from notifier.ledger import crew, figures, orders
from notifier.watch import eta
from policypress.bundle import Bundle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from notifier.channels.protocol import Kind
    from notifier.ledger.crew import Worker
    from notifier.ledger.database import Database
    from notifier.ledger.figures import Figures
    from notifier.ledger.records import Campaign
    from notifier.pace import Meter
    from notifier.settings import Settings


@click.command()
@click.argument("campaign")
@options.options(options.ledger, options.as_json)
@click.option("--format", "shape", type=click.Choice(["text", "json", "prometheus"]), default="text")
@options.config
def status(campaign: str, ledger: str | None, shape: str, config: Path | None, *, as_json: bool) -> None:
    """Show where CAMPAIGN stands: notices by state, whether it is finished, what is late, how fast it goes."""
    settings = options.load(config, ledger)
    database = options.opened(settings.ledger)
    found = figures.campaign(database, campaign)
    promises = promise.every(Bundle.model_validate_json(found.bundle))
    counted = figures.count(database, found, options.rules(settings), options.milliseconds())
    how = course(database, found, counted, settings)
    if as_json or shape == "json":
        report.one_object(report.status_object(found, counted, promises) | report.course_object(found, how))
    elif shape == "prometheus":
        click.echo(report.prometheus(found, counted, how))
    else:
        report.show_status(found, counted, promises)
        report.show_course(found, how, promises)


def course(database: Database, campaign: Campaign, counted: Figures, settings: Settings) -> report.Course:
    """Return how a campaign goes: by what was sent in the last minute, else by the rates that are set."""
    now = options.milliseconds()
    rate = figures.rate(database, campaign.id, now)
    with database.reading() as work:
        meters = orders.meters(work)
    ends = {}
    if counted.open:
        for deadline, left in counted.dues().items():
            ends[deadline] = eta(left, rate, now) or _by_settings(counted.waiting(deadline), meters, settings, now)
    return report.Course(
        rate=rate,
        eta=next(reversed(ends.values()), None),
        missed=next((deadline for deadline, end in ends.items() if (end or now) > deadline), None),
        reasons=figures.reasons(database, campaign.id),
        workers=_workers(database),
    )


def _workers(database: Database) -> list[tuple[Worker, int, bool]]:
    now = database.clock(options.milliseconds)()
    return [(one, max(now - one.seen_at, 0) // 1000, one.silent(now)) for one in crew.present(database)]


def _by_settings(waiting: Mapping[Kind, int], meters: Mapping[Kind, Meter], settings: Settings, now: int) -> int | None:
    limits = options.limits(settings)
    if any(limits.open_ended(kind) for kind in waiting):
        return None
    begin = datetime.fromtimestamp(now / 1000, UTC)
    ends = (limits.finish(kind, count, begin, meters.get(kind)) for kind, count in waiting.items())
    return int(max(ends).timestamp() * 1000)
