"""Tests of the API for apps: what it says, what it takes, and that it tells nobody which accounts there are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import HealthCheck, Phase, settings

from notifier.ledger import consent
from notifier.ledger.consent import Reply
from notifier.ledger.records import State
from notifier.serve import api
from notifier.serve.office import Limits
from tests.notifier.factory import SEVERAL, TEXTS
from tests.notifier.sent import NAME, ROWS, planned, sent
from tests.notifier.serve.server import API_KEY, Serving, serving, soon, token
from tests.notifier.serve.test_pages import given, post, replies

if TYPE_CHECKING:
    from notifier.ledger.database import Database

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = json.loads(api.document())
#: The day the release takes effect, in Almaty.
EFFECTIVE = 1_799_953_200_000
ANSWER = {
    "account": "a1", "document": "privacy-policy", "release": "2026-12-01", "answer": "yes", "locale": "kk",
    "digest": "sha256:" + "0" * 64,
}  # fmt: skip


def asked(server: Serving, account: str) -> dict[str, Any]:
    """Return what is said of an account, held against the document."""
    with server.api() as client:
        answer = client.get(f"/v1/holders/{account}")
    assert 200 == answer.status_code
    schema = {"$ref": "#/components/schemas/Holder", "components": DOCUMENT["components"]}
    jsonschema.validate(answer.json(), schema)
    return answer.json()


def release(server: Serving, account: str) -> dict[str, Any]:
    (found,) = asked(server, account)["releases"]
    return found


def counted(server: Serving, account: str) -> dict[str, Any]:
    """Return the answers that count, by question."""
    return {one["question"]: one["answer"] for one in release(server, account)["questions"]}


def stands(said: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """Return what is said of the release as a whole, and question by question."""
    (found,) = said["releases"]
    return found["consent"], {one["question"]: one["consent"] for one in found["questions"]}


def tell(server: Serving, status: int = 201, headers: dict[str, str] | None = None, **changes: Any) -> Any:
    with server.api() as client:
        answer = client.post("/v1/answers", json=ANSWER | changes, headers=headers)
    assert status == answer.status_code, answer.text
    return answer.json()


def test_before_its_day_a_release_needs_nothing_yet(ledger: Database) -> None:
    """It is announced: who was told, and what they answered, is said; `needs` speaks of what is in force."""
    sent(ledger)
    with serving(ledger) as server:
        found = asked(server, "a1")
        assert {"notice": False, "consent": False} == found["needs"]
        assert ("told", "pending", False) == tuple(
            found["releases"][0][name] for name in ("notice", "consent", "in_force")
        )
        assert {"en", "kk", "ru"} == found["releases"][0]["texts"].keys()


def test_without_an_answer_consent_is_pending_from_that_day(ledger: Database) -> None:
    """At 00:00 where the policy is published."""
    sent(ledger)
    with serving(ledger) as server:
        server.clock.now = EFFECTIVE - 1
        assert not release(server, "a1")["in_force"]
        server.clock.now = EFFECTIVE
        assert {"notice": False, "consent": True} == asked(server, "a1")["needs"]
        tell(server, answer="later")
        assert {"notice": False, "consent": True} == asked(server, "a1")["needs"]
        said = tell(server, answer="no")
        assert ({"notice": False, "consent": False}, "refused") == (said["needs"], said["releases"][0]["consent"])
        assert "given" == tell(server, answer="yes")["releases"][0]["consent"]
        assert "given" == tell(server, answer="later")["releases"][0]["consent"]


def test_an_unknown_account_is_answered_like_one_that_was_not_told(ledger: Database) -> None:
    """In every word but the id that was asked for, before and after an answer."""
    planned(ledger)
    with serving(ledger) as server:
        server.clock.now = EFFECTIVE
        known, unknown = asked(server, "a1"), asked(server, "nobody")
        assert {"notice": True, "consent": True} == known["needs"]
        assert known | {"account": ""} == unknown | {"account": ""}
        told = [tell(server, account=account) | {"account": ""} for account in ("a1", "nobody")]
        assert told[0] == told[1]


def test_what_is_answered_on_the_page_is_said_by_the_api(ledger: Database) -> None:
    """And the other way round: there is one ledger."""
    found = sent(ledger)
    with serving(ledger) as server, server.client() as client:
        post(client, f"/consent/{token(found.campaign, 1)}", "no")
        assert ("refused", "page") == (release(server, "a1")["consent"], counted(server, "a1")["data"]["via"])
        tell(server, answer="yes")
        assert "kk" == counted(server, "a1")["data"]["locale"]
        assert "I agree</strong>" in client.get(f"/consent/{token(found.campaign, 1)}").text
        assert "pending" == release(server, "a2")["consent"]


def test_each_question_has_its_own_answer(ledger: Database) -> None:
    """Given only when all are, refused only when all are; `partial` is neither, and one open question is `pending`."""
    sent(ledger, changes=SEVERAL)
    with serving(ledger) as server:
        server.clock.now = EFFECTIVE
        assert ("pending", {"data": "pending", "keep": "pending"}) == stands(asked(server, "a1"))
        said = tell(server, question="data")
        assert ("pending", {"data": "given", "keep": "pending"}) == stands(said)
        assert said["needs"]["consent"]
        said = tell(server, question="keep", answer="no")
        assert ("partial", {"data": "given", "keep": "refused"}) == stands(said)
        assert not said["needs"]["consent"]
        assert ("refused", {"data": "refused", "keep": "refused"}) == stands(
            tell(server, question="data", answer="no")
        )  # fmt: skip
        assert ("partial", {"data": "refused", "keep": "given"}) == stands(tell(server, question="keep"))
        assert ("given", {"data": "given", "keep": "given"}) == stands(tell(server, question="data"))
        assert "pending" == stands(asked(server, "a2"))[0]


def test_nobody_consents_in_a_lump(ledger: Database) -> None:
    """One yes for several questions is refused; one no takes all of them back."""
    sent(ledger, changes=SEVERAL)
    with serving(ledger) as server:
        assert "data, keep" in tell(server, 409)["error"]
        assert [] == given(ledger, "a1")
        for question in ("data", "keep"):
            tell(server, question=question)
        assert ("refused", {"data": "refused", "keep": "refused"}) == stands(tell(server, answer="no"))
        assert "data, keep" in tell(server, 409, question="retention")["error"]


def test_one_key_stands_for_one_answer_to_each_question(ledger: Database) -> None:
    """An app may send the answers of one screen under one key."""
    sent(ledger, changes=SEVERAL)
    with serving(ledger) as server:
        for question in ("data", "keep", "data"):
            tell(server, question=question, headers={"Idempotency-Key": "screen 7"})
    assert [("data", "app screen 7"), ("keep", "app screen 7")] == [
        (one.question, one.form) for one in given(ledger, "a1")
    ]


def test_a_question_is_told_in_every_language(sqlite_ledger: Database) -> None:
    """An app needs no catalogue of its own to ask it."""
    sent(sqlite_ledger, changes=SEVERAL)
    with serving(sqlite_ledger) as server:
        texts = {one["question"]: one["texts"] for one in release(server, "a1")["questions"]}
    assert {"data", "keep"} == texts.keys()
    assert {"heading": TEXTS["kk"][0], "summaries": [TEXTS["kk"][2]]} == texts["data"]["kk"]
    assert {"en", "kk", "ru"} == texts["keep"].keys()


def test_an_answer_from_before_there_were_questions_is_one_to_all(ledger: Database) -> None:
    """It counts for each until that one is answered by itself."""
    sent(ledger, changes=SEVERAL)
    before = consent.Answer(
        reply=Reply.YES, guardian=False, via="page", locale="en", digest=ANSWER["digest"], at=1, form="1.2.3"
    )
    with ledger.transaction() as work:
        assert consent.add(work, NAME, ["a1"], before)
    assert [before] == given(ledger, "a1")
    with serving(ledger) as server:
        assert ("given", {"data": "given", "keep": "given"}) == stands(asked(server, "a1"))
        assert ("partial", {"data": "given", "keep": "refused"}) == stands(
            tell(server, question="keep", answer="no")
        )  # fmt: skip


def test_seen_in_the_app_is_told(ledger: Database) -> None:
    """A holder who was not reached by mail sees the notice in the app; consent is another question."""
    found = sent(ledger, State.INVALID)
    with serving(ledger) as server:
        assert "needed" == release(server, "a1")["notice"]
        tell(server, answer="seen")
        assert ("told", "pending") == (release(server, "a1")["notice"], release(server, "a1")["consent"])
    assert found.state(1) is State.INVALID


def test_for_a_minor_only_the_guardians_answer_counts(ledger: Database) -> None:
    """What the minor says in the app is kept, and decides nothing."""
    found = sent(ledger, rows=["a5,,en,KZ,,,,parent@example.org,"])
    with serving(ledger) as server, server.client() as client:
        told = tell(server, account="a5")["releases"][0]
        assert ("pending", "guardian") == (told["consent"], told["answers"])
        post(client, f"/consent/{token(found.campaign, 1)}", "no")
        assert "refused" == release(server, "a5")["consent"]
    assert [(Reply.YES, False), (Reply.NO, True)] == [(one.reply, one.guardian) for one in given(ledger, "a5")]


def test_who_joined_later_needs_nothing(ledger: Database) -> None:
    """They accepted the new text when they joined."""
    sent(ledger, rows=[ROWS[0], "new,new@example.org,en,KZ,,,,,2026-12-05"])
    with serving(ledger) as server:
        server.clock.now = EFFECTIVE
        assert ({"notice": False, "consent": False}, "not-asked") == (
            asked(server, "new")["needs"], release(server, "new")["consent"],
        )  # fmt: skip


def test_the_same_request_sent_again_adds_nothing(ledger: Database) -> None:
    """With an Idempotency-Key; without one every request is an answer of its own."""
    sent(ledger)
    with serving(ledger) as server:
        for key in ("k1", "k1", "k2"):
            tell(server, headers={"Idempotency-Key": key})
        tell(server)
    assert [Reply.YES] * 3 == replies(ledger, "a1")


@pytest.mark.parametrize(
    ("status", "changes"),
    [
        (409, {"locale": "ar"}),
        (409, {"question": "keep"}),
        (422, {"question": 1}),
        (409, {"digest": "sha256:" + "1" * 64}),
        (404, {"release": "2020-01-01"}),
        (422, {"answer": "maybe"}),
        (422, {"release": "soon"}),
        (422, {"more": 1}),
        (422, {"account": ""}),
        (400, {"account": "a\nb"}),
        (422, {"account": "x" * 257}),
    ],
)
def test_what_cannot_be_recorded_is_refused(sqlite_ledger: Database, status: int, changes: dict[str, Any]) -> None:
    """A text that was not the release's, a release that is not announced, a body that is not as described."""
    sent(sqlite_ledger)
    with serving(sqlite_ledger) as server:
        assert "error" in tell(server, status, **changes)
    assert [] == given(sqlite_ledger, "a1")


