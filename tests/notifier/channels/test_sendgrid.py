"""Tests of SendGrid's channel: the exact request, and what each answer means."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sendgrid.helpers.mail import CustomArg, Personalization, Substitution, To

from notifier.channels.protocol import TOKEN, Addressee, Batch, Content, Kind, Result
from notifier.channels.sendgrid import SendGrid, body, harmless, on_loopback, open_channel
from notifier.settings import Settings

if TYPE_CHECKING:
    from tests.notifier.sendgrid_server import SendGridServer

CONTENT = Content(
    kind=Kind.EMAIL, locale="kk", direction="ltr", guardian=False, subject="Тақырып", text="мәтін", html="<p>мәтін</p>",
    sender="Xiaomi <privacy@example.org>",
)  # fmt: skip


def make_batch(count: int) -> Batch:
    people = tuple(Addressee(notice=f"n{number}", address=f"h{number}@example.org") for number in range(count))
    return Batch(campaign="privacy-policy/2026-12-01", attempt="7", content=CONTENT, addressees=people)


def open_at(server: SendGridServer) -> SendGrid:
    return open_channel(Settings(sendgrid_url=server.url, sendgrid_api_key=SecretStr("SG.key")))


def results(server: SendGridServer, count: int) -> tuple[list[str], str]:
    channel = open_at(server)
    answer = channel.send(make_batch(count))
    channel.close()
    by_notice = {outcome.notice: outcome.result.value for outcome in answer.outcomes}
    assert count == len(answer.outcomes)
    return [by_notice[f"n{number}"] for number in range(count)], answer.stop


def test_the_request_is_exactly_this(sendgrid_server: SendGridServer) -> None:
    """Shape of the SDK, both parts, no tracking, the unsubscribe list bypassed, nothing personal in custom_args."""
    assert (["accepted"], "") == results(sendgrid_server, 1)
    expected = {
        "from": {"name": "Xiaomi", "email": "privacy@example.org"},
        "subject": "Тақырып",
        "personalizations": [
            {
                "to": [{"email": "h0@example.org"}],
                "custom_args": {"campaign": "privacy-policy/2026-12-01", "notice": "n0", "attempt": "7"},
            }
        ],
        "content": [{"type": "text/plain", "value": "мәтін"}, {"type": "text/html", "value": "<p>мәтін</p>"}],
        "headers": {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All", "Content-Language": "kk"},
        "mail_settings": {"bypass_unsubscribe_management": {"enable": True}},
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
        },
    }
    assert [expected] == sendgrid_server.requests
    assert "Bearer SG.key" == sendgrid_server.headers[0]["Authorization"]


def test_a_personalization_is_the_sdks() -> None:
    """Ours, made by hand for speed, is what the SDK makes."""
    batch = make_batch(1)
    person = replace(batch.addressees[0], token="T0")
    theirs = Personalization()
    theirs.add_to(To(person.address))
    theirs.add_substitution(Substitution(TOKEN, "T0"))
    for name, value in (("campaign", batch.campaign), ("notice", person.notice), ("attempt", batch.attempt)):
        theirs.add_custom_arg(CustomArg(name, value))
    assert [theirs.get()] == json.loads(body(batch, [person]))["personalizations"]


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"), min_size=1))
def test_whatever_stands_in_a_text_stays_in_it(address: str, token: str) -> None:
    """Quotes, braces and line ends of an address or a token are data, never part of the request's shape."""
    batch = make_batch(2)
    person = replace(batch.addressees[0], address=address, token=token)
    found = json.loads(body(batch, [person, batch.addressees[1]]))["personalizations"]
    assert [[{"email": address}], [{"email": "h1@example.org"}]] == [one["to"] for one in found]
    assert {TOKEN: token} == found[0]["substitutions"]


def test_a_name_with_a_comma_is_dropped() -> None:
    """SendGrid misreads it; the address alone is safe."""
    batch = make_batch(1)
    content = replace(CONTENT, sender='"Xiaomi, Inc." <privacy@example.org>')
    assert {"email": "privacy@example.org"} == json.loads(body(replace(batch, content=content), batch.addressees))[
        "from"
    ]


