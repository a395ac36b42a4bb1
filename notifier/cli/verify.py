"""`notifier verify`: checks a proof or a log; needs no ledger and no network."""

from __future__ import annotations

from pathlib import Path

import click

from notifier.errors import InputError, Refused
from notifier.evidence import verifier


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", metavar="HEX", help="The public key that the operator has published.")
@click.option("--checkpoint", type=click.Path(path_type=Path), help="A later checkpoint that a log must reach.")
def verify(file: Path, key: str | None, checkpoint: Path | None) -> None:
    """Check FILE, written by `notifier prove`: that it holds, and what it shows; exit 1 names what is wrong.

    The same check is one file that runs wherever Python does, without the rest: notifier/evidence/verifier.py.
    """
    try:
        newest = checkpoint.read_text(encoding="utf-8") if checkpoint else None
        with file.open(encoding="utf-8") as lines:
            verdict = verifier.verify(lines, key, newest)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        message = f"{getattr(error, 'filename', None) or file}: cannot be read: {why}"
        raise InputError(message) from error
    except verifier.Wrong as error:
        message = f"{file}: does not hold: {error}"
        raise Refused(message) from error
    click.echo(verifier.describe(verdict, pinned=bool(key)))