@pytest.mark.parametrize(
    "given_key",
    [None, "", "Bearer", "Bearer x", f"bearer {API_KEY}", f"Bearer {API_KEY}x", f"Bearer {API_KEY[:-1]}", API_KEY],
)
def test_without_the_key_nothing_is_said(sqlite_ledger: Database, given_key: str | None) -> None:
    """The answer is the same whatever was asked and however close the key was."""
    sent(sqlite_ledger)
    headers = {} if given_key is None else {"Authorization": given_key}
    with serving(sqlite_ledger) as server, server.client(headers=headers) as client:
        answers = [client.get(f"/v1/holders/{account}") for account in ("a1", "nobody", "a%01b")]
        answers.append(client.post("/v1/answers", json=ANSWER))
        assert {(401, '{"error":"no key, or a wrong one"}')} == {(one.status_code, one.text) for one in answers}
        assert {"Bearer"} == {one.headers["WWW-Authenticate"] for one in answers}
    assert [] == given(sqlite_ledger, "a1")


def test_guessing_keys_is_slowed(sqlite_ledger: Database) -> None:
    """After so many wrong ones a client waits; the right one is not held up."""
    sent(sqlite_ledger)
    with serving(sqlite_ledger, limits=Limits(failures=2)) as server:
        assert [401, 401, 429] == [server.get("/v1/holders/a1").status_code for _ in range(3)]
        assert "a1" == asked(server, "a1")["account"]


