"""The server on loopback, as it runs, with a clock and a calendar of the test's own."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from notifier import tokens
from notifier.channels.protocol import Kind
from notifier.events import settling, signature
from notifier.serve import app, run
from notifier.serve.office import Limits, Office, open_office
from notifier.settings import Settings
from notifier.tokens import NoticeId
from tests.notifier.events.test_signature import KEY, headers, public
from tests.notifier.sent import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notifier.ledger.database import Database

SECRET = "0123456789abcdef0123456789abcdef"
API_KEY = "fedcba9876543210fedcba9876543210"
PLENTY = Limits(client=100_000, token=100_000, failures=100_000, subscribe=100_000)
EXPIRES = date(2028, 1, 15)


@dataclass(kw_only=True)
class Clock:
    """Milliseconds since the epoch, as the test says."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now

    def date(self) -> datetime:
        return datetime.fromtimestamp(self.now / 1000, UTC)


@dataclass(kw_only=True)
class Serving:
    """A running server."""

    url: str
    office: Office
    clock: Clock
    errors: list[str] = field(default_factory=list)

    def client(self, **options: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, trust_env=False, **options)

    def api(self) -> httpx.Client:
        return self.client(headers={"Authorization": f"Bearer {API_KEY}"})

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, trust_env=False)

    def signed(self, body: bytes, **options: Any) -> httpx.Response:
        with self.client() as client:
            return client.post(
                "/events/sendgrid", content=body, headers=headers(body, self.clock.now // 1000) | options
            )


def token(
    campaign: int, holder: int, *, kind: Kind = Kind.EMAIL, purpose: str = "consent", expires: date = EXPIRES
) -> str:
    notice = NoticeId(campaign=campaign, holder=holder, channel=kind.number)
    return tokens.sign(SECRET.encode(), notice, purpose=purpose, expires=expires)


@contextmanager
def serving(
    database: Database, *, limits: Limits = PLENTY, settle: bool = True, secure: bool = False, **changes: Any
) -> Iterator[Serving]:
    """Serve a ledger until the block ends."""
    clock, errors = Clock(), []
    values = {"secret_key": SECRET, "api_key": API_KEY, "webpush_hosts": "public"} | changes
    settings = Settings(**values)
    office = open_office(
        database, settings, verifier=signature.verifier(public(KEY.public_key())), push_key="BPublicKey", now=clock.date,
        clock=clock, settler=settling.Settler(database=database, clock=clock) if settle else None, limits=limits,
    )  # fmt: skip
    server = run.server(app.make_app(office, secure=secure, on_error=errors.append), "127.0.0.1", 0, settings.proxies)
    listening = run.listen(server)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield Serving(url=f"http://127.0.0.1:{listening.getsockname()[1]}", office=office, clock=clock, errors=errors)
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def soon(check: Any, seconds: float = 10) -> bool:
    """Return whether something comes true in time."""
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    while datetime.now(UTC) < until:
        if check():
            return True
        time.sleep(0.02)
    return bool(check())
