"""Format 4: workers, and campaigns that are handed over to them."""

from __future__ import annotations

from notifier.ledger.migrating import run

revision = "4"
down_revision = "3"


def upgrade() -> None:
    """Change the tables."""
    run("format_4.sql")
