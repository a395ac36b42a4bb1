"""`notifier purge`: takes personal data out of the ledger and leaves the proofs; sends nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from notifier import restoring
from notifier.cli import evidence, options
from notifier.evidence import retention
from notifier.ledger import figures

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("campaign")
@click.option(
    "--account", help="Erase this one person, at any time: account, addresses, and the key of their evidence."
)
@options.options(options.ledger, options.config)
def purge(campaign: str, account: str | None, ledger: str | None, config: Path | None) -> None:
    """Remove the addresses of CAMPAIGN once it is over and its days of retention are (retention_days).

    What is sealed stays, and every proof with it: there is no command that removes evidence. What was not sealed is
    sealed first.
    """
    settings = options.load(config, ledger)
    database = options.opened(settings.ledger)
    found = figures.campaign(database, campaign)
    evidence.seal(database, found, settings)
    if account is not None:
        retention.erase(database, found, account)
        click.echo(f"{found.name}: erased; what is sealed about the account is nobody's now.")
        return
    removed = retention.purge(database, found, options.rules(settings), options.milliseconds(), settings.retention_days)
    witness = restoring.witness(database, options.witness(settings))
    if witness is not None and witness.path.exists():
        witness.forget(found.name)
    click.echo(f"{found.name}: {removed} addresses removed; the evidence is as it was.")
