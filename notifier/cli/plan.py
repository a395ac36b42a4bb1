"""`notifier plan`: the audience into the ledger, and what would go out; sends nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from notifier import approval, campaign, restoring
from notifier.cli import options, planning, report
from notifier.ledger import figures
from notifier.moving import name_of

if TYPE_CHECKING:
    from datetime import date

    from notifier.audience import Source

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
    request = replace(
        planning.request(bundle, source, calendar, settings, rejects), not_before=not_before, not_after=not_after
    )
    database = options.opened(settings.ledger, create=True)
    try:
        restoring.check(database, options.witness(settings), begin=False)
        with approval.bound(database, name_of(bundle), settings):
            planned = campaign.plan(database, request, options.rules(settings), options.now())
            digest = planning.write_down(database, planned.name, bundle, settings, by)
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
    planning.say_if_paused(database, planned.name)
