"""`policypress serve`: the draft and the site on this machine, made anew at every edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policypress import preview
from policypress.cli.options import as_of, root

if TYPE_CHECKING:
    from datetime import date


@click.command()
@as_of
@click.option("--address", default="127.0.0.1:8000", show_default=True, help="Where to listen.")
@click.pass_context
def serve(context: click.Context, as_of: date | None, address: str) -> None:
    """Show the draft as it stands in your files, and the site as it is released; stop with Ctrl-C."""
    preview.serve(root(context), address, as_of=as_of, say=click.echo)
