"""Tests of the consent pages over HTTP: who may see and change what, and that looking changes nothing."""

from __future__ import annotations

import ast
import inspect
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, settings, strategies
from hypothesis import given as hypothesis_given

from notifier import tokens
from notifier.channels.protocol import Kind
from notifier.consent import desk, pages
from notifier.errors import Refused
from notifier.events import signature
from notifier.ledger import consent
from notifier.ledger.consent import Answer, Reply
from notifier.serve import api, guard
from notifier.serve import pages as serve_pages
from notifier.serve.guard import HEADERS, TRANSPORT
from notifier.serve.office import Limits
from policypress.bundle import Bundle
from tests.notifier.factory import SEVERAL, TEXTS, make_bundle, words
from tests.notifier.sent import NAME, Sent, sent
from tests.notifier.serve.server import SECRET, Serving, serving, token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notifier.ledger.database import Database

W = words("en")
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
BUTTON = re.compile(r'<button type="submit" name="answer" value="(\w+)">')
RADIO = re.compile(r'<input type="radio" name="answer\.([\w-]+)" value="(\w+)"')
CHOSEN = re.compile(r'<input type="radio" name="answer\.([\w-]+)" value="(\w+)" checked>')
MINOR = "a5,,en,KZ,,,,parent@example.org,"


@pytest.fixture
def found(ledger: Database) -> Sent:
    return sent(ledger, tags=("en", "kk", "ar"))


@pytest.fixture
def server(found: Sent) -> Iterator[Serving]:
    with serving(found.database) as running:
        yield running


def given(database: Database, account: str) -> list[Answer]:
    with database.reading() as work:
        return consent.answers(work, NAME, account)


def replies(database: Database, account: str) -> list[Reply]:
    return [one.reply for one in given(database, account)]


def form_of(text: str) -> dict[str, str]:
    return dict(HIDDEN.findall(text))


def post(client: httpx.Client, path: str, reply: str, **fields: str) -> httpx.Response:
    """Open a page, press one of its buttons, follow where that leads."""
    shown = client.get(path)
    return client.post(path, data=form_of(shown.text) | {"answer": reply} | fields, follow_redirects=True)


def test_a_page_asks_and_shows_the_exact_text(found: Sent, server: Serving) -> None:
    """In the notice's language: what is asked, the redline, the digest, three buttons of equal weight."""
    with server.client() as client:
        page = client.get(f"/consent/{token(found.campaign, 1)}")
    assert 200 == page.status_code
    assert '<html lang="en" dir="ltr">' in page.text
    assert "Heart rate data from a wearable device" in page.text
    assert '<code dir="ltr">' + "0" * 64 in page.text
    assert ["yes", "no", "later"] == BUTTON.findall(page.text)
    assert "We keep support correspondence for 24 months." in page.text
    assert "editorial" not in page.text


def test_looking_changes_nothing(found: Sent, server: Serving) -> None:
    """Mail scanners open every link: neither GET nor HEAD nor a bare POST is an answer."""
    path = f"/consent/{token(found.campaign, 1)}"
    with server.client() as client:
        for _ in range(3):
            client.get(path), client.head(path), client.get(f"{path}?answer=yes")
        assert 409 == client.post(path).status_code
        assert 409 == client.post(path, data={"answer": "yes"}).status_code
        assert 405 == client.put(path).status_code
    assert [] == given(found.database, "a1")


def test_an_answer_is_kept_with_the_text_that_was_shown(found: Sent, server: Serving) -> None:
    """Locale, digest, time; and the page says so after a redirect that a reload does not repeat."""
    path = f"/consent/{token(found.campaign, 1)}?lang=kk"
    with server.client() as client:
        done = post(client, path, "yes")
    assert [303] == [one.status_code for one in done.history]
    assert words("kk")["answer-recorded"] in done.text
    (answer,) = given(found.database, "a1")
    assert (Reply.YES, "kk", "sha256:" + "0" * 64, server.clock.now, "page", False) == (
        answer.reply, answer.locale, answer.digest, answer.at, answer.via, answer.guardian,
    )  # fmt: skip
    assert [] == given(found.database, "a2")


