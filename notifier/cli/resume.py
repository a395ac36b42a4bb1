"""`notifier resume`: lets a paused campaign go on; sends nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from notifier import approval
from notifier.cli import options
from notifier.errors import Refused
from notifier.ledger import figures, orders
from notifier.ledger.records import Standing

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("campaign")
@options.options(options.ledger, options.config)
def resume(campaign: str, ledger: str | None, config: Path | None) -> None:
    """Let CAMPAIGN go on; a `send` that waits goes on by itself, else run `notifier send`."""
    database = options.opened(options.load(config, ledger).ledger)
    found = figures.campaign(database, campaign)
    if not approval.covered(database, found):
        message = (
            f"{found.name}: the plan was changed since it was approved; `notifier approve {found.name}` shows it, and "
            "once that is approved it can be resumed"
        )
        raise Refused(message)
    if orders.order(database, found.id, Standing.RUNNING) is Standing.CANCELLED:
        message = f"{found.name} was cancelled; that is for good"
        raise Refused(message)
    click.echo(f"{found.name} goes on.")
