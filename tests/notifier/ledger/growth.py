"""A ledger in PostgreSQL of any size, and how many pages a statement of the loop touches in it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import psycopg

from notifier.ledger import open_ledger
from notifier.ledger.postgres import WORDS, translate
from notifier.ledger.records import State
from notifier.ledger.statements import statements, worded

if TYPE_CHECKING:
    from collections.abc import Mapping

#: A shard in the middle, of which one holder in a hundred was refused.
SHARD = 3
#: Holders of one shard.
EACH = 1000
#: One holder in ten has a push in reserve; those wait in shards of their own.
ROWS = """
INSERT INTO campaign (name, bundle, digest, audience, planned_at, first_day, last_day, deadline, lead_days)
VALUES ('a/b', '', '', '', 0, '', '', 0, 0);
INSERT INTO holder SELECT 1, g, 'a' || g, g, 'KZ', 'en', 'asked', NULL FROM generate_series(1, {holders}) g;
INSERT INTO contact SELECT 1, g, 1, 'someone' || g || '@example.org', 0 FROM generate_series(1, {holders}) g;
INSERT INTO contact SELECT 1, g, 2, 'token' || g, 0 FROM generate_series(1, {holders}, 10) g;
INSERT INTO notice (campaign, holder, channel, shard, leader, state, at, tries, attempt)
SELECT 1, g, 1, 1 + (g - 1) / {each}, 0, CASE WHEN g % 100 = 1 THEN {invalid} ELSE {accepted} END, 0, 0, 1 + (g - 1) / {each}
FROM generate_series(1, {holders}) g;
INSERT INTO notice (campaign, holder, channel, shard, leader, state, at, tries, attempt)
SELECT 1, g, 2, {holders} / {each} + 1 + (g - 1) / 10 / {each}, 0, {reserved}, 0, 0, 0
FROM generate_series(1, {holders}, 10) g;
INSERT INTO shard (campaign, id, channel, locale, guardian, ready_at, epoch, zone, deadline)
SELECT 1, g, CASE WHEN g <= {holders} / {each} THEN 1 ELSE 2 END, 'en', 0, 0, 1, '', 0
FROM generate_series(1, {holders} / {each} + 1 + {holders} / 10 / {each}) g;
INSERT INTO attempt (campaign, shard, epoch, provider, content, copies, started_at)
SELECT 1, g, 1, 's', 'd', {each}, 0 FROM generate_series(1, {holders} / {each}) g;
INSERT INTO report (source, received_at, digest, encoding, body, signed_at, signature, settled_at)
SELECT 'sendgrid', 0, 'd' || g, 'utf-8', '[]', '', '', CASE WHEN g <= {holders} / 10 - 50 THEN 0 END
FROM generate_series(1, {holders} / 10) g;
"""

_STATES = {state.name.lower(): state.value for state in State}
_FIRST = (SHARD - 1) * EACH + 1
_HOLDERS = range(_FIRST, _FIRST + 100)
#: What the parameters are called, whichever the statement.
_VALUES: Mapping[str, Any] = {
    **_STATES, "campaign": 1, "channel": 1, "shard": SHARD, "epoch": 1, "now": 10, "until": 20, "id": 10**9, "holder": _FIRST,
    "attempt": SHARD, "limit": 1000, "tries": 2, "held": 9, "settled_before": 0, "window": 1, "not_before": 0, "at": 1,
    "unknowns": 0, "failed": 0, "state": State.SUPPRESSED.value, "reason": "r", "address": "x", "provider_id": "m",
    "provider": "s", "content": "d", "copies": 1, "free_at": 0, "began": 0, "day": 0, "used": 0, "failures": 0,
    "per_second": 1,
}  # fmt: skip
#: Rows told by name of the statement, and numbers.
_ROWS: Mapping[str, Any] = {
    "standings": [(1, holder, 1) for holder in _HOLDERS],
    "shards_hold": [(1, SHARD), (1, SHARD + 1)],
    "lift": [(1, holder, 1, State.ACCEPTED.value, State.DELIVERED.value, 9) for holder in _HOLDERS],
    "lift_followers": [(1, holder, 1, State.ACCEPTED.value, State.DELIVERED.value, 9) for holder in _HOLDERS],
    "events_put": [
        ("sendgrid", f"k{holder}", 1, holder, 1, SHARD, "open", None, 0, 9, "", 1, holder) for holder in _HOLDERS
    ],
}
_NUMBERS: Mapping[str, Any] = {"intend": list(_HOLDERS), "attempts_shard": [1, 2, SHARD]}


def fill(url: str, holders: int) -> None:
    """Make a ledger of so many holders, all of one campaign that was sent."""
    open_ledger(url, create=True).close()
    with psycopg.connect(url, autocommit=True) as connection:
        for sql in ROWS.format(holders=holders, each=EACH, **_STATES).split(";\n"):
            connection.execute(sql)  # type: ignore[call-overload]
        connection.execute("VACUUM ANALYZE")


def pages(url: str, name: str) -> int:
    """Return how many pages of tables and indexes a statement touches; what it changes is taken back.

    By the way that large tables leave it: a small one would be read whole.
    """
    values = {**_VALUES, "rows": json.dumps(_ROWS.get(name, [])), "numbers": json.dumps(_NUMBERS.get(name, [1, 2, 3]))}
    given: list[str] = []

    def one(found: re.Match[str]) -> str:
        if found[1] not in given:
            given.append(found[1])
        return f"${given.index(found[1]) + 1}"

    sql = re.sub(r"%\(([a-z_]+)\)s", one, translate(worded(statements()[name], WORDS))).replace("%%", "%")
    listed = ", ".join(f"'{values[key]}'" if isinstance(values[key], str) else str(values[key]) for key in given)
    with psycopg.connect(url) as connection, connection.transaction(force_rollback=True):
        for setting in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin"):
            connection.execute(f"SET LOCAL {setting} = off")  # type: ignore[call-overload]
        connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        connection.execute(f"PREPARE asked AS {sql}")  # type: ignore[call-overload]
        execute = f"EXECUTE asked({listed})" if given else "EXECUTE asked"
        answer = connection.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {execute}").fetchone()  # type: ignore[call-overload]
        connection.execute("DEALLOCATE asked")
    plan = answer[0][0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
