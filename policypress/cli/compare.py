"""`policypress compare`: the same as diff on two plain files; no repository needed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policypress.cli.diff import FORMATS, write
from policypress.cli.options import as_of, read_text
from policypress.comparison import compare_texts
from policypress.errors import UsageError
from policypress.localise import language_name
from policypress.materiality import Rename, refused

if TYPE_CHECKING:
    from policypress.comparison import Comparison

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("old", type=_FILE)
@click.argument("new", type=_FILE)
@click.option("--locale", default="en", show_default=True, help="The language of both texts.")
@click.option("--format", "layout", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write there, not to the terminal.")
@click.option("--rename", "renames", metavar="OLD=NEW", multiple=True, help="A name that is changed everywhere.")
@as_of
def compare(
    old: Path,
    new: Path,
    locale: str,
    layout: str,
    output: Path | None,
    renames: tuple[str, ...],
    as_of: date | None,
) -> None:
    """Compare two files, Markdown, HTML (.html) or plain text (.txt): what changed, and does it matter."""
    _known(locale)
    declared = [_rename(one) for one in renames]
    comparison = compare_texts(
        read_text(old),
        read_text(new),
        names=(str(old), str(new)),
        locale=locale,
        renames=declared,
    )
    _both(comparison)
    for rename, reason in refused(declared, locale, comparison.pairs).items():
        if reason:
            click.echo(f"policypress: --rename {rename.old}={rename.new} explains nothing: {reason}", err=True)
    write(comparison, layout, output, as_of or datetime.now(UTC).date())


def _known(locale: str) -> None:
    try:
        language_name(locale)
    except UsageError as error:
        message = f"{locale}: CLDR knows no such language. Write its tag: en, kk, pt-BR"
        raise UsageError(message) from error


def _rename(text: str) -> Rename:
    old, equals, new = (part.strip() for part in text.partition("="))
    if not (old and equals and new):
        message = f"--rename {text}: write the old name, =, and the new one: --rename 'Old name=New name'"
        raise UsageError(message)
    return Rename(old=old, new=new)


def _both(comparison: Comparison) -> None:
    """Refuse a file without a clause: it is no text from which everything was removed."""
    pairs = comparison.pairs
    for name, held in ((comparison.old, any(p.old for p in pairs)), (comparison.new, any(p.new for p in pairs))):
        if not held:
            message = f"{name}: no text in it. Give a file that holds a policy"
            raise UsageError(message)
