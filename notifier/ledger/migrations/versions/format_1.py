"""Format 1: where migrations begin; nothing older is known."""

from __future__ import annotations

revision = "1"
down_revision = None


def upgrade() -> None:
    """Nothing: a ledger is never older."""
