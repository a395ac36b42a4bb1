"""Format 3: what was planned as a whole and who approved it; what a restored ledger does not know."""

from __future__ import annotations

from notifier.ledger.migrating import run

revision = "3"
down_revision = "2"


def upgrade() -> None:
    """Change the tables."""
    run("format_3.sql")
