"""What `plan` and `refresh` share: whom they ask for, and what was planned, written down; plans nothing itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from notifier import approval, campaign, channels
from notifier.channels import sendgrid
from notifier.channels.protocol import Kind
from notifier.cli import options
from notifier.ledger import approvals, figures
from notifier.ledger.records import Standing

if TYPE_CHECKING:
    from notifier.audience import Source
    from notifier.cli.options import Calendar
    from notifier.ledger.database import Database
    from notifier.settings import Settings
    from policypress.bundle import Bundle


def request(
    bundle: Bundle, source: Source, calendar: Calendar, settings: Settings, rejects: Path | None
) -> campaign.Request:
    """Return what is asked of a plan with these settings, once its words are known to fit the channels in use."""
    used = channels.in_use(settings)
    options.prove(options.composer(bundle, settings), set(used))
    return campaign.Request(
        bundle=bundle,
        source=source,
        today=calendar.today,
        chosen=calendar.chosen,
        kinds=set(used),
        rejects=rejects or Path(f"rejects-{bundle.document}-{bundle.release}.jsonl"),
        limits=options.limits(settings),
        smtputf8=used.get(Kind.EMAIL) != sendgrid.NAME,
    )


def say_if_paused(database: Database, name: str) -> None:
    """Say that a campaign does not go on by itself."""
    if figures.campaign(database, name).control.standing is Standing.PAUSED:
        click.echo(f"It is paused; once what is planned now is approved, `notifier resume {name}` lets it go on.")


def write_down(database: Database, name: str, bundle: Bundle, settings: Settings, by: str) -> str:
    """Write down what is planned as a whole, and who planned it; return its digest."""
    found = figures.campaign(database, name)
    made = approval.manifest(database, found, settings, options.composer(bundle, settings))
    approvals.write(database, found.id, made.body, made.digest, by, options.milliseconds())
    return made.digest
