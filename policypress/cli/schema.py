"""`policypress schema`: the JSON Schema of an editors' file."""

from __future__ import annotations

import click

from policypress.schemas import NAMES, dump


@click.command()
@click.argument("name", type=click.Choice(NAMES))
def schema(name: str) -> None:
    """Print the JSON Schema of NAME.toml, by which editors complete and check it."""
    click.echo(dump(name), nl=False)
