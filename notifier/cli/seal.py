"""`notifier seal`: what is settled becomes evidence, and is signed; sends nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from notifier.cli import evidence, options
from notifier.ledger import figures

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("campaign")
@options.options(options.ledger, options.config)
def seal(campaign: str, ledger: str | None, config: Path | None) -> None:
    """Seal what is settled in CAMPAIGN and print the signed checkpoint, one line of JSON; once a day, and at the end.

    Keep that line where nobody who can change the ledger can change it: in the policy's git repository, a ticket, a
    newspaper. It needs NOTIFIER_SIGNING_KEY; without one, segments are sealed and not signed.
    """
    settings = options.load(config, ledger)
    database = options.opened(settings.ledger)
    done = evidence.seal(database, figures.campaign(database, campaign), settings)
    click.echo(f"{campaign}: sealed {done.leaves} facts in {done.segments} segments", err=True)
    if done.checkpoint:
        click.echo(done.checkpoint)
    elif settings.signing_key is None:
        click.echo("notifier: not signed: NOTIFIER_SIGNING_KEY is not set, so nothing can be proved yet", err=True)
    else:
        click.echo("nothing new to sign today", err=True)
