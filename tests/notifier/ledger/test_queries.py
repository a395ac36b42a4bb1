"""Tests that no statement of the loop reads a table from end to end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from notifier.ledger.statements import blocks

if TYPE_CHECKING:
    from notifier.ledger.sqlite import Database

#: What runs once a request or oftener, whatever the size of the ledger.
HOT = (
    "campaign_control", "campaign_attempted", "next_ready", "claim", "fence", "orphans_trail", "orphans", "resend",
    "ready", "attempt_put", "intend", "intend_followers", "attempt_end", "outcome", "outcome_followers", "accept",
    "release", "suppression_any", "suppression_get", "suppress", "suppress_followers", "dismiss", "dismiss_trail",
    "dismiss_unknown", "reserves", "call_up", "shard_last", "shard_like", "pace_lock", "pace_put", "recent_attempts",
)  # fmt: skip


@pytest.mark.parametrize("name", HOT)
def test_a_statement_of_the_loop_searches_by_an_index(ledger: Database, name: str) -> None:
    """Its cost does not grow with the table."""
    sql = blocks("queries.sql")[name].replace("{lock}", "")
    values = dict.fromkeys(re.findall(r":([a-z_]+)", sql), 1)
    plan = [row["detail"] for row in ledger._connection().execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert [] == [step for step in plan if step.startswith("SCAN") and "CONSTANT ROW" not in step]
