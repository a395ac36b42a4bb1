"""`policypress compare`: the same as diff on two plain files; no repository needed."""

from __future__ import annotations

from pathlib import Path

import click

from policypress.cli.diff import write
from policypress.cli.options import read_text
from policypress.comparison import compare_texts
from policypress.errors import UsageError
from policypress.localise import language_name

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("old", type=_FILE)
@click.argument("new", type=_FILE)
@click.option("--locale", default="en", show_default=True, help="The language of both texts.")
@click.option("--format", "layout", type=click.Choice(["text", "json", "md"]), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write there, not to the terminal.")
def compare(old: Path, new: Path, locale: str, layout: str, output: Path | None) -> None:
    """Compare two Markdown files: what changed, and does it matter."""
    _known(locale)
    comparison = compare_texts(read_text(old), read_text(new), names=(str(old), str(new)), locale=locale)
    write(comparison, layout, output)


def _known(locale: str) -> None:
    try:
        language_name(locale)
    except UsageError as error:
        message = f"{locale}: CLDR knows no such language. Write its tag: en, kk, pt-BR"
        raise UsageError(message) from error
