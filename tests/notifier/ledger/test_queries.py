"""Tests that no statement of the loop reads a table from end to end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import psycopg
import pytest

from notifier.ledger import open_ledger, sqlite
from notifier.ledger.postgres import WORDS, translate
from notifier.ledger.statements import statements, worded

if TYPE_CHECKING:
    from notifier.ledger.database import Database
    from tests.notifier.postgres import Server

#: What runs once a request or oftener, whatever the size of the ledger.
HOT = (
    "campaign_control", "campaign_attempted", "next_ready", "claim", "fence", "orphans_trail", "orphans", "resend",
    "ready", "attempt_put", "intend", "intend_followers", "attempt_end", "outcome", "outcome_followers", "accept",
    "release", "suppression_any", "suppression_get", "suppress", "suppress_followers", "dismiss", "dismiss_trail",
    "dismiss_unknown", "reserves", "call_up", "shard_last", "shard_like", "pace_lock", "pace_put", "recent_attempts",
    "reports_next", "reports_get", "reports_settled", "standings", "attempts_shard", "shards_hold", "events_put", "lift",
    "lift_followers", "shard_settled",
)  # fmt: skip
#: A step that reads what the statement brings along, or an index of what waits alone.
SMALL = re.compile("CONSTANT ROW|json_each VIRTUAL TABLE|report_waiting")
#: A step of SQLite's that reads all that a campaign has in a table of a row a holder.
LARGE = re.compile(r"SEARCH (holder|contact|notice|lead|mail|person)\b.* \(campaign=\?\)$")


@pytest.mark.parametrize("name", HOT)
def test_a_statement_of_the_loop_searches_by_an_index(sqlite_ledger: Database, name: str) -> None:
    """Its cost does not grow with the table."""
    sql = worded(statements()[name], sqlite.WORDS)
    values = dict.fromkeys(re.findall(r":([a-z_]+)", sql), 1)
    plan = [row["detail"] for row in sqlite_ledger._connection().execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert [] == [step for step in plan if step.startswith("SCAN") and not SMALL.search(step)]
    assert [] == [step for step in plan if LARGE.search(step)]


def test_a_plan_leaves_the_planner_what_it_knew(sqlite_ledger: Database) -> None:
    """Its indexes are made anew after a load, and a shard is still found by its own."""
    before = _known(sqlite_ledger)
    with sqlite_ledger.transaction() as work:
        work.unindex("notice_shard")
        assert work.index("notice_shard")
    assert before == _known(sqlite_ledger)


def test_the_planner_is_told_of_every_index_of_a_campaign(sqlite_ledger: Database) -> None:
    """A new table of theirs must be described: the planner takes a campaign to have ten rows otherwise."""
    rows = sqlite_ledger._connection().execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql LIKE '%(campaign, %'"
    )
    assert set() == {row["name"] for row in rows} - {index for _, index, _ in _known(sqlite_ledger)}


def _known(ledger: Database) -> set[tuple[str, str, str]]:
    return set(map(tuple, ledger._connection().execute("SELECT tbl, idx, stat FROM sqlite_stat1")))


def test_postgresql_searches_by_an_index_too(postgres: Server) -> None:
    """Where it may choose, it never reads a table from end to end for what runs once a request."""
    url = postgres.fresh()
    open_ledger(url, create=True).close()
    assert {} == {name: plan for name in HOT if "Seq Scan" in (plan := _plan(url, name))}


def _plan(url: str, name: str) -> str:
    """Return how it is carried out where nothing of the values is known, as for a statement prepared once."""
    sql = worded(statements()[name], WORDS)
    given = list(dict.fromkeys(re.findall(r":([a-z_]+)", sql)))
    for at, parameter in enumerate(given):
        sql = re.sub(rf":{parameter}\b", f"${at + 1}", sql)
    values = f"({', '.join(['NULL'] * len(given))})" if given else ""
    with psycopg.connect(url) as connection:
        connection.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
        connection.execute(f"PREPARE asked AS {sql}")
        return "\n".join(row[0] for row in connection.execute(f"EXPLAIN EXECUTE asked{values}"))


def test_what_looks_like_a_parameter_in_quotes_is_none() -> None:
    """Remarks, casts and texts stay as they are; a per cent sign is doubled for the driver."""
    sql = "SELECT ':a', x::int, y % 2 -- :b\nWHERE z = :c"
    assert "SELECT ':a', x::int, y %% 2 -- :b\nWHERE z = %(c)s" == translate(sql)


def test_a_plan_shows_the_planner_what_it_loaded(postgres: Server) -> None:
    """Within the transaction that fills a table: otherwise it is taken for empty, and read whole for each row of another."""
    database = open_ledger(postgres.fresh(), create=True)
    with database.transaction() as work:
        work.stage()
        work.many("stage_maybe", [{"address": f"a{number}"} for number in range(500)])
        work.look_at("maybe")
        asked = "SELECT reltuples FROM pg_class WHERE oid = 'maybe'::regclass"
        assert 500 == work._connection.execute(asked).fetchone()["reltuples"]
    database.close()
