"""`notifier restored`: takes up what a ledger from a backup does not know; sends nothing."""

from __future__ import annotations

from pathlib import Path

import click

from notifier import restoring
from notifier.cli import options
from notifier.errors import InputError


@click.command()
@click.option(
    "--witness",
    "witnesses",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="What a machine that sends has noted; once for each machine. Default: the one of the settings.",
)
@click.option("--nothing-lost", is_flag=True, help="The ledger only moved: everything that was sent is in it.")
@click.option("--hold-all", is_flag=True, help="There is no witness: nothing that is planned goes out any more.")
@options.options(options.ledger, options.config)
def restored(
    witnesses: tuple[Path, ...], ledger: str | None, config: Path | None, *, nothing_lost: bool, hold_all: bool
) -> None:
    """Go on with a ledger that came back from a backup, moved, or failed over, without telling anybody twice.

    By the witness it learns which requests it does not know. Whom they went to is held: `unknown`, settled by what the
    provider reports, never sent again. All others are told as planned.
    """
    if nothing_lost and hold_all:
        message = "--nothing-lost and --hold-all: it is one or the other"
        raise InputError(message)
    settings = options.load(config, ledger)
    database = options.opened(settings.ledger)
    own = options.witness(settings)
    paths = witnesses or ((own,) if own else ())
    done = restoring.take_up(
        database, paths, options.milliseconds(), own=own, nothing_lost=nothing_lost, hold_all=hold_all
    )
    click.echo(
        f"{database.name}: {done.requests} requests with {done.copies} copies were not known; {done.held} notices are "
        "held as unknown, and settled by what the provider reports."
    )
    click.echo(
        "What was ordered since the backup (pause, cancel, rate), what was reported and what was answered is not in it: "
        "look at `notifier status`, then `notifier send`."
    )
