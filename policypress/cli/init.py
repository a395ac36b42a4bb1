"""`policypress init`: an empty policy repository with a skeleton that builds at once."""

from __future__ import annotations

from pathlib import Path

import click

from policypress.cli.options import known_locale
from policypress.importer import Plan, found_empty


@click.command()
@click.argument("target", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--locale", default="en", show_default=True, help="The language of the text.")
@click.option("--company", default="", help="The company's name, as pages and notices say it.")
@click.option("--timezone", default="UTC", show_default=True, help="In which an effective date begins.")
def init(target: Path, locale: str, company: str, timezone: str) -> None:
    """Make an empty policy repository in DIR, which must not exist."""
    plan = Plan(target=target, locale=known_locale(locale), company=company, timezone=timezone)
    missing = found_empty(plan)
    click.echo(f"made {target}: edit policy_src/text/*.md and policy_src/*.toml, then `policypress -C {target} check`")
    if missing:
        click.echo(f"translate the {missing} fixed words of the site first: {target}/locales/*/LC_MESSAGES/notice.po")
