"""`policypress release`: print the draft as a release and commit it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policypress import checks
from policypress.cli.options import Day, root
from policypress.errors import UsageError
from policypress.release import make
from policypress.source import worktree

if TYPE_CHECKING:
    from datetime import date


@click.command()
@click.argument("release_id", metavar="ID", type=Day())
@click.option("--effective", type=Day(), help="The day it takes effect; needed unless --historic.")
@click.option("--published", type=Day(), help="The day of publication; ID by default.")
@click.option(
    "--historic", is_flag=True, help="Record what was published before: its dates are not held to the lead time."
)
@click.option("--tag", is_flag=True, help="Sign a git tag on the commit; needs git's user.signingkey.")
@click.pass_context
def release(
    context: click.Context,
    release_id: date,
    effective: date | None,
    published: date | None,
    *,
    historic: bool,
    tag: bool,
) -> None:
    """Print release ID (its day of publication, YYYY-MM-DD) and commit it, or say all that is missing."""
    published = published or release_id
    if effective is None and not historic:
        message = "name the day it takes effect: --effective YYYY-MM-DD"
        raise UsageError(message)
    folder = root(context)
    record, commit = make(
        folder,
        release_id.isoformat(),
        effective=effective or published,
        published=published,
        historic=historic,
        tag=tag,
        problems=checks.run(worktree(folder)),
    )
    click.echo(
        f"released {record.id}: {record.release_class}, published {record.published}, effective {record.effective}"
    )
    click.echo(f"committed as {commit[:10]}; `policypress verify` holds it against the source")
