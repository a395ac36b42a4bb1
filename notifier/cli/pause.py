"""`notifier pause`: holds a campaign; what is under way is recorded; sends nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from notifier.cli import options
from notifier.errors import Refused
from notifier.ledger import figures, orders
from notifier.ledger.records import Standing

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("campaign")
@options.options(options.ledger, options.config)
def pause(campaign: str, ledger: str | None, config: Path | None) -> None:
    """Hold CAMPAIGN, also while another process sends it: within seconds nothing more goes out."""
    database = options.opened(options.load(config, ledger).ledger)
    found = figures.campaign(database, campaign)
    if orders.order(database, found.id, Standing.PAUSED) is Standing.CANCELLED:
        message = f"{found.name} was cancelled; that is for good"
        raise Refused(message)
    click.echo(f"{found.name} is paused. Next: notifier resume {found.name}.")