@pytest.mark.parametrize(
    ("answer", "result", "stops"),
    [
        ((202, {}, None), "accepted", False),
        ((200, {}, None), "accepted", False),
        ((429, {"Retry-After": "60"}, None), "again", False),
        ((503, {}, None), "again", False),
        ((500, {}, None), "unknown", False),
        ((502, {}, "<html>"), "unknown", False),
        (None, "unknown", False),
        ((401, {}, {"errors": [{"message": "authorization required", "field": None}]}), "again", True),
        ((403, {}, {"errors": [{"message": "from address does not match", "field": "from"}]}), "again", True),
        ((400, {}, {"errors": [{"message": "bad from", "field": "from.email"}]}), "again", True),
        ((404, {}, None), "again", True),
    ],
)
def test_what_an_answer_means(sendgrid_server: SendGridServer, answer: Any, result: str, stops: bool) -> None:  # noqa: FBT001
    """Accepted, certainly not sent, or unknown; a refusal of us as a whole stops the run."""
    sendgrid_server.answer = lambda _body: answer
    found, stop = results(sendgrid_server, 3)
    assert ([result] * 3, stops) == (found, bool(stop))
    assert "SG.key" not in stop


def test_the_wait_is_the_providers(sendgrid_server: SendGridServer) -> None:
    """Retry-After, else the reset of the rate limit."""
    sendgrid_server.answer = lambda _body: (429, {"Retry-After": "61"}, None)
    channel = open_at(sendgrid_server)
    assert 61.0 == channel.send(make_batch(1)).outcomes[0].wait
    sendgrid_server.answer = lambda _body: (429, {"X-RateLimit-Reset": "1030"}, None)
    assert 30.0 == replace(channel, clock=lambda: 1000.0).send(make_batch(1)).outcomes[0].wait
    channel.close()


def test_one_named_bad_recipient_costs_itself_only(sendgrid_server: SendGridServer) -> None:
    """It is taken out, the rest is sent again at once; the reason holds no address."""

    def answer(request: dict[str, Any]) -> Any:
        for number, one in enumerate(request["personalizations"]):
            if one["to"][0]["email"] == "h3@example.org":
                field = f"personalizations.{number}.to.0.email"
                return 400, {}, {"errors": [{"message": "h3@example.org is not valid", "field": field}]}
        return 202, {}, None

    sendgrid_server.answer = answer
    channel = open_at(sendgrid_server)
    outcomes = {outcome.notice: outcome for outcome in channel.send(make_batch(10)).outcomes}
    channel.close()
    assert ["n3"] == [notice for notice, outcome in outcomes.items() if outcome.result is Result.INVALID]
    assert "<address> is not valid" == outcomes["n3"].reason
    assert 2 == len(sendgrid_server.requests)


def test_an_unnamed_bad_recipient_is_found_by_halving(sendgrid_server: SendGridServer) -> None:
    """One row never fails the others, and nobody is sent to twice."""
    accepted: list[str] = []

    def answer(request: dict[str, Any]) -> Any:
        people = [one["to"][0]["email"] for one in request["personalizations"]]
        if "h5@example.org" in people:
            return 400, {}, {"errors": [{"message": "bad request", "field": None}]}
        accepted.extend(people)
        return 202, {}, None

    sendgrid_server.answer = answer
    found, stop = results(sendgrid_server, 16)
    assert ["invalid" if number == 5 else "accepted" for number in range(16)] == found
    assert "" == stop
    assert sorted(set(accepted)) == sorted(accepted)
    assert 15 == len(accepted)


def test_a_fault_that_is_ours_blames_nobody(sendgrid_server: SendGridServer) -> None:
    """Where every recipient is refused alike, the run stops and no address is marked."""
    sendgrid_server.answer = lambda _body: (400, {}, {"errors": [{"message": "bad request", "field": None}]})
    found, stop = results(sendgrid_server, 4)
    assert ["again"] * 4 == found
    assert "every recipient alike" in stop


def test_nobody_listening_is_certainly_not_sent() -> None:
    """A refused connection is tried again, never unknown."""
    channel = open_channel(Settings(sendgrid_url="http://127.0.0.1:9", sendgrid_api_key=SecretStr("k")))
    assert [Result.AGAIN] == [outcome.result for outcome in channel.send(make_batch(1)).outcomes]
    channel.close()


