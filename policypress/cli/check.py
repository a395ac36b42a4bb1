"""`policypress check`: every problem of the source and its translations, at once."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from policypress import checks
from policypress.cli.options import root
from policypress.errors import Problem, Severity, UsageError
from policypress.source import worktree

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command()
@click.option("--format", "layout", type=click.Choice(["text", "json", "github"]), default="text", show_default=True)
@click.option("--explain", metavar="RULE", help="Say what a rule looks for and the way out.")
@click.pass_context
def check(context: click.Context, layout: str, explain: str | None) -> int:
    """Find problems in the policy and its translations; exit 1 where one is an error."""
    if explain:
        try:
            click.echo(checks.explain(explain))
        except KeyError as error:
            message = f"{explain}: no rule of that name"
            raise UsageError(message) from error
        return 0
    problems = checks.run(worktree(root(context)))
    click.echo({"text": _text, "json": _json, "github": _github}[layout](problems))
    return int(any(problem.severity is Severity.ERROR for problem in problems))


def _text(problems: Sequence[Problem]) -> str:
    lines = [f"{problem.severity}: {problem} [{problem.rule}]" for problem in problems]
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    return "\n".join([*lines, f"{errors} errors, {len(problems) - errors} warnings"])


def _json(problems: Sequence[Problem]) -> str:
    return json.dumps([asdict(problem) for problem in problems], ensure_ascii=False, indent=2)


def _github(problems: Sequence[Problem]) -> str:
    """Return workflow commands that GitHub shows beside the lines."""
    return "\n".join(
        f"::{problem.severity} file={problem.file},line={problem.line or 1},title={problem.rule}::"
        + str(problem).replace("%", "%25").replace("\n", "%0A")
        for problem in problems
    )