def test_a_mind_can_be_changed_and_every_answer_stays(found: Sent, server: Serving) -> None:
    """Saying no locks nobody out; `later` is offered only before a decision."""
    path = f"/consent/{token(found.campaign, 1)}"
    with server.client() as client:
        assert ["yes", "no", "later"] == BUTTON.findall(post(client, path, "later").text)
        refused = post(client, path, "no")
        assert ["yes", "no"] == BUTTON.findall(refused.text)
        assert f'<strong class="given">{W["disagree"]}</strong>' in refused.text
        assert f'<strong class="given">{W["agree"]}</strong>' in post(client, path, "yes").text
    assert [Reply.LATER, Reply.NO, Reply.YES] == replies(found.database, "a1")


def test_one_link_answers_for_each_account_of_a_mailbox(found: Sent, server: Serving) -> None:
    """The page says so, without naming the accounts."""
    with server.client() as client:
        page = post(client, f"/consent/{token(found.campaign, 3)}", "no")
    assert W["answer-for-all"] in page.text
    assert "a3" not in HIDDEN.sub("", page.text)
    assert [[Reply.NO], [Reply.NO]] == [replies(found.database, account) for account in ("a3", "a4")]


def test_a_guardian_answers_for_a_minor(ledger: Database) -> None:
    """The page says to whom it speaks, and the answer is kept as a guardian's."""
    found = sent(ledger, rows=[MINOR])
    with serving(ledger) as server, server.client() as client:
        page = post(client, f"/consent/{token(found.campaign, 1)}", "yes")
    assert W["mail-to-guardian"] in page.text
    assert [True] == [one.guardian for one in given(ledger, "a5")]


def test_a_form_is_good_once(found: Sent, server: Serving) -> None:
    """What is sent again adds nothing; an old yes replayed after a no changes nothing."""
    path = f"/consent/{token(found.campaign, 1)}"
    with server.client() as client:
        old = form_of(client.get(path).text) | {"answer": "yes"}
        assert [303, 303] == [client.post(path, data=old).status_code for _ in range(2)]
        post(client, path, "no")
        assert 303 == client.post(path, data=old).status_code
        assert 409 == client.post(path, data=old | {"answer": "later"}).status_code
    assert [Reply.YES, Reply.NO] == replies(found.database, "a1")


def test_a_form_is_bound_to_its_link_its_text_and_its_day(found: Sent, server: Serving) -> None:
    """Another holder's, another language's, another text's and yesterday's form are not taken; the page says so."""
    path, other = (f"/consent/{token(found.campaign, holder)}" for holder in (1, 2))
    with server.client() as client:
        form = form_of(client.get(path).text) | {"answer": "yes"}
        refused = client.post(other, data=form)
        assert (409, True) == (refused.status_code, W["answer-again"] in refused.text)
        assert ["yes", "no", "later"] == BUTTON.findall(refused.text)
        for change in (
            {"locale": "kk"},
            {"digest": "sha256:" + "1" * 64},
            {"form": form["form"][:-1]},
            {"form": "1.2.3"},
            {"form": "Қ"},
        ):
            assert 409 == client.post(path, data=form | change).status_code
        server.clock.now += 25 * 3600 * 1000
        assert 409 == client.post(path, data=form).status_code
    assert [] == given(found.database, "a1") + given(found.database, "a2")


