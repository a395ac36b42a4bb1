"""Tests of each provider out of order, against a server that speaks its protocol: it hangs, resets, errs, storms."""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretStr

from notifier.channels import fcm, flight, sendgrid, smtp, webpush
from notifier.channels.protocol import Kind
from notifier.ledger import figures
from notifier.ledger.records import Rules, State
from notifier.settings import Settings
from tests.notifier.browser import Browser
from tests.notifier.http_server import HttpServer, Request
from tests.notifier.sendgrid_server import SendGridServer
from tests.notifier.smtp_server import SmtpServer
from tests.notifier.test_delivery import NAME, make, states
from tests.notifier.test_faults import run_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notifier.channels.protocol import Channel
    from notifier.ledger import sqlite

#: Requests that go wrong before all is well again, holders, and seconds after which an answer is too late here.
WRONG, HOLDERS, PATIENCE = 2, 6, 0.3
#: Where browsers listen, as an audience may say it.
WORLD = "https://push.example.net"
#: Takes the message and then hangs, resets, or says that it failed.
DOUBTFUL = ("hang", "reset", "500")


@dataclass(kw_only=True)
class Provider(ABC):
    """A server that takes messages, the channel that speaks to it, and what goes wrong with the first requests."""

    fault: str
    kind: Kind
    closing: ExitStack
    #: Who was told, once for each message that was taken.
    taken: list[str] = field(default_factory=list)
    asked: int = 0

    def goes_wrong(self, *people: str) -> bool:
        """Count a request; what it carries is taken unless the fault is one that comes before."""
        self.asked += 1
        wrong = self.asked <= WRONG
        if not wrong or self.fault in DOUBTFUL:
            self.taken.extend(people)
        return wrong

    @abstractmethod
    def open(self) -> Channel:
        """Start the server and return the channel, which waits for answers no longer than PATIENCE."""

    def planned(self, ledger: sqlite.Database) -> None:
        """Change what this server needs otherwise than an audience may have it."""
        del ledger

    @abstractmethod
    def row(self, number: int) -> str:
        """Return a row of the audience."""


class OverSendGrid(Provider):
    """E-mail by HTTP."""

    def open(self) -> Channel:
        server = self.closing.enter_context(SendGridServer())

        def answer(body: dict[str, Any]) -> Any:
            if not self.goes_wrong(*(one["to"][0]["email"] for one in body["personalizations"])):
                return 202, {"X-Message-Id": "m"}, None
            if self.fault == "hang":
                time.sleep(PATIENCE * 2)
            return {"429": (429, {"Retry-After": "7"}, None), "500": (500, {}, None), "reset": None}.get(self.fault)

        server.answer = answer
        channel = sendgrid.open_channel(Settings(sendgrid_url=server.url, sendgrid_api_key=SecretStr("SG.k")))
        client = httpx.Client(base_url=server.url, timeout=PATIENCE, headers=channel.client.headers)
        channel.close()
        return replace(channel, client=client, limit=2)

    def row(self, number: int) -> str:
        return f"a{number},h{number}@example.org,en,KZ,,,,,"


class OverSmtp(Provider):
    """E-mail by a relay."""

    def open(self) -> Channel:
        server = self.closing.enter_context(SmtpServer())

        def answer(address: str) -> str | None:
            wrong = self.goes_wrong(address)
            said = {"429": "451 4.7.1 slow down", "500": "drop", "reset": "drop", "hang": "hang"}[self.fault]
            return said if wrong else None

        server.on_data = answer
        channel = smtp.open_channel(Settings(smtp_url=SecretStr(server.url)))
        return replace(channel, read=PATIENCE, limit=2)

    def row(self, number: int) -> str:
        return f"a{number},h{number}@example.org,en,KZ,,,,,"


@cache
def _pem() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


