"""How often a client or a link may come, counted once for all processes that serve; knows no request."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from notifier.ledger.database import Database

#: Microseconds.
MINUTE = 60_000_000


class Spending(NamedTuple):
    """One of so many a minute, under a key that names nobody."""

    key: str
    per_minute: int


def spend(database: Database, wanted: Iterable[Spending], now: int) -> bool:
    """Spend one of each, in turn; False at the first of which nothing is left. `now`: milliseconds since the epoch."""
    with database.transaction() as work:
        return all(work.run("allowance_spend", **_values(one, now * 1000)) for one in wanted)


def forget(database: Database, now: int) -> None:
    """Remove what says nothing any more."""
    with database.transaction() as work:
        work.run("allowances_over", now=now * 1000)


def _values(one: Spending, now: int) -> dict[str, str | int]:
    each = MINUTE // one.per_minute
    return {"key": one.key, "now": now, "each": each, "latest": now + MINUTE - each}
