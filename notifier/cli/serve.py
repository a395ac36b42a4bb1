"""`notifier serve`: takes provider events in, shows consent pages, answers apps; sends nothing."""

from __future__ import annotations

import contextlib
import os
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from notifier import channels
from notifier.cli import evidence, options
from notifier.errors import InputError, Refused
from notifier.evidence.keeping import Keeper
from notifier.watch import log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date, datetime
    from pathlib import Path
    from socket import socket
    from typing import Any

    from notifier.events.signature import Verifier
    from notifier.ledger.database import Database
    from notifier.ledger.events import Settled
    from notifier.settings import Settings


@click.command()
@options.options(options.ledger)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="Port; 0: any free one.")
@click.option("--settle/--no-settle", default=True, help="Settle events here, or leave that to `notifier settle`.")
@options.options(options.as_of, options.config)
def serve(ledger: str | None, host: str, port: int, as_of: date | None, config: Path | None, *, settle: bool) -> None:
    """Serve provider events, consent pages, the API for apps and push subscriptions.

    What is served follows from the settings: NOTIFIER_SECRET_KEY opens the pages, NOTIFIER_API_KEY the API,
    NOTIFIER_SENDGRID_WEBHOOK_KEY the webhook, NOTIFIER_VAPID_KEY the subscriptions. Put a proxy with TLS before it.
    """
    settings = options.load(config, ledger)
    try:
        from notifier.events import settling  # noqa: PLC0415 - an extra
        from notifier.serve import app, office, run  # noqa: PLC0415 - the same
    except ImportError as error:
        message = f"serving needs {error.name}: pip install 'policypress[serve]'"
        raise InputError(message) from error
    now = _now(as_of, settings)
    verifier, push_key = _verifier(settings), _push_key(settings)
    _say_what(settings)
    database = options.opened(settings.ledger, create=True)
    try:
        with log(settings.log, "serve") as logger:
            settler = settling.Settler(
                database=database, clock=options.milliseconds, key=options.key(settings), on_settled=lambda one: _settled(logger, one),
                on_failure=lambda error: logger.error("ledger cannot be used", error=type(error).__name__),
            ) if settle else None  # fmt: skip
            opened = office.open_office(
                database, settings, verifier=verifier, push_key=push_key, now=now, clock=options.milliseconds,
                settler=settler,
            )  # fmt: skip
            secure = (settings.serve_url or "").startswith("https://")
            asgi = app.make_app(opened, secure=secure, on_error=lambda name: logger.error("request failed", error=name))
            server = run.server(asgi, host, port, settings.proxies)
            with _listening(run.listen, server) as listening, _sealing(database, settings, logger):
                click.echo(f"Listening at http://{host}:{listening.getsockname()[1]}/, until interrupted.")
                _run(server, listening)
    except Refused:
        database.discard_if_new()
        raise


@contextlib.contextmanager
def _sealing(database: Database, settings: Settings, logger: Any) -> Iterator[None]:
    """Seal and sign meanwhile, where a key is set: what comes in after the sending is sealed within the hour."""
    if settings.signing_key is None or not settings.seal_seconds:
        yield
        return
    keeper = Keeper(
        seconds=settings.seal_seconds,
        do=lambda: evidence.seal_all(
            database, settings,
            lambda name, done: logger.info("sealed", campaign=name, segments=done.segments, signed=bool(done.checkpoint)),
        ),
        on_failure=lambda error: logger.error("sealing failed", error=type(error).__name__),
    )  # fmt: skip
    keeper.start()
    try:
        yield
    finally:
        keeper.stop()


def _run(server: Any, listening: socket) -> None:
    """Run until told to stop; being told is no failure."""
    # The server handles both signals itself, and raises them again when it has ended.
    options.stop_politely()
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listening])


def _listening(listen: Callable[[Any], socket], server: Any) -> socket:
    try:
        return listen(server)
    except (OSError, OverflowError) as error:
        why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else error
        message = f"{server.config.host}:{server.config.port} cannot be listened at: {why}; see --host and --port"
        raise Refused(message) from None


def _now(as_of: date | None, settings: Settings) -> Callable[[], datetime]:
    if as_of is None:
        return options.now
    if not channels.rehearses(settings):
        message = f"--as-of {as_of}: a chosen day is for rehearsals, and a provider is configured that reaches people"
        raise InputError(message)
    ahead = as_of - options.now().date()
    return lambda: options.now() + timedelta(days=ahead.days)


def _verifier(settings: Settings) -> Verifier | None:
    if not settings.sendgrid_webhook_key:
        return None
    from notifier.events import signature  # noqa: PLC0415 - an extra

    return signature.verifier(settings.sendgrid_webhook_key)


def _push_key(settings: Settings) -> str:
    if settings.vapid_key is None:
        return ""
    from notifier.channels import webpush  # noqa: PLC0415 - an extra

    return webpush.public_key(settings)


def _say_what(settings: Settings) -> None:
    parts = {
        "consent pages": (settings.secret_key, "NOTIFIER_SECRET_KEY"),
        "the API": (settings.api_key, "NOTIFIER_API_KEY"),
        "SendGrid's events": (settings.sendgrid_webhook_key, "NOTIFIER_SENDGRID_WEBHOOK_KEY"),
        "push subscriptions": (settings.vapid_key, "NOTIFIER_VAPID_KEY"),
    }
    for part, (value, name) in parts.items():
        if not value:
            click.echo(f"notifier: {part}: not served, {name} is not set", err=True)


def _settled(logger: Any, one: Settled) -> None:
    logger.info(
        "settled", reports=one.reports, new=one.new, known=one.known, foreign=one.foreign, unreadable=one.unreadable,
        called_up=one.called_up, **{state.name.lower(): number for state, number in one.lifted.items()},
    )  # fmt: skip
