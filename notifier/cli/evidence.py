"""What the commands of evidence share: the key, sealing, and where checkpoints go; decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notifier.cli import options
from notifier.evidence import publishing
from notifier.evidence.sealing import Sealed, Sealer, sign
from notifier.evidence.signing import Signer

if TYPE_CHECKING:
    from notifier.ledger.database import Database
    from notifier.ledger.records import Campaign
    from notifier.settings import Settings


def signer(settings: Settings) -> Signer | None:
    """Return what signs, or None where no key is set."""
    return Signer(settings.signing_key.get_secret_value()) if settings.signing_key else None


def seal(database: Database, campaign: Campaign, settings: Settings) -> Sealed:
    """Seal what is settled, sign, and put the checkpoint where the settings want it."""
    signing = signer(settings)
    sealer = Sealer(database=database, campaign=campaign, clock=options.milliseconds)
    segments, leaves = sealer.seal()
    checkpoint = sign(sealer, signing, options.rules(settings)) if signing else None
    if checkpoint and settings.checkpoints:
        publishing.publish(settings.checkpoints, checkpoint, commit=settings.checkpoints_commit)
    return Sealed(segments=segments, leaves=leaves, checkpoint=checkpoint)