def test_without_a_key_of_ours_there_is_no_api(sqlite_ledger: Database) -> None:
    """404, and no key opens it."""
    with serving(sqlite_ledger, api_key=None) as server, server.api() as client:
        assert 404 == client.get("/v1/holders/a1").status_code


def test_ids_may_hold_anything_that_is_printed(sqlite_ledger: Database) -> None:
    """Slashes, question marks and other scripts, percent-encoded in the address."""
    sent(sqlite_ledger)
    with serving(sqlite_ledger) as server:
        for written, account in (("a%2Fb", "a/b"), ("a%3Fb%20%D2%9A", "a?b Қ")):
            assert account == asked(server, written)["account"]


def test_the_document_is_the_one_that_is_kept() -> None:
    """docs/openapi.json is what the server gives out."""
    assert (ROOT / "docs/openapi.json").read_text(encoding="utf-8") == api.document()


def test_a_fault_of_ours_tells_nothing(sqlite_ledger: Database) -> None:
    """500 with one sentence and every header; only the class of the error is written down."""
    with serving(sqlite_ledger) as server, server.api() as client:
        object.__setattr__(server.office, "shelf", None)
        answer = client.get("/v1/holders/a1")
        assert (500, {"error": "a fault of ours"}) == (answer.status_code, answer.json())
        assert "no-referrer" == answer.headers["Referrer-Policy"]
        assert soon(lambda: server.errors)
        assert ["AttributeError"] == server.errors


