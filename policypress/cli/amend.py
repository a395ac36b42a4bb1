"""`policypress amend`: move the effective date of an announced release to a later day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policypress.cli.options import Day, as_of, root
from policypress.release import amend as amend_release
from policypress.release import today
from policypress.source import worktree

if TYPE_CHECKING:
    from datetime import date


@click.command()
@click.argument("release_id", metavar="ID")
@click.option("--effective", type=Day(), required=True, help="The later day it takes effect.")
@click.option("--reason", required=True, help="Why, for the record.")
@as_of
@click.pass_context
def amend(context: click.Context, release_id: str, effective: date, reason: str, as_of: date | None) -> None:
    """Move the effective date of release ID later, before it takes effect, and commit the entry."""
    folder = root(context)
    on = as_of or today(worktree(folder))
    record, commit = amend_release(folder, release_id, effective=effective, on=on, reason=reason)
    click.echo(f"amended {record.id}: takes effect on {record.takes_effect}; committed as {commit[:10]}")
    click.echo("build the site again: pages, feed and bundle then say so")
