"""`notifier approve`: a second person's word on a plan, given from any machine; sends nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from notifier import approval
from notifier.approval import Manifest
from notifier.cli import options, report
from notifier.errors import InputError, Refused
from notifier.ledger import approvals, figures

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@click.command()
@click.argument("campaign")
@click.argument("digest", required=False)
@options.options(options.by, options.ledger, options.config)
def approve(campaign: str, digest: str | None, by: str, ledger: str | None, config: Path | None) -> None:
    """Show what CAMPAIGN will send, and approve it by its DIGEST, as `plan` printed it; `send` then goes ahead.

    It takes what was planned as it was written down. `send` and `worker` refuse if it is not what they would send.
    """
    settings = options.load(config, ledger)
    database = options.opened(settings.ledger)
    found = figures.campaign(database, campaign)
    planned = approvals.planned(database, found.id)
    if planned is None:
        message = f"{campaign}: planned by a version that wrote no digest; plan it again"
        raise Refused(message)
    _show(json.loads(planned.body), planned.planner)
    if digest is None:
        click.echo(f"Not approved yet. To approve it: notifier approve {campaign} {planned.digest} --by NAME")
        return
    if not by:
        message = "say who approves, with --by NAME"
        raise InputError(message)
    if settings.approval == "required":
        approval.second(database, found, by)
    given = approval.approve(database, found, Manifest(body=planned.body), digest, by, options.milliseconds())
    click.echo(f"{campaign}: {given.digest} approved by {given.approver}. Next: notifier send {campaign}")


def _show(manifest: Mapping[str, Any], planner: str) -> None:
    rows = [
        [*name.split(" ", 2), *[""] * (2 - name.count(" ")), notices, messages]
        for name, (notices, messages) in manifest["audience"]["notices"].items()
    ]
    columns = ("channel", "locale", "to", "notices", "messages")
    report.table(f"{manifest['campaign']}, planned by {planner or 'nobody known'}", columns, rows)
    days = manifest["days"]
    report.table("Days", ("", "day"), [["first", days["first"]], ["last that keeps the lead time", days["last"]]])
    report.table("Providers", ("kind", "provider"), list(manifest["channels"].items()))
    given = [[name, value] for name, value in manifest["settings"].items() if value not in (None, "", [])]
    report.table("Settings", ("setting", "value"), given)
    click.echo(f"Bundle {manifest['bundle']}\nAudience {manifest['audience']['fingerprint']}\n")
