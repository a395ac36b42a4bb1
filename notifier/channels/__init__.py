"""The providers behind one protocol, and which of them carries what; knows no holder list and no ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from notifier.channels import fcm, outbox, sendgrid, smtp, webpush
from notifier.channels.spread import over_processes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from notifier.channels.protocol import Channel, Kind
    from notifier.settings import Settings


class Provider(NamedTuple):
    """A channel as the registry knows it."""

    #: What it can carry.
    kinds: frozenset[Kind]
    #: Opens it; InputError if its settings or libraries are not whole.
    open_channel: Callable[[Settings], Channel]
    #: Whether its credentials are set.
    configured: Callable[[Settings], bool]
    #: Whether nothing can leave this machine through it.
    harmless: Callable[[Settings], bool]


#: Every channel by name. A new provider is one file and one line here.
CHANNELS: Mapping[str, Provider] = {
    outbox.NAME: Provider(outbox.KINDS, outbox.open_channel, lambda _: False, lambda _: True),
    sendgrid.NAME: Provider(sendgrid.KINDS, sendgrid.open_channel, sendgrid.configured, sendgrid.harmless),
    smtp.NAME: Provider(smtp.KINDS, smtp.open_channel, smtp.configured, smtp.harmless),
    fcm.NAME: Provider(fcm.KINDS, over_processes(fcm.open_channel), fcm.configured, fcm.harmless),
    webpush.NAME: Provider(webpush.KINDS, over_processes(webpush.open_channel), webpush.configured, webpush.harmless),
}


def in_use(settings: Settings) -> dict[Kind, str]:
    """Return the name of the channel for each kind of notice that can be sent.

    A provider is in use when its credentials are set; the outbox carries every kind when none is.
    """
    names = [name for name, provider in CHANNELS.items() if provider.configured(settings)]
    return {kind: name for name in names or [outbox.NAME] for kind in sorted(CHANNELS[name].kinds)}


def rehearses(settings: Settings) -> bool:
    """Return whether nothing can leave this machine: the outbox, or providers on loopback."""
    return all(CHANNELS[name].harmless(settings) for name in in_use(settings).values())
