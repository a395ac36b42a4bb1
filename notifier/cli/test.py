"""`notifier test`: one real message to oneself, through the provider in use; touches no ledger."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from notifier import audience, campaign, channels, tokens
from notifier.channels.protocol import Addressee, Batch, Kind, Result
from notifier.cli import options
from notifier.errors import InputError, ProviderError
from notifier.ledger.records import Lane

if TYPE_CHECKING:
    from pathlib import Path

    from notifier.channels.protocol import Answer
    from notifier.settings import Settings
    from policypress.bundle import Bundle

#: Days for which the links of a test message answer.
DAYS = 7


@click.command()
@options.bundle
@click.option("--to", required=True, metavar="ADDRESS", help="An address; for a push, a token or subscription JSON.")
@click.option("--locale", required=True, metavar="L", help="Language of the message.")
@click.option(
    "--kind", type=click.Choice([kind.value for kind in Kind]), default="email", show_default=True, help="What to send."
)
@options.config
def test(bundle_path: Path, to: str, locale: str, kind: str, config: Path | None) -> None:
    """Send one message of BUNDLE (site/releases/<id>.json) to yourself, exactly as holders will get it.

    Its links carry a token of no account. Nothing is planned or recorded.
    """
    settings, bundle = options.load(config), campaign.load_bundle(bundle_path)
    if locale not in bundle.locales:
        message = f"--locale {locale}: {bundle_path} has {', '.join(bundle.locales)}"
        raise InputError(message)
    name = channels.in_use(settings).get(Kind(kind))
    if name is None:
        message = (
            f"--kind {kind}: no provider that is configured carries it; docs/guides/operator.md lists the settings"
        )
        raise InputError(message)
    answer = _send(bundle, settings, name, Lane(kind=Kind(kind), locale=locale), _address(to, Kind(kind)))
    if answer.outcomes[0].result is not Result.ACCEPTED:
        why = answer.stop or f"{answer.outcomes[0].result}: {answer.outcomes[0].reason}"
        message = f"{name} did not take the message: {why}"
        raise ProviderError(message)
    where = f" in {settings.outbox}, no provider is configured" if name == channels.outbox.NAME else ""
    click.echo(f"Taken over by {name}{where}.")


def _address(to: str, kind: Kind) -> str:
    try:
        return audience.address(to) if kind is Kind.EMAIL else to
    except ValueError as error:
        message = f"--to {to}: {error}"
        raise InputError(message) from None


def _send(bundle: Bundle, settings: Settings, name: str, lane: Lane, to: str) -> Answer:
    content = options.composer(bundle, settings).content(lane)
    token = ""
    if settings.serve_url and settings.secret_key:
        nobody = tokens.NoticeId(campaign=0, holder=0, channel=lane.kind.number)
        key, expires = settings.secret_key.get_secret_value().encode(), options.now().date() + timedelta(days=DAYS)
        token = tokens.sign(key, nobody, purpose="consent", expires=expires)
    # A new id each time: a mailbox may hide a message that it has by its Message-ID.
    addressee = Addressee(notice=f"test{secrets.token_hex(8)}", address=to, token=token)
    channel = channels.CHANNELS[name].open_channel(settings)
    try:
        return channel.send(Batch(campaign="test", attempt="0", content=content, addressees=(addressee,)))
    finally:
        channel.close()
