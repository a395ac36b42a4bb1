"""`notifier send`: sends a planned campaign to the end, or goes on with one that was cut short."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from notifier import approval, channels, promise, restoring
from notifier import campaign as campaigns
from notifier.cli import evidence, options, report, sending
from notifier.delivery import close
from notifier.errors import InputError, Refused
from notifier.ledger import approvals, crew, figures, is_shared, orders
from notifier.ledger.book import Book
from policypress.bundle import Bundle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from notifier.campaign import Term
    from notifier.cli.options import Calendar
    from notifier.ledger.database import Database
    from notifier.ledger.figures import Figures
    from notifier.ledger.records import Campaign
    from notifier.promise import Promise
    from notifier.settings import Settings


@click.command()
@click.argument("campaign")
@options.options(options.ledger, options.as_of)
@click.option("--wait/--no-wait", default=True, help="Stay for retries and the reconcile window, or leave.")
@click.option("--resend-held", is_flag=True, help="Also send once more what is held: nobody knows whether it arrived.")
@click.option(
    "--approve", metavar="DIGEST", help="Approve what is planned, by the digest that `plan` printed; then send."
)
@click.option("--hand-over", is_flag=True, help="Leave the sending to `notifier worker`s, and return.")
@options.options(options.by, options.as_json, options.config)
@click.pass_context
def send(
    context: click.Context,
    campaign: str,
    ledger: str | None,
    as_of: date | None,
    approve: str | None,
    by: str,
    config: Path | None,
    *,
    wait: bool,
    resend_held: bool,
    hand_over: bool,
    as_json: bool,
) -> None:
    """Send CAMPAIGN (document/release, as `plan` printed it). Running it twice sends nothing twice."""
    options.stop_politely()
    settings = options.load(config, ledger)
    database = options.opened(settings.ledger)
    found = figures.campaign(database, campaign)
    bundle = Bundle.model_validate_json(found.bundle)
    begun = figures.attempted(database, found.id)
    before = figures.count(database, found, options.rules(settings), options.milliseconds())
    done = begun and before.finished and not (resend_held and before.held)
    if done:
        counted, through = before, "Nothing was left to send."
    else:
        witness = restoring.check(database, options.witness(settings))
        admit(database, found, bundle, settings, approve, by)
        calendar = sending.calendar(found, bundle, as_of, settings)
        _not_over(database, found, calendar, settings)
        coming = _terms(database, bundle, settings, before, calendar)
        warning = campaigns.may_send(found, bundle, calendar.today, coming, begun=begun)
        if warning:
            click.echo(f"notifier: {warning}", err=True)
        orders.awaken(database, found.id, options.rules(settings), options.milliseconds(), held=resend_held)
        if hand_over:
            counted, through = before, _hand_over(database, found, settings)
        else:
            ahead = calendar.ahead(bundle)
            counted = sending.run(
                database, found, bundle, settings, before, wait=wait, ahead=ahead, as_json=as_json, witness=witness
            )
            through = f"Sent through {', '.join(sorted(set(channels.in_use(settings).values())))}."
    promises = promise.every(bundle)
    checkpoint = evidence.seal(database, found, settings).checkpoint if settings.signing_key else None
    if as_json:
        signed = {"checkpoint": json.loads(checkpoint)} if checkpoint else {}
        report.one_object(report.status_object(found, counted, promises) | signed)
    else:
        report.show_status(found, counted, promises)
        click.echo(through)
        click.echo(f"Sealed and signed:\n{checkpoint}" if checkpoint else "", nl=bool(checkpoint))
    if counted.late:
        today = as_of or found.as_of or campaigns.today_of(bundle, options.now())
        click.echo(f"notifier: {_too_late(counted, promises, today)}", err=True)
    if not counted.finished and not hand_over:
        context.exit(1)


def admit(
    database: Database, campaign: Campaign, bundle: Bundle, settings: Settings, digest: str | None = None, by: str = ""
) -> None:
    """Take an approval down where one is given; Refused if one is due, or what was approved is not what would be sent."""
    required = approval.needed(settings)
    if not required and digest is None and approvals.approved(database, campaign.id) is None:
        return
    # Once it has begun rows leave it (an account is erased): then the audience as it was planned counts.
    begun = figures.attempted(database, campaign.id)
    kept = approvals.planned(database, campaign.id) if begun else None
    now = approval.manifest(database, campaign, settings, options.composer(bundle, settings), kept=kept)
    if digest is not None:
        if not by:
            message = "--approve: say who approves, with --by NAME"
            raise InputError(message)
        if required:
            approval.second(database, campaign, by)
        approval.approve(database, campaign, now, digest, by, options.milliseconds())
    approval.check(database, campaign, now, required=required)


def _hand_over(database: Database, campaign: Campaign, settings: Settings) -> str:
    """Let workers send a campaign; return what is to be said of it."""
    if not is_shared(settings.ledger):
        message = (
            "--hand-over: workers share a PostgreSQL ledger; this one is a file, and `notifier send` alone sends it"
        )
        raise InputError(message)
    sending.all_carried(database, campaign, set(channels.in_use(settings)))
    now = database.clock(options.milliseconds)()
    new = crew.hand_over(database, campaign.id, now)
    there = [one for one in crew.present(database) if not one.silent(now)]
    threads = sum(one.threads for one in there)
    who = f"{len(there)} workers with {threads} threads are there" if there else "no worker is there yet: start one"
    return f"{'Handed' if new else 'It was handed'} over to the workers; {who}. `notifier status` follows them."


def _too_late(counted: Figures, promises: Mapping[int, Promise], today: date) -> str:
    """Return what is to be done about notices that came after the last day of their lead time."""
    missed = [(promises[deadline], notices) for deadline, notices in counted.late_by.items()]
    told = "; ".join(
        f"{notices} notices{' in ' if kept.whom else ''}{kept.whom} come after {kept.last_day}: the {kept.lead_days} "
        "days of lead time are not kept for them"
        for kept, notices in missed
    )
    honest = today + timedelta(days=max(kept.lead_days for kept, _ in missed))
    return f"{told}. The earliest honest effective date is {honest}: move it"


def _not_over(database: Database, campaign: Campaign, calendar: Calendar, settings: Settings) -> None:
    """Close and refuse a campaign that was cancelled or is past its last moment: a restored server must not fire it."""
    over = campaign.control.over(options.milliseconds())
    if over is None or calendar.chosen:
        return
    close(Book(database=database, rules=options.rules(settings)), campaign.id, over, options.milliseconds)
    state, reason = over
    message = f"{campaign.name}: {reason}; what was not sent by then is {state.name.lower()}, and nothing goes out"
    raise Refused(message)


def _terms(
    database: Database, bundle: Bundle, settings: Settings, counted: Figures, calendar: Calendar
) -> tuple[Term, ...]:
    begin = options.now() + timedelta(milliseconds=calendar.ahead(bundle))
    with database.reading() as work:
        meters = orders.meters(work)
    return campaigns.terms(counted, options.limits(settings), meters, begin, bundle)
