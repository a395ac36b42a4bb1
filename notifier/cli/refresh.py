"""`notifier refresh`: a plan brought up to the audience as it is today; sends nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from notifier import approval, refreshing, restoring
from notifier.cli import options, planning, report
from notifier.ledger import figures
from policypress.bundle import Bundle

if TYPE_CHECKING:
    from notifier.audience import Source
    from notifier.refreshing import Refreshed

#: What a refresh counts, for people.
WORDS = {
    "new": "new holders",
    "changed": "changed before they were told",
    "again": "not reached, and to be told where they can be reached now",
    "left": "left before they were told",
    "absent": "still to be told and not in this source: they stay (--whole leaves them out)",
}


@click.command()
@click.argument("campaign")
@options.options(options.audience, options.ledger)
@click.option("--whole", is_flag=True, help="The source is the whole audience: who is not in it has left.")
@click.option("--rejects", type=click.Path(path_type=Path), help="Where refused rows go; default: rejects-….jsonl.")
@options.options(options.by, options.as_json, options.config)
def refresh(
    campaign: str,
    source: Source,
    ledger: str | None,
    rejects: Path | None,
    by: str,
    config: Path | None,
    *,
    whole: bool,
    as_json: bool,
) -> None:
    """Take up what changed in the audience of CAMPAIGN since it was planned: addresses, languages, new accounts.

    Who was told, or may have been, is not told again. Nothing goes out meanwhile; a `send` under way waits, and goes on.
    """
    settings = options.load(config, ledger)
    database = options.opened(settings.ledger)
    found = figures.campaign(database, campaign)
    bundle = Bundle.model_validate_json(found.bundle)
    calendar = options.calendar(bundle, found.as_of, settings)
    request = planning.request(bundle, source, calendar, settings, rejects)
    restoring.check(database, options.witness(settings), begin=False)
    with approval.bound(database, found.name, settings):
        done = refreshing.refresh(database, found, request, options.rules(settings), options.now(), whole=whole)
        digest = planning.write_down(database, found.name, bundle, settings, by)
    if as_json:
        changed = {name: getattr(done, name) for name in WORDS}
        report.one_object({"campaign": found.name, "digest": digest} | changed | {"open": done.figures.open})
        return
    report.table(
        f"{found.name}: refreshed", ("what", "holders"), [[WORDS[name], getattr(done, name)] for name in WORDS]
    )
    for missed in _late(done):
        click.echo(f"notifier: {missed}", err=True)
    click.echo(f"Digest of all that will be sent: {digest}")
    more = f" --approve {digest} --by NAME, by another person" if approval.needed(settings) else ""
    click.echo(f"{done.figures.open} notices are open. Next: notifier send {found.name}{more}")
    planning.say_if_paused(database, found.name)


def _late(done: Refreshed) -> list[str]:
    return [
        f"the last of {one.messages} messages{' in ' if one.promise.whom else ''}{one.promise.whom} goes out on "
        f"{one.last}; after {one.promise.last_day} the {one.promise.lead_days} days of lead time are not kept"
        for one in done.terms
        if one.last > one.promise.last_day
    ]
