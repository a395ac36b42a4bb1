"""`notifier status`: where a campaign stands, counted from the ledger; changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from notifier.cli import options, report
from notifier.ledger import figures, open_ledger

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("campaign")
@options.options(options.ledger, options.as_json, options.config)
def status(campaign: str, ledger: str | None, config: Path | None, *, as_json: bool) -> None:
    """Show where CAMPAIGN stands: notices by state, whether it is finished, what is late."""
    settings = options.load(config, ledger)
    database = open_ledger(settings.ledger)
    found = figures.campaign(database, campaign)
    counted = figures.count(database, found, options.rules(settings), options.milliseconds())
    if as_json:
        report.one_object(report.status_object(found, counted))
    else:
        report.show_status(found, counted)
