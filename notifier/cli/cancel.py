"""`notifier cancel`: ends a campaign for good; sends nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from notifier import promise
from notifier.cli import options, report
from notifier.delivery import close
from notifier.ledger import figures, orders
from notifier.ledger.book import Book
from notifier.ledger.records import Standing
from policypress.bundle import Bundle

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("campaign")
@options.options(options.ledger, options.as_json, options.config)
def cancel(campaign: str, ledger: str | None, config: Path | None, *, as_json: bool) -> None:
    """End CAMPAIGN for good, also while another process sends it: what was not sent is suppressed, with the reason."""
    settings = options.load(config, ledger)
    database = options.opened(settings.ledger)
    found, rules = figures.campaign(database, campaign), options.rules(settings)
    orders.order(database, found.id, Standing.CANCELLED)
    found = figures.campaign(database, campaign)
    over = found.control.over(options.milliseconds())
    if over:
        close(Book(database=database, rules=rules), found.id, over, options.milliseconds)
    counted = figures.count(database, found, rules, options.milliseconds())
    promises = promise.every(Bundle.model_validate_json(found.bundle))
    if as_json:
        report.one_object(report.status_object(found, counted, promises))
    else:
        report.show_status(found, counted, promises)
