"""`notifier worker`: sends what was handed over, beside as many others as there are, until told to stop."""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from notifier import restoring
from notifier.cli import options, sending
from notifier.cli.send import admit
from notifier.errors import InputError, ProviderError, Refused, Standstill
from notifier.ledger import crew, figures, is_shared, open_ledger
from notifier.ledger.clock import passed
from notifier.pace import steady
from notifier.watch import Watch, log
from policypress.bundle import Bundle

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from notifier.channels.protocol import Channel, Kind
    from notifier.delivery import Delivery
    from notifier.engine import distributed
    from notifier.engine.queue import Ticket
    from notifier.ledger.postgres import Database
    from notifier.settings import Settings
    from notifier.witness import Witness

#: Milliseconds that an empty bucket is waited for with a shard in hand; a third of the lease at most.
PATIENCE = 2000


@click.command()
@options.options(options.ledger)
@click.option("--name", default="", help="What `status` calls it; default: this machine and the process.")
@options.config
def worker(ledger: str | None, name: str, config: Path | None) -> None:
    """Send what `notifier send --hand-over` left to the workers; on any number of machines, with one PostgreSQL ledger.

    SIGTERM or Ctrl-C: the requests in hand are finished and recorded, then it leaves. All workers need the same settings.
    """
    settings = options.load(config, ledger)
    try:
        from notifier.engine import distributed, queue  # noqa: PLC0415 - an extra
    except ImportError as error:
        message = f"a worker needs {error.name}: pip install 'policypress[postgres]'"
        raise InputError(message) from error
    if not is_shared(settings.ledger):
        message = f"{settings.ledger}: a file; workers share a PostgreSQL ledger (NOTIFIER_LEDGER=postgresql://…)"
        raise InputError(message)
    queue.silence()
    name = name or f"{socket.gethostname()}:{os.getpid()}"
    with ExitStack() as closing, _standing_still():
        database: Any = open_ledger(settings.ledger, create=True)
        closing.callback(database.close)
        witness = restoring.check(database, options.witness(settings))
        opened = queue.open_queue(database)
        closing.callback(opened.close)
        carried = sending.carriers(settings, closing)
        logger = closing.enter_context(log(settings.log, "", sending.warn)).bind(worker=name)
        clock = steady(database.clock(options.milliseconds), passed, options.rules(settings).lease)
        crew_member = distributed.Worker(
            database=database, queue=opened, name=name, threads=settings.workers, clock=clock, told=Told(logger=logger),
            load=lambda campaign: _load(database, campaign, settings, carried, logger, crew_member, witness),
        )  # fmt: skip
        logger.info("worker begins", threads=settings.workers, channels=sorted({one.name for one in carried.values()}))
        click.echo(f"{name}: working with {settings.workers} threads for {database.name}, until interrupted.", err=True)
        crew_member.run()
        logger.info("worker ends")
        click.echo(f"{name}: left; what was in hand is recorded.", err=True)


@contextmanager
def _standing_still() -> Iterator[None]:
    """Tell what a person has to mend from what passes by itself: whoever starts workers again must not for the former."""
    try:
        yield
    except (Refused, ProviderError) as error:
        message = f"{error}. Mend that, then start the worker again"
        raise Standstill(message) from error


def _load(
    database: Database,
    number: int,
    settings: Settings,
    carried: Mapping[Kind, Channel],
    logger: Any,
    member: distributed.Worker,
    witness: Witness | None,
) -> Delivery | None:
    """Return what sends a campaign, with this worker's settings; Refused if they do not fit it."""
    name = crew.name_of(database, number)
    if name is None:
        return None
    campaign = figures.campaign(database, name)
    bundle = Bundle.model_validate_json(campaign.bundle)
    sending.all_carried(database, campaign, set(carried))
    admit(database, campaign, bundle, settings)
    watch = Watch(
        logger=logger.bind(campaign=name), open=0, dues={}, clock=member.clock, on_pulse=lambda _pulse: None,
        on_missing=lambda _pulse: None,
    )  # fmt: skip
    return sending.delivering(
        database, campaign, bundle, settings, carried, member.clock, watch, witness,
        ahead=sending.calendar(campaign, bundle, None, settings).ahead(bundle),
        leaving=member.leaving.is_set, patience=min(PATIENCE, settings.lease_seconds * 1000 // 3),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Says what an operator should hear of a worker; the log has the rest."""

    logger: Any

    def lost(self, what: str) -> None:
        """Say that the server is away."""
        self.logger.warning("ledger lost", error=what)
        click.echo(f"notifier: the ledger cannot be reached ({what}); trying again until it can", err=True)

    def found(self) -> None:
        """Say that it is back."""
        self.logger.info("ledger found")
        click.echo("notifier: the ledger can be reached again", err=True)

    def worked(self, ticket: Ticket, accepted: int) -> None:
        """Write down that a shard was worked on."""
        self.logger.info("shard", campaign=ticket.campaign, shard=ticket.shard, accepted=accepted)
