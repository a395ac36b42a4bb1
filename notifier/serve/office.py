"""What the routes share: the ledger, the desk, keys, limits and a few threads; knows no route."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException

from notifier.consent.desk import Desk
from notifier.consent.shelf import Shelf
from notifier.events.inbox import Inbox
from notifier.serve.limits import Limiter, Together

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from notifier.events.settling import Settler
    from notifier.events.signature import Verifier
    from notifier.ledger.database import Database
    from notifier.settings import Settings

#: Threads that read and write the ledger for requests: as many connections, for good.
THREADS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How often, a minute."""

    #: A client opens or sends a page.
    client: int = 120
    #: One link is opened or answered.
    token: int = 30
    #: A client shows a wrong key, a wrong link, a wrong signature.
    failures: int = 30
    #: A client subscribes or unsubscribes.
    subscribe: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """One server's belongings; `desk`, `api_key`, `verifier` and `push_key` are None where their settings are."""

    database: Database
    shelf: Shelf
    desk: Desk | None
    api_key: bytes | None
    verifier: Verifier | None
    #: Public half of the key of web push, as browsers take it.
    push_key: str
    hosts: Literal["public", "loopback"]
    #: Origin of the policy's site; empty: what the bundles say.
    site: str
    inbox: Inbox
    settler: Settler | None
    #: Milliseconds since the epoch.
    clock: Callable[[], int]
    clients: Limiter
    tokens: Limiter
    failures: Limiter
    subscribers: Limiter
    #: None where no other process can serve the same ledger as well.
    together: Together | None
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, "serve"))

    async def run(self, do: Callable[..., Any], *arguments: Any) -> Any:
        """Do something with the ledger in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, do, *arguments)

    async def allows(self, *wanted: tuple[Limiter, str]) -> bool:
        """Count one of each; return whether all may pass. The ledger is not asked about what is refused here already."""
        if not all(limiter.allows(key) for limiter, key in wanted):
            return False
        return self.together is None or bool(await self.run(self.together.allows, wanted))

    async def limit(self, limiter: Limiter, key: str) -> None:
        """Raise 429 where a key has come too often."""
        if not await self.allows((limiter, key)):
            raise HTTPException(429, "too many requests", {"Retry-After": "60"})

    def start(self) -> None:
        """Begin to take reports in and to settle them."""
        self.inbox.start()
        if self.settler is not None:
            self.settler.start()

    def stop(self) -> None:
        """Store and settle what is at hand, and end."""
        self.inbox.stop()
        if self.settler is not None:
            self.settler.stop()
        self.pool.shutdown()

    def origins(self) -> frozenset[str]:
        """Return the origins whose pages may subscribe browsers."""
        if self.site:
            return frozenset({self.site})
        with self.database.reading() as work:
            return frozenset(origin(one.bundle.site_url) for one in self.shelf.releases(work))


def open_office(
    database: Database,
    settings: Settings,
    *,
    verifier: Verifier | None,
    push_key: str,
    now: Callable[[], datetime],
    clock: Callable[[], int],
    settler: Settler | None,
    limits: Limits | None = None,
) -> Office:
    """Return the belongings of a server with these settings."""
    secret, key, allowed = settings.secret_key, settings.api_key, limits or Limits()
    shelf = Shelf(database=database, now=now)

    def limiter(name: str, per_minute: int) -> Limiter:
        return Limiter(name=name, per_minute=per_minute, clock=lambda: clock() / 1000)

    return Office(
        database=database,
        shelf=shelf,
        desk=Desk(database=database, shelf=shelf, key=secret.get_secret_value().encode(), clock=clock)
        if secret
        else None,
        api_key=key.get_secret_value().encode() if key else None,
        verifier=verifier,
        push_key=push_key,
        hosts=settings.webpush_hosts,
        site=origin(settings.site_url) if settings.site_url else "",
        inbox=Inbox(database=database),
        settler=settler,
        clock=clock,
        clients=limiter("client", allowed.client),
        tokens=limiter("token", allowed.token),
        failures=limiter("failure", allowed.failures),
        subscribers=limiter("subscribe", allowed.subscribe),
        together=Together(database=database, secret=_pepper(settings), clock=clock) if database.shared else None,
    )


def _pepper(settings: Settings) -> bytes:
    """Return what all who serve with these settings know: nothing is limited where none of it is set."""
    secrets = (settings.secret_key, settings.api_key, settings.vapid_key)
    known = [one.get_secret_value() for one in secrets if one] + [settings.sendgrid_webhook_key]
    return sha256(f"limits {known[0]}".encode()).digest()


def origin(url: str) -> str:
    """Return the origin of a URL as a browser writes it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
