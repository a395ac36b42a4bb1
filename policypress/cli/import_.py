"""`policypress import`: an existing policy as a policy repository, its first release printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from policypress.cli.options import Day, known_locale
from policypress.importer import Plan, bring

if TYPE_CHECKING:
    from datetime import date

    from policypress.importer import Imported

#: So many lines that could not be placed are shown; a file that was not understood has hundreds.
_SHOWN = 20


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--locale", required=True, help="The language of the text.")
@click.option(
    "--output", "target", type=click.Path(path_type=Path), required=True, help="The new folder; it must not exist."
)
@click.option("--published", type=Day(), help="The day it was published; its own date by default.")
@click.option("--company", default="", help="The company's name; the title of the text by default.")
@click.option("--timezone", default="UTC", show_default=True, help="In which an effective date begins.")
def import_(file: Path, locale: str, target: Path, published: date | None, company: str, timezone: str) -> None:
    """Make a policy repository of FILE: .txt in UTF-8, .html, .md or .docx.

    The text is printed as a first release as of its own date, word for word.
    """
    plan = Plan(target=target, locale=known_locale(locale), company=company, timezone=timezone, published=published)
    _report(bring(file, plan), target)


def _report(made: Imported, target: Path) -> None:
    clauses = sum(len(section.clauses) for section in made.document.sections)
    headings = sum(section.level > 0 for section in made.document.sections)
    click.echo(f"imported {headings} headings, {clauses} clauses, {len(made.facts)} facts; released {made.release}")
    if made.dated:
        click.echo(f"published on the day that the text names first, {made.dated!r}; if not: --published YYYY-MM-DD")
    if made.held.lossless:
        click.echo("every line of the file stands on the page, and nothing else does")
    _list("not on the page", made.held.lost)
    _list("on the page and not in the file", made.held.added)
    _list("left behind or left as typed", made.unplaced)
    if made.words_missing:
        click.echo(
            f"translate the {made.words_missing} fixed words of the site first: {target}/locales/*/LC_MESSAGES/notice.po"
        )
    click.echo(f"next: policypress -C {target} check, and policypress -C {target} build")
    click.echo("look at company, timezone and site_url in policy_src/policy.toml; there is no fact sheet yet")


def _list(what: str, lines: tuple[str, ...]) -> None:
    if not lines:
        return
    click.echo(f"{what}: {len(lines)}")
    for line in lines[:_SHOWN]:
        click.echo(f"  - {line if len(line) <= 100 else f'{line[:100]}…'}")  # noqa: PLR2004
    if len(lines) > _SHOWN:
        click.echo(f"  and {len(lines) - _SHOWN} more")
