"""How often clients and links may come: counted in this process, and with all others on one ledger; knows no route."""

from __future__ import annotations

import hmac
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from notifier.ledger import allowances
from notifier.ledger.allowances import Spending

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from notifier.ledger.database import Database

#: Clients and tokens remembered at most.
REMEMBERED = 20_000
#: Milliseconds between two times that what is over is removed from the ledger.
TIDY = 60_000


@dataclass(slots=True, kw_only=True)
class Limiter:
    """So many a minute for each key, all of a minute's at once; memory is bounded."""

    #: Tells its keys from those of other limits.
    name: str
    per_minute: int
    clock: Callable[[], float]
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def allows(self, key: str) -> bool:
        """Count one; return whether it may pass."""
        now = self.clock()
        left, since = self._left.pop(key, (float(self.per_minute), now))
        left = min(left + max(now - since, 0) * self.per_minute / 60, float(self.per_minute))
        passes = left >= 1
        self._left[key] = (left - 1 if passes else left, now)
        while len(self._left) > REMEMBERED:
            self._left.popitem(last=False)
        return passes


@dataclass(slots=True, kw_only=True)
class Together:
    """The same counted in a ledger, for every process that serves it."""

    database: Database
    #: Keys stand in the ledger under a digest made with it: an address or a link is not to be read there.
    secret: bytes = field(repr=False)
    #: Milliseconds since the epoch; the same on all machines, as near as NTP keeps it.
    clock: Callable[[], int]
    _tidied: int = 0

    def allows(self, wanted: Sequence[tuple[Limiter, str]]) -> bool:
        """Count one of each; return whether all may pass."""
        now = self.clock()
        if now - self._tidied >= TIDY:
            self._tidied = now
            allowances.forget(self.database, now)
        return allowances.spend(self.database, [self._spending(*one) for one in wanted], now)

    def _spending(self, limiter: Limiter, key: str) -> Spending:
        named = hmac.digest(self.secret, f"{limiter.name} {key}".encode(errors="replace"), "sha256").hex()
        return Spending(named, limiter.per_minute)
