"""Tests of the plan: who is told, how, in which language and by when."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from notifier import campaign, promise
from notifier.audience import CONTACTS, Holder, Page
from notifier.campaign import Limits, Request
from notifier.channels.protocol import Kind
from notifier.deciding import JOINED_LATER, NO_CONTACT, NOT_WRITABLE, Decider, Negotiator
from notifier.errors import InputError, Refused
from notifier.ledger import figures
from notifier.ledger.book import Book
from notifier.ledger.plans import INDEXES, Decision, Way
from notifier.ledger.records import State
from notifier.pace import Pace
from tests.notifier import raw
from tests.notifier.factory import make_bundle, many_rows, write_audience

if TYPE_CHECKING:
    from notifier.ledger.database import Database
    from notifier.ledger.records import Rules
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
        ("kkk", "", ("en", "fallback")),
        ("ru-x-private", "", ("ru", "language")),
        ("sr-Latn-RS", "", ("en", "fallback")),
        ("-", "KZ", ("kk", "country")),
        ("k", "KG", ("ru", "country")),
    ],
)
def test_the_language_is_negotiated_by_a_named_rule(tag: str, country: str, expected: tuple[str, str]) -> None:
    """Exact, then the tag shortened, then the country's own, then the policy's fallback."""
    assert expected == Negotiator(make_bundle()).choose(tag, country)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("zh-Hant-TW", ("zh-Hant", "language")),
        ("zh_hant", ("zh-Hant", "exact")),
        ("zh-CN", ("en", "fallback")),
        ("zh", ("en", "fallback")),
        ("sr-Latn", ("sr", "script-stripped")),
        ("sr-Cyrl-RS", ("sr", "script-stripped")),
        ("sr-RS", ("sr", "language")),
    ],
)
def test_a_script_is_dropped_only_where_the_language_is_published(tag: str, expected: tuple[str, str]) -> None:
    """Whoever reads Hant gets Hant; whoever reads Hans is not given Hant; dropping a script is said."""
    bundle = make_bundle()
    locales = bundle.locales | dict.fromkeys(("zh-Hant", "sr"), bundle.locales["en"])
    assert expected == Negotiator(bundle.model_copy(update={"locales": locales})).choose(tag, "")


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
        ({"email": "a@example.org", "joined_at": datetime.max.replace(tzinfo=UTC)}, [], JOINED_LATER),
        (
            {"email": "a@example.org", "joined_at": datetime.min.replace(tzinfo=timezone(timedelta(hours=6)))},
            [Kind.EMAIL],
            None,
        ),
    ],
)
def test_the_ways_to_a_holder(fields: dict[str, Any], contacts: list[Kind], skipped: str | None) -> None:
    """E-mail where there is an address, one push where there is a token; else the reason why not."""
    (decision,) = decide(Holder(line=2, account_id="a", **fields))
    assert (contacts, skipped) == ([way.kind for way in decision.ways], decision.skipped)


def decide(*holders: Holder, smtputf8: bool = True) -> list[Decision]:
    names = ("account_id", "locale", "country", "timezone", "joined_at")
    page = Page(
        lines=[holder.line for holder in holders],
        contacts={name: [getattr(holder, name) for holder in holders] for name in CONTACTS},
        **{name: [getattr(holder, name) for holder in holders] for name in names},
    )
    return Decider(bundle=make_bundle(), kinds=set(Kind), smtputf8=smtputf8).decide(page)


def test_a_minors_notice_goes_to_the_guardian_only() -> None:
    """Not to the minor's own address, and not to the minor's devices."""
    (decision,) = decide(
        Holder(line=2, account_id="a", email="c@example.org", fcm_token="t", guardian_email="p@example.org")
    )
    assert ((Way(Kind.EMAIL, "guardian_email"),), True) == (decision.ways, decision.guardian)


def test_a_push_keeps_the_time_zone_of_its_holders() -> None:
    """Quiet hours count where the holder is; mail has none."""
    (decision,) = decide(Holder(line=2, account_id="a", email="a@example.org", fcm_token="t", timezone="Asia/Tokyo"))
    assert (Way(Kind.EMAIL, "email"), Way(Kind.FCM, "fcm_token", "Asia/Tokyo")) == decision.ways


def test_an_address_the_provider_cannot_write_to_is_no_way() -> None:
    """Letters outside ASCII before the @: a push instead, or the reason; others on the same page are not concerned."""
    holders = [
        Holder(line=2, account_id="a", email="жан@example.org"),
        Holder(line=3, account_id="b", email="жан@example.org", fcm_token="t"),
        Holder(line=4, account_id="c", email="c@example.org"),
    ]
    found = [([way.kind for way in one.ways], one.skipped) for one in decide(*holders, smtputf8=False)]
    assert [([], NOT_WRITABLE), ([Kind.FCM], None), ([Kind.EMAIL], None)] == found
    assert [[Kind.EMAIL]] == [[way.kind for way in one.ways] for one in decide(holders[0])]


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


GERMAN = "z,z@example.org,de,DE,,,,,"


def test_a_country_whose_lead_time_cannot_be_kept_is_named(ledger: Database, rules: Rules) -> None:
    """One holder in a country with 45 days, a day too late for them, and nobody is planned."""
    day = date(2026, 12, 2)
    assert 30 == campaign.plan(ledger, make_request(make_bundle(), *many_rows(3), today=day), rules, NOW).lead_days
    with pytest.raises(Refused, match=r"45 days are promised in DE, .* 44 days before .* date is 2027-01-16"):
        campaign.plan(ledger, make_request(make_bundle(), *many_rows(3), GERMAN, today=day), rules, NOW)


def test_the_lead_time_of_a_country_is_asked_of_its_holders_alone(ledger: Database, rules: Rules) -> None:
    """Two days of sending are too many for all to have 45 days, and enough for the one who is promised them."""
    limits = Limits(paces={Kind.EMAIL: Pace(per_second=0.001)})
    request = replace(make_request(make_bundle(), *many_rows(120), GERMAN), limits=limits)
    plan = campaign.plan(ledger, request, rules, NOW)
    assert [(("DE",), 1, PUBLISHED), ((), 120, date(2026, 12, 2))] == [
        (one.promise.countries, one.messages, one.last) for one in plan.terms
    ]
    assert 45 == plan.lead_days


def test_those_who_are_promised_more_are_told_first(ledger: Database, rules: Rules) -> None:
    """Whatever their place in the audience: their shards are claimed before the others'."""
    plan = campaign.plan(ledger, make_request(make_bundle(), *many_rows(3000), GERMAN), rules, NOW)
    with ledger.reading() as work:
        number = work.one("campaign_get", name=plan.name)["id"]  # type: ignore[index]
    first = Book(database=ledger, rules=rules).claim(number, 1)
    assert ("en", 4) == (first and first.lane.locale, first and first.id)


