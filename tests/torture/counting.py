"""What a provider took, held against what the ledger says of it; knows neither the database nor the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from notifier.ledger.records import State

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

#: Addresses whose notice nobody can vouch for, and (address, attempt) of requests whose outcome was unknown.
HELD = (
    "SELECT address FROM notice JOIN contact USING (campaign, holder, channel) "
    f"WHERE state = {State.UNKNOWN.value}"
)  # fmt: skip
DOUBTED = (
    "SELECT address, attempt FROM trail JOIN contact USING (campaign, holder, channel) "
    f"WHERE trail.state = {State.UNKNOWN.value}"
)
STATES = "SELECT state, COUNT(*) FROM notice GROUP BY state"


def count(
    holders: int,
    taken: Mapping[str, Sequence[int]],
    *,
    states: Mapping[int, int],
    held: Collection[str],
    doubted: Collection[tuple[str, int]],
) -> dict[str, Any]:
    """Return the figures of a promise; `taken` are the attempts that the provider saw, by address."""
    everyone = {f"holder{number}@example.org" for number in range(holders)}
    twice = {address: attempts for address, attempts in taken.items() if len(attempts) > 1}
    return {
        "told": len(taken),
        "states": {State(state).name.lower(): number for state, number in states.items()},
        #: Neither told nor listed as unknown.
        "lost": len(everyone - set(taken) - set(held)),
        #: Not told, and listed as unknown: the process died twice before their request left.
        "listed_untold": len((everyone - set(taken)) & set(held)),
        #: Told, and no account holder at all.
        "strangers": len(set(taken) - everyone),
        "held": len(held),
        "unknown_requests": len({attempt for _, attempt in doubted}),
        "told_twice": len(twice),
        "told_more_often": sum(len(attempts) > 2 for attempts in twice.values()),
        #: Told again although the request before had a known outcome.
        "told_twice_without_doubt": sum((address, min(a)) not in doubted for address, a in twice.items()),
    }
