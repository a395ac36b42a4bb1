"""Tests of the plan: who is told, how, in which language and by when."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from notifier import campaign
from notifier.audience import Holder
from notifier.campaign import JOINED_LATER, NO_CONTACT, Negotiator, Request, decide
from notifier.channels.protocol import Kind
from notifier.errors import InputError, Refused
from notifier.ledger.records import State
from tests.notifier.factory import make_bundle, many_rows, write_audience

if TYPE_CHECKING:
    from notifier.ledger.records import Rules
    from notifier.ledger.sqlite import Database
    from policypress.bundle import Bundle

NOW = datetime(2026, 12, 1, 6, tzinfo=UTC)
PUBLISHED = date(2026, 12, 1)


def make_request(bundle: Bundle, *rows: str, today: date = PUBLISHED) -> Request:
    source = write_audience(Path("accounts.csv"), *rows)
    return Request(
        bundle=bundle, source=source, today=today, chosen=True, kinds=set(Kind), rejects=Path("rejects.jsonl")
    )


@pytest.mark.parametrize(
    ("tag", "country", "expected"),
    [
        ("kk", "KZ", ("kk", "exact")),
        ("KK", "", ("kk", "exact")),
        ("ru-KZ", "KZ", ("ru", "language")),
        ("kk_KZ", "", ("kk", "language")),
        ("kk-Cyrl-KZ", "KZ", ("kk", "script-stripped")),
        ("uz", "UZ", ("ru", "country")),
        ("", "KZ", ("kk", "country")),
        ("de-DE", "DE", ("en", "fallback")),
        ("", "", ("en", "fallback")),
    ],
)
def test_the_language_is_negotiated_by_a_named_rule(tag: str, country: str, expected: tuple[str, str]) -> None:
    """Exact, then the tag shortened, then the country's own, then the policy's fallback."""
    assert expected == Negotiator(make_bundle()).choose(tag, country)


@pytest.mark.parametrize(
    ("fields", "contacts", "skipped"),
    [
        ({"email": "a@example.org"}, [Kind.EMAIL], None),
        ({"email": "a@example.org", "fcm_token": "t", "webpush": "{}"}, [Kind.EMAIL, Kind.FCM], None),
        ({"webpush": "{}"}, [Kind.WEBPUSH], None),
        ({}, [], NO_CONTACT),
        ({"email": "a@example.org", "joined_at": date(2026, 12, 2)}, [], JOINED_LATER),
        ({"email": "a@example.org", "joined_at": date(2026, 12, 1)}, [Kind.EMAIL], None),
        # 19:30 UTC on the 1st is the 2nd in Almaty.
        ({"email": "a@example.org", "joined_at": datetime(2026, 12, 1, 19, 30, tzinfo=UTC)}, [], JOINED_LATER),
    ],
)
def test_the_ways_to_a_holder(fields: dict[str, Any], contacts: list[Kind], skipped: str | None) -> None:
    """E-mail where there is an address, one push where there is a token; else the reason why not."""
    request = make_request(make_bundle())
    entry = decide(Holder(line=2, account_id="a", **fields), request, Negotiator(request.bundle))
    assert (contacts, skipped) == ([kind for kind, _ in entry.contacts], entry.skipped)


def test_a_minors_notice_goes_to_the_guardian_only() -> None:
    """Not to the minor's own address, and not to the minor's devices."""
    request = make_request(make_bundle())
    minor = Holder(line=2, account_id="a", email="c@example.org", fcm_token="t", guardian_email="p@example.org")
    entry = decide(minor, request, Negotiator(request.bundle))
    assert (((Kind.EMAIL, "p@example.org"),), True) == (entry.contacts, entry.guardian)


def test_a_plan_counts_what_it_wrote(ledger: Database, rules: Rules) -> None:
    """Shared mailboxes are folded, faults and the unreachable are recorded with their reasons."""
    plan = campaign.plan(
        ledger,
        make_request(
            make_bundle(),
            "a,family@example.org,kk,KZ,,,,,",
            "b,Family@example.org,ru,KZ,,,,,",
            "c,c@example.org,ru,RU,,tok,,,",
            "c,again@example.org,ru,RU,,,,,",
            "d,,ru,RU,,,,,",
            "e,e@example.org,ru,RU,,,,,2026-12-24",
            "f,broken",
        ),
        rules,
        NOW,
    )
    lanes = {
        (one.lane.kind.value, one.lane.locale, one.follows): one.notices
        for one in plan.figures.lanes
    }  # fmt: skip
    expected = {("email", "kk", False): 1, ("email", "kk", True): 1, ("email", "ru", False): 1, ("fcm", "ru", False): 1}
    assert expected == lanes
    assert {NO_CONTACT: 1, JOINED_LATER: 1} == plan.figures.skipped
    assert ({State.PLANNED: 4}, 2, 4) == (plan.figures.states, plan.figures.rejected, plan.figures.open)
    rejects = [json.loads(line) for line in Path("rejects.jsonl").read_text().splitlines()]
    assert [(8, "f,broken"), (5, "")] == [(one["line"], one["row"]) for one in rejects]
    assert "line 4 already" in rejects[1]["reason"]


def test_a_late_plan_is_refused_and_writes_nothing(ledger: Database, rules: Rules) -> None:
    """The message says the earliest honest date; ledger and folder stay as they were."""
    request = make_request(make_bundle(), "a,a@example.org,en,KZ,,,,,", "b,bad", today=date(2026, 12, 20))
    with pytest.raises(Refused, match="earliest honest effective date is 2027-01-19"):
        campaign.plan(ledger, request, rules, NOW)
    with ledger.reading() as work:
        assert [] == work.all("campaign_names")
    assert not Path("rejects.jsonl").exists()
    assert [] == [path.name for path in Path().iterdir() if path.suffix == ".part"]


def test_the_strictest_country_of_the_audience_counts(ledger: Database, rules: Rules) -> None:
    """One holder in a country with 45 days makes them everyone's."""
    day = date(2026, 12, 2)
    assert 30 == campaign.plan(ledger, make_request(make_bundle(), *many_rows(3), today=day), rules, NOW).lead_days
    strict = make_request(make_bundle(), *many_rows(3), "z,z@example.org,de,DE,,,,,", today=day)
    with pytest.raises(Refused, match="45 days are promised"):
        campaign.plan(ledger, strict, rules, NOW)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"moved": [{"kind": "withdrawn", "on": "2026-12-02"}]}, "withdrawn"),
        ({"historic": True}, "historic"),
        ({"class": "editorial"}, "only a material one"),
        ({"effective": "2026-11-01"}, "in force since 2026-11-01"),
        ({"lead_time": {"reason": "x", "days": {}}}, "no lead time"),
    ],
)
def test_a_release_that_needs_no_notice_is_refused(fields: dict[str, Any], words: str) -> None:
    """The reason is said."""
    with pytest.raises(Refused, match=words):
        campaign.needs_notice(make_bundle(**fields), PUBLISHED)


