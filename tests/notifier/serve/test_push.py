"""Tests of subscriptions from the policy's site: who may ask, what is taken, and how they join a campaign."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from notifier.channels.protocol import Kind
from notifier.ledger import book, consent
from notifier.ledger.records import State
from notifier.serve.office import Limits
from tests.notifier.browser import Browser
from tests.notifier.sent import NOW, planned, sent
from tests.notifier.serve.server import Serving, serving

if TYPE_CHECKING:
    import httpx

    from notifier.ledger.database import Database

#: What the statement asks for; it does not matter here.
TOLD = dict.fromkeys(("attempting", "unknown", "accepted", "delivered", "complained"), 3)
SITE = "https://policy.example.org"
ENDPOINT = "https://push.example.net/s/1"
PUBLISHED = NOW - 24 * 3600 * 1000


def subscription(endpoint: str = ENDPOINT, **changes: Any) -> dict[str, Any]:
    """Return what a browser's `PushSubscription.toJSON()` gives, with the page's language."""
    return json.loads(Browser().subscription(endpoint)) | {"locale": "kk"} | changes


def ask(server: Serving, path: str, body: Any, origin: str | None = SITE) -> httpx.Response:
    with server.client(headers={"Origin": origin} if origin else {}) as client:
        return client.post(path, json=body)


def test_a_page_of_the_site_subscribes_a_browser(ledger: Database) -> None:
    """Once, however often it asks; the last language counts; and it can leave again."""
    sent(ledger)
    with serving(ledger) as server:
        assert 204 == ask(server, "/push/subscribe", subscription()).status_code
        answer = ask(server, "/push/subscribe", subscription(locale="ru"))
        assert (204, SITE) == (answer.status_code, answer.headers["Access-Control-Allow-Origin"])
        with ledger.reading() as work:
            assert ["ru"] == [locale for _, _, locale in consent.subscriptions(work, NOW + 1)]
        for _ in range(2):
            assert 204 == ask(server, "/push/unsubscribe", {"endpoint": ENDPOINT}).status_code
        assert 0 == consent.count_subscriptions(ledger)


def test_a_browser_asks_before_it_posts(ledger: Database) -> None:
    """The preflight of CORS is answered for the site, and gives it the key to subscribe with."""
    sent(ledger)
    with serving(ledger) as server, server.client() as client:
        asks = {
            "Origin": SITE,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        }
        allowed = client.options("/push/subscribe", headers=asks)
        assert (204, SITE, "content-type") == (
            allowed.status_code, allowed.headers["Access-Control-Allow-Origin"], allowed.headers["Access-Control-Allow-Headers"],
        )  # fmt: skip
        assert 403 == client.options("/push/subscribe", headers=asks | {"Origin": "https://evil.example"}).status_code
        assert {"key": "BPublicKey"} == client.get("/push/key", headers={"Origin": SITE}).json()


@pytest.mark.parametrize(
    "origin", [None, "null", "https://evil.example", "http://policy.example.org", SITE + ".evil.example"]
)
def test_no_other_site_may_ask(sqlite_ledger: Database, origin: str | None) -> None:
    """Nor a request without an origin; the answer opens nothing to it."""
    sent(sqlite_ledger)
    with serving(sqlite_ledger) as server:
        answer = ask(server, "/push/subscribe", subscription(), origin)
    assert (403, False) == (answer.status_code, "Access-Control-Allow-Origin" in answer.headers)
    assert 0 == consent.count_subscriptions(sqlite_ledger)


def test_the_site_may_be_named(sqlite_ledger: Database) -> None:
    """Before the first campaign nothing says where the site is, but the setting."""
    with serving(sqlite_ledger, site_url="https://www.example.org/privacy/") as server:
        assert 204 == ask(server, "/push/subscribe", subscription(), "https://www.example.org").status_code
        assert 403 == ask(server, "/push/subscribe", subscription()).status_code


@pytest.mark.parametrize(
    "body",
    [
        subscription("http://push.example.net/1"),
        subscription("https://127.0.0.1/1"),
        subscription("https://[::1]/1"),
        subscription("https://169.254.169.254/latest"),
        subscription("https://10.0.0.1/"),
        subscription("https://[::ffff:10.0.0.1]/"),
        subscription("https://user@push.example.net/"),
        subscription("https://push.example.net/a b"),
        subscription("file:///etc/passwd"),
        subscription("x" * 3000),
        subscription(keys={"p256dh": "AA", "auth": "AA"}),
        subscription(keys={}),
        subscription(more=1),
        {"endpoint": ENDPOINT},
        [],
    ],
    ids=lambda body: str(body)[:40],
)  # fmt: skip
def test_what_could_never_be_written_to_is_not_taken(sqlite_ledger: Database, body: Any) -> None:
    """Nothing that leads into a network of ours, and no key that is none."""
    sent(sqlite_ledger)
    with serving(sqlite_ledger) as server:
        assert 422 == ask(server, "/push/subscribe", body).status_code
        assert [] == server.errors
    assert 0 == consent.count_subscriptions(sqlite_ledger)


def test_subscribing_is_limited(sqlite_ledger: Database) -> None:
    """A client cannot fill the ledger."""
    sent(sqlite_ledger)
    with serving(sqlite_ledger, limits=Limits(subscribe=2)) as server:
        answers = [ask(server, "/push/subscribe", subscription(f"{ENDPOINT}{n}")).status_code for n in range(4)]
    assert [204, 204, 429, 429] == answers


def notices(database: Database, campaign: int) -> dict[str, State]:
    with database.reading() as work:
        return {
            account: State(row["state"])
            for account in ("site:" + _digest(1), "site:" + _digest(2), "site:" + _digest(3))
            for holder in [work.one("account_holder", campaign=campaign, account=account)]
            if holder
            for row in work.all("account_notices", campaign=campaign, holder=holder["id"])
        }


def _digest(number: int) -> str:
    return book.digest(f"{ENDPOINT}{number}")[:32]


def test_those_who_asked_before_publication_are_told_with_the_others(ledger: Database) -> None:
    """By web push, in their language, apart from all accounts; who asked later has seen it on the site."""
    for number, at in ((1, PUBLISHED - 1), (2, PUBLISHED - 2), (3, NOW)):
        body = subscription(f"{ENDPOINT}{number}")
        text = json.dumps({"endpoint": body["endpoint"], "keys": body["keys"]})
        consent.subscribe(ledger, body["endpoint"], text, "kk" if number == 1 else "xx", at)
        if number == 2:
            with ledger.transaction() as work:
                work.run(
                    "suppression_put", channel=Kind.WEBPUSH.number, address=book.digest(text), reason="gone", now=NOW
                )
    campaign = planned(ledger)
    assert {"site:" + _digest(1): State.PLANNED} == notices(ledger, campaign)
    assert 2 == consent.count_subscriptions(ledger)
    assert {"site:" + _digest(1): State.PLANNED} == notices(ledger, planned(ledger))


def test_without_web_push_nobody_of_them_is_planned(ledger: Database) -> None:
    """They have no account and no address: there would be nothing to say of them."""
    body = subscription(f"{ENDPOINT}1")
    consent.subscribe(ledger, body["endpoint"], json.dumps(body), "kk", PUBLISHED - 1)
    assert {} == notices(ledger, planned(ledger, kinds=[Kind.EMAIL]))


def test_a_browser_that_an_account_names_is_told_once(ledger: Database) -> None:
    """Whatever the order of the keys in its JSON; one that no account names is told as a subscriber."""
    named, other = subscription(ENDPOINT), subscription("https://push.example.net/s/2")
    for one in (named, other):
        text = json.dumps({"endpoint": one["endpoint"], "keys": one["keys"]})
        consent.subscribe(ledger, one["endpoint"], text, "kk", PUBLISHED - 1)
    written = json.dumps({"keys": named["keys"], "expirationTime": None, "endpoint": ENDPOINT}).replace('"', '""')
    number = planned(ledger, [f'a1,one@example.org,en,KZ,,,"{written}",,', "a2,two@example.org,en,KZ,,,,,"])
    with ledger.reading() as work:
        rows = work.all("carry_from", campaign=number, after=0, limit=10, **TOLD)
    assert ["a1", "a2"] == [row["account"] for row in rows if not row["account"].startswith("site:")]
    assert 1 == sum(row["account"].startswith("site:") for row in rows)