def choose(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    """Open a page of several questions, choose, send, follow where that leads."""
    shown = client.get(path)
    chosen = {f"answer.{question}": reply for question, reply in fields.items()}
    return client.post(path, data=form_of(shown.text) | chosen, follow_redirects=True)


def chosen(text: str) -> dict[str, str]:
    """Return what is chosen on a page, by question."""
    return dict(CHOSEN.findall(text))


def test_several_questions_are_put_one_by_one(ledger: Database) -> None:
    """Each with its heading, its words, its redline and its own choices; nothing is chosen before the reader does."""
    found = sent(ledger, changes=SEVERAL)
    with serving(ledger) as server, server.client() as client:
        text = client.get(f"/consent/{token(found.campaign, 1)}").text
    first, second = text.split("<fieldset>")[1:]
    for part, heading, summary, added in (
        (first, TEXTS["en"][0], TEXTS["en"][2], TEXTS["en"][1]),
        (second, TEXTS["en"][3], TEXTS["en"][5], TEXTS["en"][5]),
    ):
        assert f"<legend><h3>{heading}</h3></legend>" in part
        assert f"<p>{summary}</p>" in part
        assert f"{added}<span" in part
    assert [(question, reply) for question in ("data", "keep") for reply in ("yes", "no", "later")] == RADIO.findall(
        text
    )
    assert {} == chosen(text)
    assert [] == BUTTON.findall(text)
    assert W["answer-each"] in text
    assert W["if-no-consent-each"] in text


def test_answers_to_several_questions_are_kept_apart(ledger: Database) -> None:
    """One form may answer some: the rest stays open; each mind is changed by itself, and both accounts have it."""
    found = sent(ledger, changes=SEVERAL)
    path = f"/consent/{token(found.campaign, 3)}"
    with serving(ledger) as server, server.client() as client:
        page = choose(client, path, data="yes")
        assert ([303], W["not-answered"] in page.text) == ([one.status_code for one in page.history], True)
        assert {"data": "yes"} == chosen(page.text)
        page = choose(client, path, data="yes", keep="later")
        assert {"data": "yes", "keep": "later"} == chosen(page.text)
        page = choose(client, path, data="no", keep="yes")
        assert {"data": "no", "keep": "yes"} == chosen(page.text)
        assert [W["disagree"], W["agree"]] == re.findall(r'<strong class="given">([^<]*)</strong>', page.text)
        assert [("data", "yes"), ("data", "no"), ("keep", "yes"), ("keep", "no")] == RADIO.findall(page.text)
    for account in ("a3", "a4"):
        assert [
            ("data", Reply.YES), ("data", Reply.YES), ("keep", Reply.LATER), ("data", Reply.NO), ("keep", Reply.YES)
        ] == [(one.question, one.reply) for one in given(ledger, account)]  # fmt: skip


def test_a_form_of_several_questions_is_good_once(ledger: Database) -> None:
    """Sent again as it was it adds nothing; with other answers, or with an answer more, it is not taken."""
    found = sent(ledger, changes=SEVERAL)
    path = f"/consent/{token(found.campaign, 1)}"
    with serving(ledger) as server, server.client() as client:
        old = form_of(client.get(path).text) | {"answer.data": "yes"}
        assert [303, 303] == [client.post(path, data=old).status_code for _ in range(2)]
        for more in ({"answer.data": "no"}, {"answer.keep": "yes"}):
            refused = client.post(path, data=old | more)
            assert (409, True) == (refused.status_code, W["answer-again"] in refused.text)
    assert [("data", Reply.YES)] == [(one.question, one.reply) for one in given(ledger, "a1")]


def test_one_answer_is_none_where_several_are_asked_for(sqlite_ledger: Database) -> None:
    """Nor is nothing, another word, or an answer to what is not asked: the page says so, and nothing is kept."""
    found = sent(sqlite_ledger, changes=SEVERAL)
    path = f"/consent/{token(found.campaign, 1)}"
    with serving(sqlite_ledger) as server, server.client() as client:
        form = form_of(client.get(path).text)
        for fields in ({}, {"answer": "yes"}, {"answer.data": "maybe"}, {"answer.retention": "yes"}):
            refused = client.post(path, data=form | fields)
            assert (409, True) == (refused.status_code, W["no-answer-chosen"] in refused.text)
    assert [] == given(sqlite_ledger, "a1")


def test_the_same_form_sent_at_the_same_moment_is_one(ledger: Database) -> None:
    """Eight at once with two minds: one of them is kept whole, and no answer of the other."""
    found = sent(ledger, changes=SEVERAL)
    path = f"/consent/{token(found.campaign, 3)}"
    with serving(ledger) as server, server.client() as client:
        form = form_of(client.get(path).text)
        minds = [{"answer.data": one, "answer.keep": two} for one, two in (("yes", "no"), ("no", "no"))] * 4

        def send(mind: dict[str, str]) -> int:
            with server.client() as own:
                return own.post(path, data=form | mind).status_code

        with ThreadPoolExecutor(8) as pool:
            codes = list(pool.map(send, minds))
    kept = [(one.question, one.reply.value) for one in given(ledger, "a3")]
    assert kept in ([("data", "yes"), ("keep", "no")], [("data", "no"), ("keep", "no")])
    assert kept == [(one.question, one.reply.value) for one in given(ledger, "a4")]
    assert [303 if mind["answer.data"] == kept[0][1] else 409 for mind in minds] == codes


def test_a_release_planned_before_there_were_questions_is_asked_one_by_one(sqlite_ledger: Database) -> None:
    """Its bundle lacks the words: the page says it in those it has."""
    found = sent(sqlite_ledger, changes=SEVERAL)
    bundle = make_bundle(changes=SEVERAL).model_dump(mode="json", by_alias=True)
    for text in bundle["locales"].values():
        text["words"] = {id_: said for id_, said in text["words"].items() if id_ not in pages.SEVERAL}
    with sqlite_ledger.transaction() as work:
        work._connection.execute("UPDATE campaign SET bundle = ?, digest = 'before'", [json.dumps(bundle)])
    with serving(sqlite_ledger) as server, server.client() as client:
        page = choose(client, f"/consent/{token(found.campaign, 1)}", data="yes")
    assert {"data": "yes"} == chosen(page.text)
    assert f'<button type="submit">{W["consent-answer"]}</button>' in page.text
    with pytest.raises(Refused, match="en: the bundle lacks the words answer-each"):
        pages.prove(Bundle.model_validate(bundle))


def forged(kind: str, campaign: int) -> str:
    good = token(campaign, 1)
    return {
        "one letter": ("A" if good[0] != "A" else "B") + good[1:],
        "another holder": token(campaign, 2)[:20] + good[20:],
        "cut": good[:-1],
        "longer": good + "A",
        "junk inside": good[:10] + "!" + good[10:],
        "spare bits": good[:-1] + chr(ord(good[-1]) + 1),
        "another purpose": token(campaign, 1, purpose="bounce"),
        "no such holder": token(campaign, 99),
        "no such campaign": token(campaign + 5, 1),
        "another channel": token(campaign, 1, kind=Kind.WEBPUSH),
        "far away": token(campaign, 1 << 40),
        "letters": "x" * 42,
        "other script": "қ" * 42,
        "long": "A" * 5000,
    }[kind]


FORGED = (
    "one letter", "another holder", "cut", "longer", "junk inside", "spare bits", "another purpose", "no such holder",
    "no such campaign", "another channel", "far away", "letters", "other script", "long",
)  # fmt: skip


def test_whatever_is_wrong_with_a_link_the_answer_is_the_same(found: Sent, server: Serving) -> None:
    """Forged, cut, swapped, of another purpose, about nobody: one page, byte for byte, in the browser's language."""
    with server.client(headers={"Accept-Language": "de, kk;q=0.8, en;q=0.5"}) as client:
        answers = {
            (got.status_code, got.text)
            for kind in FORGED
            for got in [client.get(f"/consent/{forged(kind, found.campaign)}")]
        }
        posted = client.post(f"/consent/{forged('cut', found.campaign)}", data={"answer": "yes"})
    assert 1 == len(answers)
    assert {(posted.status_code, posted.text)} == answers
    assert (404, True) == (posted.status_code, words("kk")["link-not-valid"] in posted.text)


def test_an_expired_link_says_so_and_answers_nothing(found: Sent, server: Serving) -> None:
    """In the notice's language, with the way to the policy."""
    path = f"/consent/{token(found.campaign, 1, expires=date(2026, 12, 1))}"
    with server.client() as client:
        form = form_of(client.get(f"/consent/{token(found.campaign, 1)}").text)
        page = client.get(path)
        assert (410, True) == (page.status_code, W["link-expired"] in page.text)
        assert "https://policy.example.org/en/" in page.text
        assert 410 == client.post(path, data=form | {"answer": "yes"}).status_code
    assert [] == given(found.database, "a1")


def test_headers_of_every_answer(found: Sent, server: Serving) -> None:
    """No cookie, nothing kept, nothing framed, no token told to others; whatever the answer is."""
    path = f"/consent/{token(found.campaign, 1)}"
    with server.client() as client:
        got = [
            client.get(path), client.get("/consent/x"), client.post(path), client.get("/nowhere"), post(client, path, "no"),
            client.get("/v1/holders/a"), client.post("/push/subscribe"), client.get("/healthz"), client.put("/healthz"),
        ]  # fmt: skip
    for one in got:
        assert {name: one.headers.get(name) for name in HEADERS} == dict(HEADERS), one.request.url
        assert not {"set-cookie", "server", "strict-transport-security"} & set(one.headers)


def test_by_https_browsers_are_told_to_stay_there(sqlite_ledger: Database) -> None:
    """The header that says so is sent where the pages are served by HTTPS."""
    with serving(sqlite_ledger, secure=True) as server, server.client() as client:
        assert TRANSPORT["Strict-Transport-Security"] == client.get("/healthz").headers["Strict-Transport-Security"]


def test_a_page_asks_nobody_else_for_anything(found: Sent, server: Serving) -> None:
    """No script, no picture, no style but its own sheet."""
    with server.client() as client:
        text = client.get(f"/consent/{token(found.campaign, 1)}").text
        sheet = client.get("/consent.css")
    assert "text/css; charset=utf-8" == sheet.headers["content-type"]
    assert ["../consent.css"] == re.findall(r'<link rel="stylesheet" href="([^"]*)"', text)
    assert [] == re.findall(r"<script|<img|<iframe| style=| on\w+=|url\(", text + sheet.text)


def test_a_client_and_a_link_are_limited(found: Sent) -> None:
    """So many a minute; then a page that says to wait, and after it everything goes on."""
    path, other = (f"/consent/{token(found.campaign, holder)}" for holder in (1, 2))
    with serving(found.database, limits=Limits(client=100, token=3, failures=5)) as server, server.client() as client:
        assert [200, 200, 200, 429, 429] == [client.get(path).status_code for _ in range(5)]
        waiting = client.get(path)
        assert ("60", True) == (waiting.headers["Retry-After"], W["wait-a-minute"] in waiting.text)
        assert 200 == client.get(other).status_code
        server.clock.now += 60_000
        assert 200 == client.get(path).status_code
        codes = [client.get(f"/consent/{'x' * n}").status_code for n in range(1, 10)]
        assert [404] * 5 + [429] * 4 == codes


def test_clients_behind_our_proxy_are_told_apart(found: Sent) -> None:
    """By the address the proxy names; a proxy that is not ours is not believed, a network of IPv6 is one client."""
    path = f"/consent/{token(found.campaign, 1)}"
    limits = Limits(client=1, token=100)

    def codes(server: Serving, *addresses: str) -> list[int]:
        with server.client() as client:
            return [client.get(path, headers={"X-Forwarded-For": one}).status_code for one in addresses]

    with serving(found.database, limits=limits) as server:
        assert [200, 200, 429] == codes(server, "192.0.2.1", "192.0.2.2", "192.0.2.1")
        assert [200, 429, 200] == codes(server, "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1")
    with serving(found.database, limits=limits, proxies="192.0.2.9") as server:
        assert [200, 429] == codes(server, "192.0.2.1", "192.0.2.2")


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        (
            {
                "changes": [
                    {"id": i, "section": "keep", "kind": "reworded", "class": "material"} for i in ("c1", "c2", "c3")
                ]
            },
            "no-action-needed",
        ),
    ],
)
def test_where_nothing_is_asked_nothing_can_be_answered(ledger: Database, fields: dict[str, Any], word: str) -> None:
    """The page says that nothing needs to be done."""
    found = sent(ledger, **fields)
    with serving(ledger) as server, server.client() as client:
        page = client.get(f"/consent/{token(found.campaign, 1)}")
    assert (200, [], True) == (page.status_code, BUTTON.findall(page.text), W[word] in page.text)


