"""`notifier send`: sends a planned campaign to the end, or goes on with one that was cut short."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from notifier import campaign as campaigns
from notifier import channels
from notifier.cli import evidence, options, report, sending
from notifier.delivery import close
from notifier.errors import Refused
from notifier.ledger import figures, open_ledger, orders
from notifier.ledger.book import Book
from policypress.bundle import Bundle

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from notifier.cli.options import Calendar
    from notifier.ledger.figures import Figures
    from notifier.ledger.records import Campaign
    from notifier.ledger.sqlite import Database
    from notifier.settings import Settings


@click.command()
@click.argument("campaign")
@options.options(options.ledger, options.as_of)
@click.option("--wait/--no-wait", default=True, help="Stay for retries and the reconcile window, or leave.")
@options.options(options.as_json, options.config)
@click.pass_context
def send(
    context: click.Context,
    campaign: str,
    ledger: str | None,
    as_of: date | None,
    config: Path | None,
    *,
    wait: bool,
    as_json: bool,
) -> None:
    """Send CAMPAIGN (document/release, as `plan` printed it). Running it twice sends nothing twice."""
    settings = options.load(config, ledger)
    database = open_ledger(settings.ledger)
    found = figures.campaign(database, campaign)
    bundle = Bundle.model_validate_json(found.bundle)
    begun = figures.attempted(database, found.id)
    before = figures.count(database, found, options.rules(settings), options.milliseconds())
    done = begun and before.finished
    if done:
        counted, through = before, "Nothing was left to send."
    else:
        calendar = _calendar(found, bundle, as_of, settings)
        _not_over(database, found, calendar, settings)
        last = _last(database, bundle, settings, before, calendar)
        warning = campaigns.may_send(found, bundle, calendar.today, begun=begun, last=last)
        if warning:
            click.echo(f"notifier: {warning}", err=True)
        ahead = calendar.ahead(bundle)
        counted = sending.run(database, found, bundle, settings, wait=wait, ahead=ahead, as_json=as_json)
        through = f"Sent through {', '.join(sorted(set(channels.in_use(settings).values())))}."
    checkpoint = evidence.seal(database, found, settings).checkpoint if settings.signing_key else None
    if as_json:
        signed = {"checkpoint": json.loads(checkpoint)} if checkpoint else {}
        report.one_object(report.status_object(found, counted) | signed)
    else:
        report.show_status(found, counted)
        click.echo(through)
        click.echo(f"Sealed and signed:\n{checkpoint}" if checkpoint else "", nl=bool(checkpoint))
    if counted.late:
        click.echo(f"notifier: {_too_late(found, counted, bundle, as_of)}", err=True)
    if not counted.finished:
        context.exit(1)


def _too_late(campaign: Campaign, counted: Figures, bundle: Bundle, as_of: date | None) -> str:
    """Return what is to be done about notices that came after the last day of the lead time."""
    today = as_of or campaign.as_of or campaigns.today_of(bundle, options.now())
    return (
        f"{counted.late} notices come after {campaign.last_day}: the {campaign.lead_days} days of lead time are not "
        f"kept for them. The earliest honest effective date is {today + timedelta(days=campaign.lead_days)}: move it"
    )


def _not_over(database: Database, campaign: Campaign, calendar: Calendar, settings: Settings) -> None:
    """Close and refuse a campaign that was cancelled or is past its last moment: a restored server must not fire it."""
    over = campaign.control.over(options.milliseconds())
    if over is None or calendar.chosen:
        return
    close(Book(database=database, rules=options.rules(settings)), campaign.id, over, options.milliseconds)
    state, reason = over
    message = f"{campaign.name}: {reason}; what was not sent by then is {state.name.lower()}, and nothing goes out"
    raise Refused(message)


def _last(database: Database, bundle: Bundle, settings: Settings, counted: Figures, calendar: Calendar) -> date:
    begin = options.now() + timedelta(milliseconds=calendar.ahead(bundle))
    with database.reading() as work:
        meters = orders.meters(work)
    return campaigns.last_day(counted.waiting(), options.limits(settings), meters, begin, bundle)


def _calendar(campaign: Campaign, bundle: Bundle, as_of: date | None, settings: Settings) -> Calendar:
    if campaign.as_of and not channels.rehearses(settings):
        message = (
            f"{campaign.name} was planned as of {campaign.as_of}, a rehearsal, and a provider is configured that "
            "reaches people; plan again without --as-of"
        )
        raise Refused(message)
    return options.calendar(bundle, as_of or campaign.as_of, settings)
