"""`notifier settle`: lets stored provider events settle the notices; the same that `serve` does as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from notifier.cli import options, report
from notifier.events.settling import settle as settle_all

if TYPE_CHECKING:
    from pathlib import Path

    from notifier.ledger.events import Settled


@click.command()
@options.options(options.ledger, options.as_json, options.config)
def settle(ledger: str | None, config: Path | None, *, as_json: bool) -> None:
    """Settle what providers reported and `serve` stored. Running it twice changes nothing."""
    settings = options.load(config, ledger)
    settled = settle_all(options.opened(settings.ledger), options.milliseconds, key=options.key(settings))
    show(settled, as_json=as_json)


def show(settled: Settled, *, as_json: bool) -> None:
    """Print what became of reports."""
    states = {state.name.lower(): number for state, number in sorted(settled.lifted.items())}
    names = ("reports", "new", "known", "foreign", "unreadable", "called_up")
    counts = {name: getattr(settled, name) for name in names}
    if as_json:
        report.one_object(counts | {"lifted": states})
        return
    click.echo(
        f"{settled.reports} reports: {settled.new} events, {settled.known} known before, {settled.foreign} about no "
        f"notice of this ledger; {settled.unreadable} reports could not be read."
    )
    if states:
        click.echo("Notices: " + ", ".join(f"{number} {name}" for name, number in states.items()) + ".")
    if settled.called_up:
        click.echo(f"{settled.called_up} pushes now wait for those whose mail did not arrive. Next: notifier send.")
