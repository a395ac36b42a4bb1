"""`notifier rate`: changes how fast a channel goes, also while another process sends; sends nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from notifier import pace
from notifier.channels.protocol import Kind
from notifier.cli import options
from notifier.ledger import figures, orders

if TYPE_CHECKING:
    from pathlib import Path


def _rate(value: str) -> float | None:
    if value == "default":
        return None
    try:
        return pace.rate(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.argument("campaign")
@click.argument("per_time", metavar="RATE", type=_rate)
@click.option(
    "--channel", type=click.Choice([kind.value for kind in Kind]), help="Default: every channel it waits for."
)
@options.options(options.ledger, options.config)
def rate(campaign: str, per_time: float | None, channel: str | None, ledger: str | None, config: Path | None) -> None:
    """Send CAMPAIGN at RATE (10/s, 600/min, 5000/hour) from now on; `default`: as the settings say.

    A channel's rate is its own, whatever the campaign: all that this ledger sends through it keeps to it together.
    """
    database = options.opened(options.load(config, ledger).ledger)
    found = figures.campaign(database, campaign)
    kinds = [Kind(channel)] if channel else sorted(figures.kinds_waiting(database, found.id))
    orders.set_rate(database, kinds, per_time)
    names = ", ".join(kind.value for kind in kinds) or "nothing waits"
    click.echo(f"{found.name}: {names}: {'as the settings say' if per_time is None else f'{per_time:g}/s'}.")
