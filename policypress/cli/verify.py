"""`policypress verify`: hold every print against the source at the commit that printed it."""

from __future__ import annotations

import click

from policypress.cli.options import root
from policypress.git import Repository
from policypress.release import verify as verify_releases
from policypress.source import worktree


@click.command()
@click.pass_context
def verify(context: click.Context) -> int:
    """Compile the source at each release's commit and compare it with the print; exit 1 where one differs."""
    folder = root(context)
    results = verify_releases(worktree(folder), Repository(folder))
    if not results:
        click.echo("no releases yet")
    for result in results:
        click.echo(f"{result.release}  {'ok' if result.ok else 'DIFFERS'}  {result.commit[:10]}")
        for problem in result.problems:
            click.echo(f"  {problem}")
    return int(not all(result.ok for result in results))
