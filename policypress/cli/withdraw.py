"""`policypress withdraw`: take an announced release back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policypress.cli.options import as_of, root
from policypress.release import today
from policypress.release import withdraw as withdraw_release
from policypress.source import worktree

if TYPE_CHECKING:
    from datetime import date


@click.command()
@click.argument("release_id", metavar="ID")
@click.option("--reason", required=True, help="Why, for the record.")
@as_of
@click.pass_context
def withdraw(context: click.Context, release_id: str, reason: str, as_of: date | None) -> None:
    """Take release ID back before it takes effect, and commit the entry; the text in force stays in force."""
    folder = root(context)
    on = as_of or today(worktree(folder))
    record, commit = withdraw_release(folder, release_id, on=on, reason=reason)
    click.echo(f"withdrawn {record.id}; committed as {commit[:10]}")
    click.echo("build the site again: pages, feed and bundle then say so")