#: By their names in Schemathesis.
CHECKS = (
    "status_code_conformance", "content_type_conformance", "response_schema_conformance",
    "response_headers_conformance", "negative_data_rejection", "unsupported_method",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(DOCUMENT["paths"]))
def test_whatever_is_sent_the_answer_is_as_described(sqlite_ledger: Database, path: str) -> None:
    """Schemathesis makes requests out of the document, good and bad: no fault, no undocumented status or shape."""
    import schemathesis  # noqa: PLC0415 - takes a second, which every run of the other tests would wait for

    sent(sqlite_ledger, changes=SEVERAL)
    with serving(sqlite_ledger) as server:
        headers = {"Authorization": f"Bearer {API_KEY}", "Origin": "https://policy.example.org"}
        for operation in schemathesis.openapi.from_dict(DOCUMENT).get_all_operations():
            found = operation.ok()
            if found is None or found.path != path:
                continue
            run_cases(found.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE), server.url, headers)
            if found.body or found.path_parameters or found.headers:
                # Where nothing can be said, nothing can be said wrongly.
                run_cases(found.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE), server.url, headers)
        assert [] == server.errors


def run_cases(strategy: Any, url: str, headers: dict[str, str]) -> None:
    from hypothesis import given as hypothesis_given  # noqa: PLC0415 - the name is taken
    from schemathesis.checks import not_a_server_error  # noqa: PLC0415 - see above
    from schemathesis.specs.openapi import checks  # noqa: PLC0415 - see above

    held = [not_a_server_error, *(getattr(checks, name) for name in CHECKS)]

    @settings(
        max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate], database=None
    )
    @hypothesis_given(strategy)
    def run(case: Any) -> None:
        response = case.call(base_url=url, headers=headers)
        case.validate_response(response, checks=held)

    run()