@pytest.mark.parametrize("others", [0, 1])
def test_a_shared_mailbox_is_told_when_its_strictest_account_must_be(
    ledger: Database, rules: Rules, others: int
) -> None:
    """One message, in the shard of the account with the longer lead time; also beside another campaign."""
    for number in range(others):
        campaign.plan(ledger, make_request(make_bundle(release=f"2026-12-0{number + 2}"), *many_rows(3)), rules, NOW)
    rows = (*many_rows(3), "y,z@example.org,kk,KZ,,,,,", GERMAN, "x,Z@example.org,ru,RU,,,,,")
    plan = campaign.plan(ledger, make_request(make_bundle(), *rows), rules, NOW)
    deadline = promise.of(make_bundle(), "DE").deadline
    assert [(1, False), (2, True)] == sorted(
        (one.notices, one.follows) for one in plan.figures.lanes if one.deadline == deadline
    )
    assert {"en"} == {one.lane.locale for one in plan.figures.lanes if one.deadline == deadline}


@pytest.mark.parametrize(
    ("day", "begun", "words"),
    [
        (1, False, ""),
        (1, True, ""),
        (2, True, "late in DE: notices after 2026-12-01"),
        (16, True, "late in DE: notices after 2026-12-01"),
        (17, True, "late: notices after 2026-12-16 do not keep the 30 days"),
    ],
)
def test_what_has_begun_goes_on_and_says_for_whom_it_is_late(
    ledger: Database, rules: Rules, day: int, words: str, *, begun: bool
) -> None:
    """By country, and only while someone there is not told."""
    bundle = make_bundle()
    plan = campaign.plan(ledger, make_request(bundle, *many_rows(3), GERMAN), rules, NOW)
    found = figures.campaign(ledger, plan.name)
    now = datetime(2026, 12, day, 6, tzinfo=UTC)
    coming = campaign.terms(plan.figures, Limits(), {}, now, bundle)
    said = campaign.may_send(found, bundle, now.date(), coming, begun=begun)
    assert (words in said, bool(words)) == (True, bool(said))
    # Once the Germans are told, nothing is said of them.
    assert ("late" in words and "in DE" not in words) == bool(
        campaign.may_send(found, bundle, now.date(), coming[1:], begun=begun)
    )


