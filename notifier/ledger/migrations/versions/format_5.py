"""Format 5: how often clients may come, counted by all who serve."""

from __future__ import annotations

from notifier.ledger.migrating import run

revision = "5"
down_revision = "4"


def upgrade() -> None:
    """Change the tables."""
    run("format_5.sql")
