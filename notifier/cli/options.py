"""Options and preparations that commands share; decides nothing."""

from __future__ import annotations

import getpass
import os
import signal
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from notifier import campaign, channels
from notifier import settings as settings_
from notifier.audience import parse
from notifier.channels.protocol import Kind
from notifier.compose import Composer
from notifier.consent import pages
from notifier.errors import InputError
from notifier.ledger import open_ledger, path_of
from notifier.ledger.records import Lane, Rules
from notifier.pace import DAY_MS, Pace

if TYPE_CHECKING:
    from collections.abc import Callable

    from notifier.ledger.database import Database
    from notifier.settings import Settings
    from policypress.bundle import Bundle

#: A request of unknown outcome is repeated once; the second time it is left alone.
TRIES = {"resend": 2, "hold": 0}

config = click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="NOTIFIER_CONFIG",
    help="Settings; default: NOTIFIER_CONFIG, or pyproject.toml.",
)
ledger = click.option(
    "--ledger",
    metavar="URL",
    help="sqlite:///FILE or postgresql://USER@HOST/DATABASE; default: NOTIFIER_LEDGER or notifier.sqlite.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
bundle = click.argument("bundle_path", metavar="BUNDLE", type=click.Path(path_type=Path))


def audience(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command where its holders come from, as `source`; InputError if the options do not belong together."""

    @click.option(
        "--audience",
        "location",
        required=True,
        envvar="NOTIFIER_AUDIENCE",
        metavar="FILE|URL",
        help="Account holders: a CSV, JSON Lines or Parquet file, or a database; NOTIFIER_AUDIENCE hides its password.",
    )
    @click.option("--query", default="", metavar="SELECT", help="What selects the holders of a database.")
    @click.option("--columns", "mapping", default="", metavar="OURS=THEIRS,…", help="account_id=id,email=mail")
    @wraps(command)
    def with_source(*args: Any, location: str, query: str, mapping: str, **others: Any) -> Any:
        return command(*args, source=parse(location, query, mapping), **others)

    return with_source


def day(value: str) -> date:
    """Return a calendar day; a usage error if the option is none."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        message = f"{value!r} is no date; write YYYY-MM-DD"
        raise click.BadParameter(message) from None


as_of = click.option(
    "--as-of",
    type=day,
    metavar="DATE",
    help="Make calendar decisions for this day instead of today; for rehearsals only.",
)


def _person(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str:
    """Return who runs a command: as they name themselves, else the user of this machine; empty if it has no name."""
    longest = 200
    if value is None:
        try:
            return getpass.getuser()
        except (OSError, KeyError):
            return ""
    if not value.strip() or not value.isprintable() or len(value) > longest:
        message = f"write a name or an address, up to {longest} letters"
        raise click.BadParameter(message)
    return value.strip()


by = click.option(
    "--by",
    envvar="NOTIFIER_BY",
    metavar="NAME",
    callback=_person,
    help="Who you are: a name or an e-mail address; it is recorded. Default: NOTIFIER_BY, or the user of this machine.",
)


def load(config_path: Path | None, ledger_url: str | None = None) -> Settings:
    """Return the settings, the ledger overridden by the option."""
    loaded = settings_.load(config_path, os.environ)
    return loaded.model_copy(update={"ledger": ledger_url}) if ledger_url else loaded


def opened(url: str, *, create: bool = False) -> Database:
    """Return the ledger at a URL; its connections are closed when the command ends."""
    database = open_ledger(url, create=create)
    click.get_current_context().call_on_close(database.close)
    return database


def witness(settings: Settings) -> Path | None:
    """Return where each request is noted apart from the ledger: as set, else beside a ledger that is a file."""
    file = path_of(settings.ledger)
    return settings.witness or (file.with_name(f"{file.name}.witness") if file else None)


def rules(settings: Settings) -> Rules:
    """Return the loop's rules in milliseconds."""
    return Rules(
        lease=settings.lease_seconds * 1000,
        reconcile=settings.reconcile_seconds * 1000,
        tries=TRIES[settings.on_unknown],
        most=settings.most_tries,
    )


def limits(settings: Settings) -> campaign.Limits:
    """Return what the operator allows each channel."""
    paces = {
        Kind.EMAIL: Pace(per_second=settings.email_rate, warm_up=settings.email_warm_up),
        Kind.FCM: Pace(per_second=settings.fcm_rate, warm_up=settings.fcm_warm_up),
        Kind.WEBPUSH: Pace(per_second=settings.webpush_rate, warm_up=settings.webpush_warm_up),
    }
    return campaign.Limits(paces=paces, quiet=settings.quiet_hours, reserve=settings.push == "escalate")


def key(settings: Settings) -> bytes:
    """Return what signs links and return addresses; empty where it is not set."""
    return settings.secret_key.get_secret_value().encode() if settings.secret_key else b""


def now() -> datetime:
    """Return this instant, aware."""
    return datetime.now(UTC)


def milliseconds() -> int:
    """Return this instant in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The day that calendar decisions are made for."""

    today: date
    #: Chosen with --as-of.
    chosen: bool

    def ahead(self, bundle: Bundle) -> int:
        """Return the milliseconds by which the chosen day is ahead of the real one."""
        return (self.today - campaign.today_of(bundle, now())).days * DAY_MS if self.chosen else 0


def calendar(bundle: Bundle, chosen: date | None, settings: Settings) -> Calendar:
    """Return the chosen day, or today where the policy is published; InputError if choosing could reach people."""
    if chosen is None:
        return Calendar(today=campaign.today_of(bundle, now()), chosen=False)
    if not channels.rehearses(settings):
        message = (
            f"--as-of {chosen}: a chosen day is for rehearsals, and a provider is configured that reaches people; "
            "unset its credentials, or leave --as-of out"
        )
        raise InputError(message)
    return Calendar(today=chosen, chosen=True)


def composer(bundle: Bundle, settings: Settings) -> Composer:
    """Return the composer; InputError if links are asked for that could not be signed."""
    if settings.serve_url and not settings.secret_key:
        message = "NOTIFIER_SERVE_URL is set, so links are signed: set NOTIFIER_SECRET_KEY (at least 32 characters) too"
        raise InputError(message)
    return Composer(bundle=bundle, sender=settings.sender, serve_url=settings.serve_url or "")


def prove(composer: Composer, kinds: set[Kind]) -> None:
    """Compose everything that could be sent, and the pages it leads to, before anything is planned."""
    if composer.serve_url and composer.bundle.consent:
        pages.prove(composer.bundle)
    guardian = {Kind.EMAIL: (False, True)}
    bundle = composer.bundle
    # Of what is withdrawn nobody is told the whole; of a date that moved, whoever was not told before.
    news = (True,) if bundle.withdrawn else (False, True) if bundle.moved else (False,)
    composer.prove(
        [
            Lane(kind=kind, locale=locale, guardian=to_guardian, news=short)
            for kind in sorted(kinds)
            for locale in bundle.locales
            for to_guardian in guardian.get(kind, (False,))
            for short in news
        ]
    )


def stop_politely() -> None:
    """Treat SIGTERM as Ctrl-C: what is under way is ended and recorded, and nothing is left in doubt."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def options(*decorators: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return one decorator of several, in the order in which --help shall list them."""

    def apply(command: Any) -> Any:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return apply