def test_an_empty_ledger_has_no_page(sqlite_ledger: Database) -> None:
    """Nothing is known, in no language: 404 and no more."""
    with serving(sqlite_ledger) as server, server.client() as client:
        assert 404 == client.get("/consent/x").status_code
        assert [] == server.errors
    assert len(SECRET) >= 32


ANY = strategies.text(max_size=80)
WISHES = strategies.text("adekmnrqu-;=,.*019", max_size=40).map(str.strip)
FIELDS = strategies.dictionaries(
    strategies.sampled_from(["answer", "locale", "digest", "form", "x"]),
    strategies.one_of(ANY, strategies.sampled_from(["yes", "no", "later", "en", "kk"])), max_size=5,
)  # fmt: skip


def test_whatever_is_sent_to_a_page_nothing_breaks_and_nothing_is_answered(sqlite_ledger: Database) -> None:
    """Any path, language, header and form, beside a good link too: a page or a refusal, its headers, and no answer."""
    found = sent(sqlite_ledger, tags=("en", "kk", "ar"))
    good = token(found.campaign, 1)
    paths = strategies.one_of(
        ANY, strategies.just(good), strategies.builds(lambda cut: good[:cut], strategies.integers(0, 60))
    )

    @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @hypothesis_given(paths, ANY, FIELDS, strategies.sampled_from(["GET", "POST", "PUT", "HEAD", "OPTIONS"]), WISHES)
    def run(path: str, lang: str, fields: dict[str, str], method: str, wish: str) -> None:
        response = client.request(
            method, f"/consent/{quote(path, safe='')}", params={"lang": lang}, data=fields,
            headers={"Accept-Language": wish},
        )  # fmt: skip
        assert response.status_code in {200, 303, 400, 404, 405, 409, 410, 413, 429}, (method, path)
        assert HEADERS.items() <= {name: response.headers.get(name) for name in HEADERS}.items()
        assert "set-cookie" not in response.headers

    with serving(sqlite_ledger) as server, server.client() as client:
        run()
        assert [] == server.errors
    assert [] == replies(sqlite_ledger, "a1")


#: Names that hold what a stranger must not find letter by letter.
SECRETS = re.compile(r"mac|seal|secret|signature|token|digest|password|api_key|ours|given", re.IGNORECASE)
#: Comparisons of what everybody may know: the digest of a published text, a token with its own spelling, a form.
OPEN = {
    "text.digest != form.digest", "text.digest != asked.digest", "_text(raw) != token", "one.form == seal",
}  # fmt: skip


def test_what_is_secret_is_compared_in_constant_time() -> None:
    """No `==` over a key, a mark or a signature on the way of a request; the few that are there compare what is public."""
    compared = set()
    for module in (tokens, guard, api, desk, signature, serve_pages):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Compare) and any(isinstance(one, ast.Eq | ast.NotEq) for one in node.ops):
                text = ast.unparse(node)
                if SECRETS.search(text) and "len(" not in text:
                    compared.add(text)
    assert compared <= OPEN
    assert all("compare_digest" in inspect.getsource(one) for one in (tokens.read, tokens.same, guard.same_key))
