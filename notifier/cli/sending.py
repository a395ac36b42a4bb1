"""Runs a planned campaign through its channels; shared by `send` and `rehearse`."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from notifier import channels
from notifier.cli import options
from notifier.delivery import Delivery, Why
from notifier.engine.local import Local
from notifier.errors import Refused
from notifier.ledger import figures
from notifier.ledger.book import Book
from notifier.ledger.clock import passed
from notifier.pace import steady
from notifier.watch import Watch, log, moment
from notifier.witness import Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from rich.progress import TaskID

    from notifier.channels.protocol import Channel, Kind
    from notifier.cli.options import Calendar
    from notifier.compose import Composer
    from notifier.ledger.database import Database
    from notifier.ledger.figures import Figures
    from notifier.ledger.records import Campaign, Intent, Shard
    from notifier.settings import Settings
    from notifier.watch import Pulse
    from notifier.witness import Witness
    from policypress.bundle import Bundle

#: Days after the effective date in which a link in a notice still answers.
LINK_DAYS = 365


def run(
    database: Database,
    campaign: Campaign,
    bundle: Bundle,
    settings: Settings,
    before: Figures,
    *,
    wait: bool = True,
    ahead: int = 0,
    as_json: bool = False,
    witness: Witness | None = None,
) -> Figures:
    """Send what is planned until nothing is left to do, or to do now; return the figures then, from those before."""
    rules = options.rules(settings)
    clock = steady(database.clock(options.milliseconds), passed, rules.lease)
    with ExitStack() as closing:
        carried = carriers(settings, closing)
        all_carried(database, campaign, set(carried))
        logger = closing.enter_context(log(settings.log, campaign.name, warn))
        dues = {deadline - ahead: messages for deadline, messages in before.dues().items()}
        total = max(dues.values(), default=0)
        display = closing.enter_context(_display(total, as_json=as_json))
        watch = Watch(
            logger=logger, open=total, dues=dues, clock=clock, on_pulse=display.pulse, on_missing=display.missing,
        )  # fmt: skip
        delivery = delivering(database, campaign, bundle, settings, carried, clock, watch, witness, ahead=ahead)
        names = sorted({one.name for one in carried.values()})
        logger.info("run begins", open=before.open, workers=settings.workers, channels=names)
        _run(delivery, settings.workers, watch, display, wait=wait)
    return figures.count(database, campaign, rules, options.milliseconds())


def noting(witness: Witness, campaign: Campaign, composer: Composer) -> Callable[[Shard, Intent, str, int], None]:
    """Return what tells the witness of a request before it is made."""

    def note(shard: Shard, intent: Intent, provider: str, now: int) -> None:
        channel = shard.lane.kind.number
        witness.note(
            Entry(
                ledger=witness.ledger, attempt=intent.attempt, campaign=campaign.name, shard=shard.id, at=now,
                epoch=shard.epoch, provider=provider, content=composer.content(shard.lane).digest, channel=channel,
                marks=tuple(witness.mark(channel, address) for _, address in intent.copies),
            )
        )  # fmt: skip

    return note


def carriers(settings: Settings, closing: ExitStack) -> dict[Kind, Channel]:
    """Return the channels in use by kind, closed with the stack."""
    opened = {}
    for name in set(channels.in_use(settings).values()):
        opened[name] = channels.CHANNELS[name].open_channel(settings)
        closing.callback(opened[name].close)
    return {kind: opened[name] for kind, name in channels.in_use(settings).items()}


def delivering(
    database: Database,
    campaign: Campaign,
    bundle: Bundle,
    settings: Settings,
    carried: Mapping[Kind, Channel],
    clock: Callable[[], int],
    watch: Watch,
    witness: Witness | None,
    *,
    ahead: int = 0,
    leaving: Callable[[], bool] = lambda: False,
    patience: int = 0,
) -> Delivery:
    """Return what sends a campaign with these settings."""
    limits, composer = options.limits(settings), options.composer(bundle, settings)
    return Delivery(
        book=Book(database=database, rules=options.rules(settings), paces=limits.paces),
        campaign=campaign.id,
        name=campaign.name,
        composer=composer,
        channels=carried,
        clock=clock,
        key=settings.secret_key.get_secret_value().encode() if settings.serve_url and settings.secret_key else b"",
        expires=bundle.effective + timedelta(days=LINK_DAYS),
        ahead=ahead,
        quiet=limits.quiet,
        on_sent=watch.sent,
        on_lost=watch.lost,
        leaving=leaving,
        patience=patience,
        on_intent=noting(witness, campaign, composer) if witness else lambda *_: None,
    )


def calendar(campaign: Campaign, bundle: Bundle, as_of: date | None, settings: Settings) -> Calendar:
    """Return the day that a campaign is sent for; Refused if it is a rehearsal and could reach people."""
    if campaign.as_of and not channels.rehearses(settings):
        message = (
            f"{campaign.name} was planned as of {campaign.as_of}, a rehearsal, and a provider is configured that "
            "reaches people; plan again without --as-of"
        )
        raise Refused(message)
    return options.calendar(bundle, as_of or campaign.as_of, settings)


def all_carried(database: Database, campaign: Campaign, carried: set[Kind]) -> None:
    """Refuse a campaign with notices of a kind that nothing in use carries."""
    stranded = figures.kinds_waiting(database, campaign.id) - carried
    if stranded:
        names = ", ".join(sorted(stranded))
        message = (
            f"{campaign.name}: notices are planned for {names}, and the provider now configured does not carry them; "
            "nothing was sent. Plan again with the settings you send with"
        )
        raise Refused(message)


def _run(delivery: Delivery, workers: int, watch: Watch, display: Display, *, wait: bool) -> None:
    def waits(seconds: float, why: Why) -> None:
        watch.logger.info("waits", seconds=round(seconds), why=why.value)
        display.waits(seconds, why)

    try:
        Local(step=delivery.step, workers=workers, wait=wait, on_progress=watch.progress, on_wait=waits).run()
    except BaseException as error:
        # The class alone: a message may name what a log must not.
        watch.logger.error("run stopped", error=type(error).__name__, **watch.pulse().as_json())  # noqa: TRY400
        raise
    watch.logger.info("run ends", **watch.pulse().as_json())


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """Says on standard error how a run goes: a bar on a terminal, JSON lines with --json, else only what matters."""

    as_json: bool
    progress: Progress
    task: TaskID

    def pulse(self, pulse: Pulse) -> None:
        """Show how far it is."""
        if self.as_json:
            self._line({"event": "progress", **pulse.as_json()})
        else:
            self.progress.update(self.task, completed=pulse.done, rate=f"{pulse.rate:.0f}/s")

    def missing(self, pulse: Pulse) -> None:
        """Say that the campaign will miss its date."""
        self._say(
            "will miss its date", f"this campaign will miss its date: at {pulse.rate:.1f}/s the last notice goes out "
            f"at {moment(pulse.eta)}; raise the rate (`notifier rate`), or publish a later effective date",
        )  # fmt: skip

    def waits(self, seconds: float, why: Why) -> None:
        """Say once that there is nothing to do now, and why."""
        words = {
            Why.PAUSED: "paused; `notifier resume` goes on, here, within seconds",
            Why.EARLY: f"waiting {seconds:.0f} s for the campaign's first moment",
            Why.LATER: (
                f"waiting {seconds:.0f} s for a retry, a reconcile window, a rate, quiet hours or another worker's "
                "lease (--no-wait leaves instead; a later send goes on)"
            ),
        }
        self._say(why.value, words[why])

    def _say(self, event: str, words: str) -> None:
        if self.as_json:
            self._line({"event": event, "message": words})
        else:
            click.echo(f"notifier: {words}", err=True)

    @staticmethod
    def _line(values: dict[str, Any]) -> None:
        click.echo(json.dumps(values, ensure_ascii=False), err=True)


@contextmanager
def _display(total: int, *, as_json: bool) -> Iterator[Display]:
    console = Console(stderr=True)
    columns = (
        TextColumn("sending"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True, disable=as_json or not console.is_terminal) as progress:
        yield Display(as_json=as_json, progress=progress, task=progress.add_task("sending", total=total, rate=""))


def warn(words: str) -> None:
    """Say on standard error what an operator should know."""
    click.echo(f"notifier: {words}", err=True)
