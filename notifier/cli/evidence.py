"""What the commands of evidence share: the key, sealing, and where checkpoints go; decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notifier.cli import options
from notifier.evidence import publishing
from notifier.evidence.sealing import Sealed, Sealer, sign, unsigned
from notifier.evidence.signing import Signer
from notifier.ledger import figures

if TYPE_CHECKING:
    from collections.abc import Callable

    from notifier.ledger.database import Database
    from notifier.ledger.records import Campaign
    from notifier.settings import Settings


def signer(settings: Settings) -> Signer | None:
    """Return what signs, or None where no key is set."""
    return Signer(settings.signing_key.get_secret_value()) if settings.signing_key else None


def seal(database: Database, campaign: Campaign, settings: Settings) -> Sealed:
    """Seal what is settled, sign, and put the checkpoint where the settings want it."""
    sealer = Sealer(database=database, campaign=campaign, clock=options.milliseconds)
    segments, leaves = sealer.seal()
    return Sealed(segments=segments, leaves=leaves, checkpoint=_sign(sealer, settings))


def seal_all(database: Database, settings: Settings, on_sealed: Callable[[str, Sealed], None]) -> None:
    """Seal and sign what is new in every campaign; where nothing is, the ledger is only read."""
    with database.reading() as work:
        names = [row["name"] for row in work.all("campaign_names")]
    for name in names:
        campaign = figures.campaign(database, name)
        sealer = Sealer(database=database, campaign=campaign, clock=options.milliseconds)
        segments, leaves = sealer.seal()
        checkpoint = _sign(sealer, settings) if unsigned(database, campaign) else None
        if segments or checkpoint:
            on_sealed(name, Sealed(segments=segments, leaves=leaves, checkpoint=checkpoint))


def _sign(sealer: Sealer, settings: Settings) -> str | None:
    signing = signer(settings)
    checkpoint = sign(sealer, signing, options.rules(settings)) if signing else None
    if checkpoint and settings.checkpoints:
        publishing.publish(settings.checkpoints, checkpoint, commit=settings.checkpoints_commit)
    return checkpoint