def test_planning_again_changes_nothing(ledger: Database, rules: Rules) -> None:
    """The same audience gives the same campaign; before anything is sent a better one replaces it."""
    bundle = make_bundle()
    first = campaign.plan(ledger, make_request(bundle, *many_rows(5)), rules, NOW)
    second = campaign.plan(ledger, make_request(bundle, *many_rows(5)), rules, NOW)
    third = campaign.plan(ledger, make_request(bundle, *many_rows(6)), rules, NOW)
    assert ("privacy-policy/2026-12-01", False) == (first.name, first.again)
    assert (first.name, True, first.figures) == (second.name, second.again, second.figures)
    assert 6 == third.figures.notices


def test_a_shard_is_one_request_at_most(ledger: Database, rules: Rules) -> None:
    """No shard holds more than a request may carry, and every notice has its shard."""
    campaign.plan(ledger, make_request(make_bundle(), *many_rows(4500)), rules, NOW)
    connection = sqlite3.connect(ledger.path)
    sizes = [row[0] for row in connection.execute("SELECT COUNT(*) FROM notice GROUP BY shard ORDER BY 1")]
    connection.close()
    assert [500, 500, 500, 1000, 1000, 1000] == sizes


@pytest.mark.parametrize("text", ["", "{", '{"format": "policypress.release/2"}', "[]"])
def test_what_is_no_bundle_is_refused(text: str) -> None:
    """The message names the file and how to make one."""
    Path("b.json").write_text(text)
    with pytest.raises(InputError, match=r"b\.json: not a release bundle .*`policypress build`"):
        campaign.load_bundle(Path("b.json"))