class OverFcm(Provider):
    """Push to an app."""

    def open(self) -> Channel:
        server = self.closing.enter_context(HttpServer())
        Path("account.json").write_text(json.dumps({
            "type": "service_account", "project_id": "p", "private_key_id": "k", "private_key": _pem(),
            "client_email": "a@p.iam.gserviceaccount.com", "token_uri": f"{server.url}/token",
        }))  # fmt: skip

        def answer(request: Request) -> Any:
            if request.path == "/token":
                return 200, {}, {"access_token": "ya29.T", "expires_in": 3600, "token_type": "Bearer"}
            wrong = self.goes_wrong(request.json["message"]["android"]["collapse_key"])
            return faulty(self.fault, wrong=wrong, good=(200, {}, {"name": "projects/p/messages/1"}))

        server.answer = answer
        return replace(fcm.open_channel(Settings(fcm_url=server.url, fcm_credentials=Path("account.json"))), limit=2)

    def row(self, number: int) -> str:
        return f"a{number},,en,KZ,,token{number},,,"


class OverWebPush(Provider):
    """Push to a browser."""

    def open(self) -> Channel:
        self.server = self.closing.enter_context(HttpServer())

        def answer(request: Request) -> Any:
            wrong = self.goes_wrong(request.headers["topic"])
            return faulty(self.fault, wrong=wrong, good=(201, {}, b""))

        self.server.answer = answer
        key = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
        settings = Settings(vapid_key=SecretStr(key), webpush_hosts="loopback", sender="a@example.org")
        return replace(webpush.open_channel(settings), limit=2)

    def row(self, number: int) -> str:
        quoted = Browser().subscription(f"{WORLD}/s/{number}").replace('"', '""')
        return f'a{number},,en,KZ,,,"{quoted}",,'

    def planned(self, ledger: sqlite.Database) -> None:
        # An audience may name https alone; this server speaks http.
        ledger._connection().execute("UPDATE contact SET address = replace(address, ?, ?)", (WORLD, self.server.url))


def faulty(fault: str, *, wrong: bool, good: Any) -> Any:
    faults = {"429": (429, {"Retry-After": "7"}, {}), "500": (500, {}, {}), "reset": "reset", "hang": PATIENCE * 2}
    return faults[fault] if wrong else good


PROVIDERS = {
    "sendgrid": (OverSendGrid, Kind.EMAIL), "smtp": (OverSmtp, Kind.EMAIL),
    "fcm": (OverFcm, Kind.FCM), "webpush": (OverWebPush, Kind.WEBPUSH),
}  # fmt: skip


@pytest.fixture
def closing(monkeypatch: pytest.MonkeyPatch) -> Iterator[ExitStack]:
    monkeypatch.setattr(flight, "LONGEST", PATIENCE)
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize("on_unknown", ["resend", "hold"])
@pytest.mark.parametrize("fault", [*DOUBTFUL, "429"])
@pytest.mark.parametrize("name", PROVIDERS)
def test_nobody_is_lost_and_nobody_told_twice_without_a_doubt(
    sqlite_ledger: sqlite.Database, closing: ExitStack, name: str, fault: str, on_unknown: str
) -> None:
    """With `hold` a mail is never sent twice and its holder is listed; a push, which shows once, may be repeated once."""
    make_provider, kind = PROVIDERS[name]
    provider = make_provider(fault=fault, kind=kind, closing=closing)
    channel = provider.open()
    closing.callback(channel.close)
    rules = Rules(lease=60_000, reconcile=5000, tries=2 if on_unknown == "resend" else 0)
    rows = [provider.row(number) for number in range(HOLDERS)]
    delivery, clock = make(sqlite_ledger, channel, rows, rules, {kind})
    provider.planned(sqlite_ledger)
    began = clock.now
    run_out(delivery, clock)
    told, found = Counter(provider.taken), states(sqlite_ledger, rules)
    held = found.get(State.UNKNOWN, 0)
    counted = figures.count(sqlite_ledger, figures.campaign(sqlite_ledger, NAME), rules, clock.now)
    assert (HOLDERS, True, held) == (len(told), counted.finished, counted.held)
    assert {State.ACCEPTED: HOLDERS - held} | ({State.UNKNOWN: held} if held else {}) == found
    if fault == "429":
        # What the provider asked for is waited for, and nobody was in doubt.
        assert (0, 1) == (held, max(told.values()))
        assert clock.now - began >= 7000
    elif on_unknown == "hold" and kind is Kind.EMAIL:
        assert max(told.values()) == 1
        assert held > 0
    else:
        assert (0, 2) == (held, max(told.values()))
