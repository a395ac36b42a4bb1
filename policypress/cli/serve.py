"""`policypress serve`: the site on this machine, rebuilt at every edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policypress import builder
from policypress.cli.options import as_of, root

if TYPE_CHECKING:
    from datetime import date


@click.command()
@as_of
@click.option("--address", default="127.0.0.1:8000", show_default=True, help="Where to listen.")
@click.pass_context
def serve(context: click.Context, as_of: date | None, address: str) -> None:
    """Serve the site for a preview; stop with Ctrl-C."""
    builder.serve(root(context), address, as_of=as_of)