def test_what_is_late_is_counted_by_the_lead_time_of_its_country(ledger: Database, rules: Rules) -> None:
    """On the second of December the Germans are late, on the seventeenth everyone."""
    plan = campaign.plan(ledger, make_request(make_bundle(), *many_rows(3), GERMAN), rules, NOW)
    found = figures.campaign(ledger, plan.name)

    def late(day: int) -> list[int]:
        now = int(datetime(2026, 12, day, 6, tzinfo=UTC).timestamp() * 1000)
        return list(figures.count(ledger, found, rules, now).late_by.values())

    assert [[], [1], [1, 3]] == [late(1), late(2), late(17)]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
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


def test_new_holders_join_a_plan_that_has_begun(ledger: Database, rules: Rules) -> None:
    """Once a request was made the rows of before stay, those who are new are added, and nobody twice."""
    bundle, rows = make_bundle(), many_rows(5)
    first = campaign.plan(ledger, make_request(bundle, *rows), rules, NOW)
    with ledger.transaction() as work:
        work.run(
            "attempt_put", campaign=1, shard=1, epoch=1, provider="test", content="sha256:0", copies=1, now=0
        )  # fmt: skip
    again = [*rows, "n,new@example.org,kk,KZ,,,,,", "n,n2@example.org,kk,KZ,,,,,", "o,Holder1@example.org,kk,KZ,,,,,"]
    second = campaign.plan(ledger, make_request(bundle, *again), rules, NOW)
    assert (5, 7, 1) == (first.figures.notices, second.figures.notices, second.figures.rejected)
    assert 1 == sum(one.notices for one in second.figures.lanes if one.follows)


def test_accounts_that_stand_twice_are_told_once(ledger: Database, rules: Rules) -> None:
    """However far apart their rows are; the first is taken, each other is refused with the line of the first."""
    rows = many_rows(15_000)
    plan = campaign.plan(ledger, make_request(make_bundle(), *rows, rows[7], rows[7], rows[0]), rules, NOW)
    rejects = [json.loads(line) for line in Path("rejects.jsonl").read_text().splitlines()]
    assert (15_000, 3) == (plan.figures.notices, plan.figures.rejected)
    assert [(15_002, "9"), (15_003, "9"), (15_004, "2")] == [
        (one["line"], one["reason"].split("line ")[1].split()[0]) for one in rejects
    ]


def test_a_plan_that_fails_leaves_the_ledger_whole(ledger: Database, rules: Rules) -> None:
    """Its indexes are back, and the next plan is made as if nothing had been."""
    request = make_request(make_bundle(), *many_rows(3), today=date(2026, 12, 20))
    with pytest.raises(Refused):
        campaign.plan(ledger, request, rules, NOW)
    assert set(INDEXES) <= raw.indexes(ledger)
    assert 3 == campaign.plan(ledger, make_request(make_bundle(), *many_rows(3)), rules, NOW).figures.notices


def test_a_second_campaign_leaves_the_first_alone(ledger: Database, rules: Rules) -> None:
    """The same accounts and mailboxes in another release are planned beside it."""
    first, second = make_bundle(), make_bundle(release="2026-12-02")
    campaign.plan(ledger, make_request(first, *many_rows(5)), rules, NOW)
    plan = campaign.plan(ledger, make_request(second, *many_rows(6)), rules, NOW)
    assert (6, 6, False) == (plan.figures.holders, plan.figures.notices, plan.again)


def test_a_shard_is_one_request_at_most(ledger: Database, rules: Rules) -> None:
    """No shard holds more than a request may carry, and every notice has its shard."""
    campaign.plan(ledger, make_request(make_bundle(), *many_rows(4500)), rules, NOW)
    sizes = [row[0] for row in raw.sql(ledger, "SELECT COUNT(*) FROM notice GROUP BY shard ORDER BY 1")]
    assert [500, 500, 500, 1000, 1000, 1000] == sizes


@pytest.mark.parametrize("text", ["", "{", '{"format": "policypress.release/2"}', "[]"])
def test_what_is_no_bundle_is_refused(text: str) -> None:
    """The message names the file and how to make one."""
    Path("b.json").write_text(text)
    with pytest.raises(InputError, match=r"b\.json: not a release bundle .*`policypress build`"):
        campaign.load_bundle(Path("b.json"))
