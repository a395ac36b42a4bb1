"""`policypress fmt`: canonical Markdown of the source, so that git diffs show clauses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policypress.cli.options import root
from policypress.errors import ProblemsError
from policypress.source import worktree
from policypress.tidy import tidied

if TYPE_CHECKING:
    from pathlib import Path

    from policypress.errors import Problem


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit 1 where something would change.")
@click.pass_context
def fmt(context: click.Context, *, check: bool) -> int:
    """Write policy_src/text with one clause a line; no clause, anchor or placeholder is changed."""
    folder = root(context)
    problems: list[Problem] = []
    changed = 0
    for path in worktree(folder).texts:
        try:
            changed += _formatted(folder / path, path, write=not check)
        except ProblemsError as error:
            problems += error.problems
    if problems:
        raise ProblemsError(problems)
    click.echo(f"{changed} files {'would change' if check else 'changed'}" if changed else "nothing to change")
    return int(check and changed > 0)


def _formatted(file: Path, path: str, *, write: bool) -> bool:
    before = file.read_bytes().decode("utf-8-sig")
    after = tidied(before, path)
    if file.read_bytes() == after.encode():
        return False
    click.echo(f"{'writes' if write else 'would write'} {path}")
    if write:
        part = file.with_name(f"{file.name}.part")
        part.write_bytes(after.encode())
        part.replace(file)
    return True
