"""`notifier plan`: the audience into the ledger, and what would go out; sends nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from notifier import approval, campaign, channels, restoring
from notifier.channels import sendgrid
from notifier.channels.protocol import Kind
from notifier.cli import options, report
from notifier.ledger import approvals, figures
from notifier.ledger.records import Standing
from notifier.moving import name_of

if TYPE_CHECKING:
    from datetime import date

    from notifier.audience import Source
    from notifier.ledger.database import Database
    from notifier.settings import Settings
    from policypress.bundle import Bundle

#: Refused rows shown; the rejects file has all of them.
SHOWN = 20


@click.command()
@options.bundle
@options.options(options.audience, options.ledger, options.as_of)
@click.option("--rejects", type=click.Path(path_type=Path), help="Where refused rows go; default: rejects-….jsonl.")
@click.option("--not-before", type=options.day, metavar="DATE", help="First day; default: publication, or today.")
@click.option("--not-after", type=options.day, metavar="DATE", help="Last day; what is unsent then expires.")
@options.options(options.by, options.as_json, options.config)
def plan(
    bundle_path: Path,
    source: Source,
    ledger: str | None,
    as_of: date | None,
    rejects: Path | None,
    not_before: date | None,
    not_after: date | None,
    by: str,
    config: Path | None,
    *,
    as_json: bool,
) -> None:
    """Plan the notices of BUNDLE (site/releases/<id>.json): who, how, in which language and by when.

    All of the audience is planned, or nothing. A plan that cannot keep the lead time is refused with the earliest
    effective date that would be honest. Planning the same release again changes nothing that was sent.
    """
    settings = options.load(config, ledger)
    bundle = campaign.load_bundle(bundle_path)
    calendar = options.calendar(bundle, as_of, settings)
    campaign.needs_notice(bundle, calendar.today)
    kinds = set(channels.in_use(settings))
    options.prove(options.composer(bundle, settings), kinds)
    request = campaign.Request(
        bundle=bundle,
        source=source,
        today=calendar.today,
        chosen=calendar.chosen,
        kinds=kinds,
        rejects=rejects or Path(f"rejects-{bundle.document}-{bundle.release}.jsonl"),
        limits=options.limits(settings),
        smtputf8=channels.in_use(settings).get(Kind.EMAIL) != sendgrid.NAME,
        not_before=not_before,
        not_after=not_after,
    )
    database = options.opened(settings.ledger, create=True)
    try:
        restoring.check(database, options.witness(settings), begin=False)
        with approval.bound(database, name_of(bundle), settings):
            planned = campaign.plan(database, request, options.rules(settings), options.now())
            digest = write_down(database, planned.name, bundle, settings, by)
    except BaseException:
        # Refused, or a file that cannot be read: what was not there before is not there now.
        database.discard_if_new()
        raise
    if as_json:
        report.one_object(report.plan_object(planned) | {"digest": digest, "approval": settings.approval})
        return
    report.show_plan(planned, figures.faults(database, planned.name, SHOWN))
    click.echo(f"Digest of all that will be sent: {digest}")
    following = f"notifier send {planned.name}"
    if approval.needed(settings):
        following = f"another person reads this and runs {following} --approve {digest} --by NAME"
    click.echo(f"Planned{' again' if planned.again else ''}. Next: {following}")
    say_if_paused(database, planned.name)


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