def test_an_answer_that_does_not_come_is_unknown(sendgrid_server: SendGridServer) -> None:
    """The request may have been carried out."""
    sendgrid_server.delay = 0.5
    client = httpx.Client(base_url=sendgrid_server.url, timeout=httpx.Timeout(0.1))
    channel = SendGrid(client=client)
    assert [Result.UNKNOWN] == [outcome.result for outcome in channel.send(make_batch(1)).outcomes]
    channel.close()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost", True),
        ("http://[::1]:80", True),
        ("https://api.sendgrid.com", False),
        ("http://127.0.0.1.example.org", False),
    ],
)
def test_what_is_on_loopback(url: str, expected: bool) -> None:  # noqa: FBT001
    """Only this machine itself."""
    assert expected == on_loopback(Settings(sendgrid_url=url))


def test_an_address_that_stands_twice_is_written_to_once(sendgrid_server: SendGridServer) -> None:
    """SendGrid refuses the whole request for it; both copies share what became of the one message."""
    people = tuple(
        Addressee(notice=f"n{number}", address=one) for number, one in enumerate(("A@x.org", "b@x.org", "a@x.org"))
    )
    channel = open_at(sendgrid_server)
    answer = channel.send(replace(make_batch(0), addressees=people))
    channel.close()
    assert [("n0", "accepted"), ("n1", "accepted"), ("n2", "accepted")] == [
        (outcome.notice, outcome.result.value) for outcome in answer.outcomes
    ]
    assert ["A@x.org", "b@x.org"] == sendgrid_server.recipients


def test_letters_outside_ascii_before_the_at_are_refused_here(sendgrid_server: SendGridServer) -> None:
    """SendGrid would refuse the whole request; the others go out."""
    people = (Addressee(notice="n0", address="алия@x.org"), Addressee(notice="n1", address="a@x.org"))
    channel = open_at(sendgrid_server)
    answer = channel.send(replace(make_batch(0), addressees=people))
    channel.close()
    assert ["invalid", "accepted"] == [outcome.result.value for outcome in answer.outcomes]
    assert ["a@x.org"] == sendgrid_server.recipients


def test_in_the_sandbox_everything_is_checked_and_nothing_sent(sendgrid_server: SendGridServer) -> None:
    """The request says so, and nothing can reach anybody."""
    settings = Settings(sendgrid_url=sendgrid_server.url, sendgrid_api_key=SecretStr("k"), sendgrid_sandbox=True)
    channel = open_channel(settings)
    channel.send(make_batch(1))
    channel.close()
    assert {"enable": True} == sendgrid_server.requests[0]["mail_settings"]["sandbox_mode"]
    assert harmless(Settings(sendgrid_api_key=SecretStr("k"), sendgrid_sandbox=True))


def test_two_bad_addresses_do_not_stop_the_run(sendgrid_server: SendGridServer) -> None:
    """Named by SendGrid one by one, they are theirs and not our fault."""

    def answer(request: dict[str, Any]) -> Any:
        fields = [f"personalizations.{number}.to.0.email" for number in range(len(request["personalizations"]))]
        return 400, {}, {"errors": [{"message": "not a valid address", "field": field} for field in fields]}

    sendgrid_server.answer = answer
    assert (["invalid", "invalid"], "") == results(sendgrid_server, 2)


def test_a_key_that_the_provider_repeats_is_not_shown(sendgrid_server: SendGridServer) -> None:
    """Neither in the message that stops the run nor in the channel's own words."""
    key = "SG.abc-DEF_123.xyz"
    sendgrid_server.answer = lambda _body: (401, {}, {"errors": [{"message": f"bad key {key}", "field": None}]})
    channel = open_channel(Settings(sendgrid_url=sendgrid_server.url, sendgrid_api_key=SecretStr(key)))
    answer = channel.send(make_batch(2))
    channel.close()
    assert "SendGrid refuses us: HTTP 401: bad key <key>; check SENDGRID_API_KEY" == answer.stop
    assert key not in repr(channel) + repr(answer)


def test_a_request_that_is_too_big_is_halved(sendgrid_server: SendGridServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours before it is sent, the provider's 413 after."""
    monkeypatch.setattr("notifier.channels.sendgrid.LARGEST", 2_000)
    assert (["accepted"] * 16, "") == results(sendgrid_server, 16)
    assert 1 < len(sendgrid_server.requests)
    monkeypatch.undo()
    many = 4
    sendgrid_server.requests.clear()
    sendgrid_server.answer = lambda body: (413 if len(body["personalizations"]) > many else 202, {}, None)
    assert (["accepted"] * 16, "") == results(sendgrid_server, 16)
    assert 16 == len(set(sendgrid_server.recipients))
