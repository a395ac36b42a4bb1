"""`notifier prove`: writes what the ledger can show, for somebody who has no ledger; changes nothing."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from notifier.cli import options
from notifier.errors import InputError
from notifier.evidence import proving
from notifier.evidence.verifier import canonical
from notifier.ledger import figures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@click.command()
@click.argument("campaign")
@click.argument("account", required=False)
@options.ledger
@click.option("--output", type=click.Path(path_type=Path), help="A file instead of standard output.")
@options.config
def prove(campaign: str, account: str | None, ledger: str | None, output: Path | None, config: Path | None) -> None:
    """Write the proof of what became of ACCOUNT in CAMPAIGN; without an account, the whole log of the campaign.

    The proof holds the exact message, the provider's answers, and the way to a signed checkpoint. It names the
    account and the address: give it to whoever may know them. The log names nobody. `notifier verify` checks both.
    """
    database = options.opened(options.load(config, ledger).ledger)
    found = figures.campaign(database, campaign)
    if account is None:
        _write(proving.log(database, found), output)
    else:
        _write([canonical(proving.prove(database, found, account))], output)


def _write(lines: Iterable[str], output: Path | None) -> None:
    if output is None:
        for line in lines:
            click.echo(line)
        return
    with _whole(output) as part, part.open("w", encoding="utf-8") as stream:
        stream.writelines(f"{line}\n" for line in lines)


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Give a file that takes the place of another once it is whole."""
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        message = f"{path}: cannot be written: {error.strerror}; name another file with --output"
        raise InputError(message) from error
    finally:
        part.unlink(missing_ok=True)
