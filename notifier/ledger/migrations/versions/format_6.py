"""Format 6: answers question by question."""

from __future__ import annotations

from notifier.ledger.migrating import run

revision = "6"
down_revision = "5"


def upgrade() -> None:
    """Change the tables."""
    run("format_6.sql")
