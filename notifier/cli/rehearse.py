"""`notifier rehearse`: plan, compose and deliver to files through a throw-away ledger; reaches nobody."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from notifier import campaign, moving
from notifier.channels import in_use, outbox
from notifier.channels.protocol import Kind
from notifier.cli import options, report, sending
from notifier.errors import InputError
from notifier.ledger import figures, open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from notifier.audience import Source
    from notifier.campaign import Plan
    from notifier.ledger.database import Database
    from notifier.ledger.figures import Figures
    from notifier.settings import Settings

#: Refused rows shown; the rejects file has all of them.
SHOWN = 20
REJECTS = "rejects.jsonl"


@click.command()
@options.bundle
@options.options(options.audience, options.as_of)
@click.option("--ledger", metavar="URL", help="Who was told before the date moved; it is read and not changed.")
@click.option("--output", type=click.Path(path_type=Path), help="Folder of the messages; default: outbox/rehearsal-….")
@options.options(options.as_json, options.config)
def rehearse(
    bundle_path: Path,
    source: Source,
    as_of: date | None,
    ledger: str | None,
    output: Path | None,
    config: Path | None,
    *,
    as_json: bool,
) -> None:
    """Rehearse the notices of BUNDLE (site/releases/<id>.json): the exact messages as files, and the figures.

    Nothing is sent, whatever provider is configured, and the ledger is thrown away afterwards. Of a release whose date
    moved, --ledger names the ledger by which holders were told: those get the short notice.
    """
    settings = options.load(config).without_providers()
    bundle = campaign.load_bundle(bundle_path)
    calendar = options.calendar(bundle, as_of, settings)
    campaign.needs_notice(bundle, calendar.today)
    target = output or settings.outbox / f"rehearsal-{bundle.document}-{bundle.release}"
    with _aside(target) as folder:
        settings = settings.model_copy(update={"outbox": folder})
        options.prove(options.composer(bundle, settings), set(in_use(settings)))
        request = campaign.Request(
            bundle=bundle,
            source=source,
            today=calendar.today,
            chosen=calendar.chosen,
            kinds=set(in_use(settings)),
            rejects=folder / REJECTS,
            all_refused=target.with_name(f"{target.name}-{REJECTS}"),
            limits=options.limits(settings),
        )
        told = options.opened(ledger) if ledger else None
        plan, counted, faults = _carry_out(request, settings, calendar.ahead(bundle), told)
    plan = replace(plan, rejects=target / REJECTS if plan.rejects else None)
    if as_json:
        report.one_object(_object(plan, counted, target))
    else:
        report.show_plan(plan, faults)
        _show_end(counted, target)


def _unhurried(settings: Settings) -> Settings:
    # Files need no rate and disturb nobody's night; the plan has reckoned with both.
    none = {f"{kind.value}_{what}": value for kind in Kind for what, value in (("rate", None), ("warm_up", ()))}
    return settings.model_copy(update=none | {"quiet_hours": None})


def _carry_out(
    request: campaign.Request, settings: Settings, ahead: int, told: Database | None
) -> tuple[Plan, Figures, list[Mapping[str, Any]]]:
    with tempfile.TemporaryDirectory(prefix="notifier-") as scratch:
        database = open_ledger(f"sqlite:///{scratch}/rehearsal.db", create=True)
        try:
            if told is not None:
                moving.carry(told, database, request.bundle)
            plan = campaign.plan(database, request, options.rules(settings), options.now())
            found = figures.campaign(database, plan.name)
            before = figures.count(database, found, options.rules(settings), options.milliseconds())
            # Files wait for no day: what is published next week is rehearsed today.
            ahead = max(ahead, found.control.not_before - options.milliseconds())
            counted = sending.run(database, found, request.bundle, _unhurried(settings), before, ahead=ahead)
            return plan, counted, figures.faults(database, plan.name, SHOWN)
        finally:
            database.close()


@contextmanager
def _aside(target: Path) -> Iterator[Path]:
    """Give a folder beside the target that takes its place, whole, at the end; the target stays if anything fails."""
    if target.exists() and not _ours(target):
        message = f"{target}: not empty, and not an outbox of ours; name another folder with --output"
        raise InputError(message)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        message = f"{target}: cannot be written: {error.strerror}; name another folder with --output"
        raise InputError(message) from error
    new, old = aside / "new", aside / "old"
    try:
        new.mkdir()
        yield new
        if target.exists():
            target.rename(old)
        new.rename(target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _ours(target: Path) -> bool:
    if not target.is_dir():
        return False
    return not any(target.iterdir()) or outbox.is_outbox(target)


def _object(plan: Plan, counted: Figures, target: Path) -> dict[str, object]:
    states = {state.name.lower(): number for state, number in sorted(counted.states.items())}
    sent = {"counts": report.lane_objects(counted), "states": states, "finished": counted.finished}
    return report.plan_object(plan) | sent | {"output": str(target), "index": str(target / outbox.INDEX)}


def _show_end(counted: Figures, target: Path) -> None:
    messages = sum(one.notices for one in counted.lanes if not one.follows)
    click.echo(f"{messages} messages for {counted.notices} notices written to files; nothing was sent to anyone.")
    click.echo(f"Open {target / outbox.INDEX}")
