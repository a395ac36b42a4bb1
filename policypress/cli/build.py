"""`policypress build`: the whole site, built aside and swapped in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from policypress import builder
from policypress.cli.options import as_of, root
from policypress.plain import write_pages

if TYPE_CHECKING:
    from datetime import date


@click.command()
@as_of
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="Build there instead of site/.")
@click.option(
    "--pdf/--no-pdf", default=None, help="Make each release as PDF too (extra `pdf`), or not, whatever mkdocs.yml says."
)
@click.option("--cache/--no-cache", default=None, help="Use what earlier builds made (.cache/policypress), or not.")
@click.option(
    "--pages",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write plain pages with front matter there, for another generator, instead of the site.",
)
@click.pass_context
def build(
    context: click.Context,
    as_of: date | None,
    output: Path | None,
    *,
    pdf: bool | None,
    cache: bool | None,
    pages: Path | None,
) -> None:
    """Build the site: every locale, every release, feeds and bundles."""
    folder = root(context)
    if pages:
        click.echo(f"wrote {pages}: {write_pages(folder, pages, as_of=as_of)} pages")
        return
    site = builder.build(folder, as_of=as_of, site=output, pdf=pdf, cache=cache)
    count = sum(1 for _ in site.rglob("*.html"))
    click.echo(f"built {site}: {count} pages" + (f", as of {as_of}" if as_of else ""))
