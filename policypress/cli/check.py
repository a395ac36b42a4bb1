"""`policypress check`: every problem of the source and its translations, at once."""

from __future__ import annotations

import click

from policypress import checks
from policypress.checks.kept import kept
from policypress.cli.options import root
from policypress.errors import Severity
from policypress.reports.problems import FORMS
from policypress.source import worktree


@click.command()
@click.option("--format", "layout", type=click.Choice([*FORMS]), default="text", show_default=True)
@click.option("--explain", metavar="RULE", help="Say what a rule looks for and the way out.")
@click.pass_context
def check(context: click.Context, layout: str, explain: str | None) -> int:
    """Find problems in the policy and its translations; exit 1 where one is an error."""
    if explain:
        click.echo(checks.explain(explain))
        return 0
    folder = root(context)
    problems = kept(worktree(folder), folder / ".cache" / "policypress", checks.run)
    click.echo(FORMS[layout](problems))
    return int(any(problem.severity is Severity.ERROR for problem in problems))
