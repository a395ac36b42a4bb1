"""`policypress diff`: what changed between two releases, revisions or the draft."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policypress.cli.options import as_of, coloured, columns, root
from policypress.comparison import compare_prints, find_print
from policypress.errors import UsageError
from policypress.localise import progress
from policypress.release import DRAFT, lacks, load, newest, today, translation_units
from policypress.reports import data, html, markdown, sarif, text
from policypress.source import catalogue_path, worktree

if TYPE_CHECKING:
    from collections.abc import Callable

    from policypress.comparison import Comparison
    from policypress.source import Source

#: Formats that are text, by name.
_REPORTS: dict[str, Callable[[Comparison], str]] = {
    "json": data.render,
    "md": markdown.render,
    "html": html.render,
    "sarif": sarif.render,
}
#: Every format that `--format` takes; `docx` needs the extra `[docx]` and a file to go to.
FORMATS = ("text", *_REPORTS, "docx")


@click.command()
@click.argument("old", required=False)
@click.argument("new", required=False, default=DRAFT)
@click.option("--locale", help="Show this locale's texts; the source's by default.")
@click.option("--format", "layout", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write there, not to the terminal.")
@as_of
@click.pass_context
def diff(
    context: click.Context,
    old: str | None,
    new: str,
    locale: str | None,
    layout: str,
    output: Path | None,
    as_of: date | None,
) -> None:
    """Compare OLD with NEW: release ids, git revisions, or `draft` (the work tree).

    Without arguments: the newest release against the draft.
    """
    folder = root(context)
    source = worktree(folder)
    standing = newest(load(source))
    old = old or (standing.id if standing else None)
    if old is None:
        message = "nothing is released yet. Make a first release with `policypress release`"
        raise UsageError(message)
    locale = locale or source.settings.source_locale
    if locale not in source.settings.locales:
        known = ", ".join(source.settings.order)
        message = f"{locale}: not a locale of this policy; it has {known} (policy_src/policy.toml)"
        raise UsageError(message)
    before, after = (find_print(folder, name) for name in (old, new))
    comparison = compare_prints(source, before, after, locale)
    if layout == "md" and new == DRAFT:
        show(markdown.render(comparison, locales=_progress(source), needs=lacks(source)), output)
    else:
        write(comparison, layout, output, as_of or today(source))


def _progress(source: Source) -> list[progress.Status]:
    """Return how far each translation of the draft is."""
    units = translation_units(source)
    catalogues = source.policy_catalogues
    return [
        progress.status(catalogues.get(tag, ""), tag, units, catalogue_path(tag, "policy"))
        for tag in source.settings.translations
    ]


def write(comparison: Comparison, layout: str, output: Path | None, day: date) -> None:
    """Show a comparison in a format, or write it to a file; `day` dates the changes of a Word document."""
    if layout == "docx":
        _word(comparison, output, day)
        return
    if layout != "text":
        show(_REPORTS[layout](comparison), output)
    elif output:
        show(text.render(comparison, colour=False), output)
    else:
        show(text.render(comparison, colour=coloured(), width=columns(text.WIDTH)), None)


def show(report: str, output: Path | None) -> None:
    """Print a report, or write it to a file."""
    if output:
        output.write_text(report, encoding="utf-8")
    else:
        click.echo(report, nl=False)


def _word(comparison: Comparison, output: Path | None, day: date) -> None:
    """Write a Word document; its library is asked for here alone, because the base install has none."""
    if output is None:
        message = "a Word document goes to a file: add --output FILE.docx"
        raise UsageError(message)
    report = import_module("policypress.reports.docx")
    output.write_bytes(report.render(comparison, date=datetime.combine(day, time(), UTC)))
