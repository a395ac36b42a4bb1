"""`notifier migrate`: brings the ledger of an older version up to date; sends nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from notifier import ledger as ledgers
from notifier.cli import options
from notifier.ledger.database import SCHEMA

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@options.options(options.ledger, options.config)
def migrate(ledger: str | None, config: Path | None) -> None:
    """Bring the ledger of an older version up to date: all of it, or nothing.

    Stop whatever uses it first: `send`, `worker`, `serve` and timers. A SQLite ledger is copied as it was, beside it;
    a PostgreSQL ledger is yours to back up before (`pg_dump`).
    """
    done = ledgers.migrate(options.load(config, ledger).ledger)
    if done.before == SCHEMA:
        click.echo(f"Nothing to do: the ledger is of format {SCHEMA}.")
        return
    click.echo(f"Brought from format {done.before} to {SCHEMA}.")
    if done.kept:
        click.echo(
            f"As it was: {done.kept}; remove it once a campaign has gone on from the new one. It holds addresses."
        )
