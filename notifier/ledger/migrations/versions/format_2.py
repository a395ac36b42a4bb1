"""Format 2: lead times by country, moved dates, evidence, events, answers, subscribers."""

from __future__ import annotations

from notifier.ledger.migrating import run

revision = "2"
down_revision = "1"


def upgrade() -> None:
    """Change the tables."""
    run("format_2.sql")
