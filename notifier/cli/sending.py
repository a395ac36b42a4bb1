"""Runs a planned campaign through its channels; shared by `send` and `rehearse`."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from notifier import channels
from notifier.cli import options
from notifier.delivery import Delivery
from notifier.engine.local import Local
from notifier.errors import Refused
from notifier.ledger import figures
from notifier.ledger.book import Book

if TYPE_CHECKING:
    from notifier.channels.protocol import Kind
    from notifier.ledger.figures import Figures
    from notifier.ledger.records import Campaign
    from notifier.ledger.sqlite import Database
    from notifier.settings import Settings
    from policypress.bundle import Bundle

#: Days after the effective date in which a link in a notice still answers.
LINK_DAYS = 365


def run(database: Database, campaign: Campaign, bundle: Bundle, settings: Settings, *, wait: bool = True) -> Figures:
    """Send what is planned until nothing is left to do, or to do now; return the figures then."""
    rules = options.rules(settings)
    with ExitStack() as closing:
        opened = {}
        for name in set(channels.in_use(settings).values()):
            opened[name] = channels.CHANNELS[name][1](settings)
            closing.callback(opened[name].close)
        carried = {kind: opened[name] for kind, name in channels.in_use(settings).items()}
        _all_carried(database, campaign, set(carried))
        delivery = Delivery(
            book=Book(database=database, rules=rules),
            campaign=campaign.id,
            name=campaign.name,
            composer=options.composer(bundle, settings),
            channels=carried,
            clock=options.milliseconds,
            key=settings.secret_key.get_secret_value().encode() if settings.serve_url and settings.secret_key else b"",
            expires=bundle.effective + timedelta(days=LINK_DAYS),
        )
        before = figures.count(database, campaign, rules, options.milliseconds())
        _run(delivery, settings.workers, before, wait=wait)
    return figures.count(database, campaign, rules, options.milliseconds())


def _all_carried(database: Database, campaign: Campaign, carried: set[Kind]) -> None:
    stranded = figures.kinds_waiting(database, campaign.id) - carried
    if stranded:
        names = ", ".join(sorted(stranded))
        message = (
            f"{campaign.name}: notices are planned for {names}, and the provider now configured does not carry them; "
            "nothing was sent. Plan again with the settings you send with"
        )
        raise Refused(message)


def _run(delivery: Delivery, workers: int, before: Figures, *, wait: bool) -> None:
    console = Console(stderr=True)
    columns = (TextColumn("sending"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("sending", total=before.open)
        Local(
            step=delivery.step,
            workers=workers,
            wait=wait,
            on_progress=lambda accepted: progress.advance(task, accepted),
            on_wait=lambda seconds: click.echo(
                f"waiting {seconds:.0f} s for retries, a reconcile window or another worker's lease "
                "(--no-wait leaves instead; a later send goes on)",
                err=True,
            ),
        ).run()
