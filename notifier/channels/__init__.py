"""The providers behind one protocol, and which of them carries what; knows no holder list and no ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notifier.channels import outbox, sendgrid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from notifier.channels.protocol import Channel, Kind
    from notifier.settings import Settings

#: Every channel by name: what it can carry and how it is opened. A new provider is one file and one line here.
CHANNELS: Mapping[str, tuple[frozenset[Kind], Callable[[Settings], Channel]]] = {
    outbox.NAME: (outbox.KINDS, outbox.open_channel),
    sendgrid.NAME: (sendgrid.KINDS, sendgrid.open_channel),
}


def in_use(settings: Settings) -> dict[Kind, str]:
    """Return the name of the channel for each kind of notice that can be sent.

    A provider is in use when its credentials are set; the outbox carries every kind when none is.
    """
    names = [sendgrid.NAME] if settings.sendgrid_api_key else []
    return {kind: name for name in names or [outbox.NAME] for kind in sorted(CHANNELS[name][0])}


def rehearses(settings: Settings) -> bool:
    """Return whether nothing can leave this machine: the outbox, or providers on loopback."""
    return sendgrid.NAME not in in_use(settings).values() or sendgrid.on_loopback(settings)
