"""`policypress diff`: what changed between two releases, revisions or the draft."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policypress.cli.options import root
from policypress.comparison import compare_prints, find_print
from policypress.errors import UsageError
from policypress.release import DRAFT
from policypress.reports import data, markdown, text
from policypress.source import worktree

if TYPE_CHECKING:
    from policypress.comparison import Comparison


@click.command()
@click.argument("old", required=False)
@click.argument("new", required=False, default=DRAFT)
@click.option("--locale", help="Show this locale's texts; the source's by default.")
@click.option("--format", "layout", type=click.Choice(["text", "json", "md"]), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write there, not to the terminal.")
@click.pass_context
def diff(
    context: click.Context, old: str | None, new: str, locale: str | None, layout: str, output: Path | None
) -> None:
    """Compare OLD with NEW: release ids, git revisions, or `draft` (the work tree).

    Without arguments: the newest release against the draft.
    """
    folder = root(context)
    source = worktree(folder)
    old = old or source.newest
    if old is None:
        message = "nothing is released yet. Make a first release with `policypress release`"
        raise UsageError(message)
    locale = locale or source.settings.source_locale
    if locale not in source.settings.locales:
        known = ", ".join(source.settings.order)
        message = f"{locale}: not a locale of this policy; it has {known} (policy_src/policy.toml)"
        raise UsageError(message)
    before, after = (find_print(folder, name) for name in (old, new))
    write(compare_prints(source, before, after, locale), layout, output)


def write(comparison: Comparison, layout: str, output: Path | None) -> None:
    """Show a comparison in a format, or write it to a file."""
    if layout == "text":
        report = text.render(comparison, colour=output is None and sys.stdout.isatty())
    else:
        report = data.render(comparison) if layout == "json" else markdown.render(comparison)
    if output:
        output.write_text(report, encoding="utf-8")
    else:
        click.echo(report, nl=False)
