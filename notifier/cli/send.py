"""`notifier send`: sends a planned campaign to the end, or goes on with one that was cut short."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from notifier import campaign as campaigns
from notifier import channels
from notifier.cli import options, report, sending
from notifier.errors import Refused
from notifier.ledger import figures, open_ledger
from policypress.bundle import Bundle

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from notifier.ledger.records import Campaign
    from notifier.settings import Settings


@click.command()
@click.argument("campaign")
@options.options(options.ledger, options.as_of)
@click.option("--wait/--no-wait", default=True, help="Stay for retries and the reconcile window, or leave.")
@options.options(options.as_json, options.config)
@click.pass_context
def send(
    context: click.Context,
    campaign: str,
    ledger: str | None,
    as_of: date | None,
    config: Path | None,
    *,
    wait: bool,
    as_json: bool,
) -> None:
    """Send CAMPAIGN (document/release, as `plan` printed it). Running it twice sends nothing twice."""
    settings = options.load(config, ledger)
    database = open_ledger(settings.ledger)
    found = figures.campaign(database, campaign)
    bundle = Bundle.model_validate_json(found.bundle)
    begun = figures.attempted(database, found.id)
    before = figures.count(database, found, options.rules(settings), options.milliseconds())
    done = begun and before.finished
    if done:
        counted, through = before, "Nothing was left to send."
    else:
        warning = campaigns.may_send(found, bundle, _today(found, bundle, as_of, settings), begun=begun)
        if warning:
            click.echo(f"notifier: {warning}", err=True)
        counted = sending.run(database, found, bundle, settings, wait=wait)
        through = f"Sent through {', '.join(sorted(set(channels.in_use(settings).values())))}."
    if as_json:
        report.one_object(report.status_object(found, counted))
    else:
        report.show_status(found, counted)
        click.echo(through)
    if not counted.finished:
        context.exit(1)


def _today(campaign: Campaign, bundle: Bundle, as_of: date | None, settings: Settings) -> date:
    if campaign.as_of and not channels.rehearses(settings):
        message = (
            f"{campaign.name} was planned as of {campaign.as_of}, a rehearsal, and a provider is configured that "
            "reaches people; plan again without --as-of"
        )
        raise Refused(message)
    return options.calendar(bundle, as_of or campaign.as_of, settings).today
