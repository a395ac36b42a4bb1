"""Tests of the reach: who was told when, counted from the ledger in both databases."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings, strategies
from lxml import html

from notifier import campaign, reach
from notifier.channels.protocol import Content, Kind
from notifier.cli import run
from notifier.consent.shelf import Announced
from notifier.consent.standing import holding
from notifier.ledger import consent, figures
from notifier.ledger.book import Book
from notifier.ledger.consent import Reply
from notifier.ledger.records import Rules, State, Verdict
from notifier.reach import page
from tests.notifier.factory import SEVERAL, TEXTS, local, make_bundle, many_rows, write_audience
from tests.notifier.sent import ROWS, sent

if TYPE_CHECKING:
    from notifier.ledger.database import Database

NAME = "privacy-policy/2026-12-01"
CONTENT = Content(kind=Kind.EMAIL, locale="en", direction="ltr", guardian=False, subject="s", text="t")
HOUR = 3_600_000
WITHDRAWN = {"kind": "withdrawn", "on": "2026-12-05"}


def planned(ledger: Database, rules: Rules, *rows: str) -> campaign.Campaign:
    request = campaign.Request(
        bundle=make_bundle(), source=write_audience(Path("a.csv"), *rows), today=date(2026, 12, 1), chosen=True,
        kinds=set(Kind), rejects=Path("rejects.jsonl"),
    )  # fmt: skip
    campaign.plan(ledger, request, rules, datetime(2026, 12, 1, tzinfo=UTC))
    return figures.campaign(ledger, NAME)


def moment(day: date, hour: int = 12) -> int:
    """Return an hour of a day in Almaty, milliseconds since the epoch."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000) + (hour - 5) * HOUR


def send(ledger: Database, rules: Rules, found: campaign.Campaign, now: int, refused: dict[int, str]) -> None:
    """Send everything that is ready at one moment; the holders named are refused with their reasons."""
    book = Book(database=ledger, rules=rules)
    while shard := book.claim(found.id, now):
        while intent := book.intend(shard, CONTENT, "t", 2, now):
            verdicts = [
                Verdict(holder=holder, state=State.INVALID, at=now, reason=refused[holder])
                for holder, _ in intent.copies
                if holder in refused
            ]
            book.record(shard, intent, verdicts, "p", now)
        book.release(shard, now)


def count(ledger: Database, found: campaign.Campaign) -> reach.Reach:
    return reach.reach(ledger, found, make_bundle(), datetime(2026, 12, 20, tzinfo=UTC))


def test_everyone_is_counted_once(ledger: Database, rules: Rules) -> None:
    """By language, country, channel and day; who was not told with where it stands and why; the sums agree."""
    found = planned(
        ledger, rules, *many_rows(6), "de,de@example.org,en,DE,,,,,", "both,both@example.org,ru,RU,,tok,,,",
        "late,late@example.org,ru,RU,,,,,2026-12-15", "twin,HOLDER1@example.org,kk,KZ,,,,,",
    )  # fmt: skip
    send(ledger, rules, found, moment(date(2026, 12, 1)), {3: "550 no such user"})
    seen = count(ledger, found)
    assert (10, 8, 0, 0, 0, 2) == (
        seen.total.holders, seen.total.in_time, seen.total.late, seen.total.after, seen.total.delivered,
        seen.total.not_told,
    )  # fmt: skip
    assert {"en": 3, "kk": 3, "ru": 4} == {tag: share.holders for tag, share in seen.locales.items()}
    assert {"KZ": (7, 6), "DE": (1, 1), "RU": (2, 1)} == {
        name: (share.holders, share.told) for name, share in seen.countries.items()
    }
    assert {"email": {State.ACCEPTED: 8, State.INVALID: 1}, "fcm": {State.ACCEPTED: 1}} == seen.channels
    assert {date(2026, 12, 1): {"email": 8, "fcm": 1}} == seen.days
    assert {
        ("invalid", "550 no such user"): 1,
        ("not planned", "joined after publication and accepted the new text"): 1,
    } == seen.not_told
    assert seen.total.not_told == sum(seen.not_told.values())


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        # Germany is promised 45 days: its last day is 1 December, the others' 16 December.
        (date(2026, 12, 1), (2, 0, 0)),
        (date(2026, 12, 2), (1, 1, 0)),
        (date(2026, 12, 16), (1, 1, 0)),
        (date(2026, 12, 17), (0, 2, 0)),
        (date(2027, 1, 14), (0, 2, 0)),
    ],
)
def test_in_time_is_by_the_lead_time_of_the_holders_own_country(
    sqlite_ledger: Database, rules: Rules, day: date, expected: tuple[int, int, int]
) -> None:
    """Up to the last hour of the last day of each; then late, until it takes effect."""
    found = planned(sqlite_ledger, rules, "de,de@example.org,en,DE,,,,,", "kz,kz@example.org,kk,KZ,,,,,")
    send(sqlite_ledger, rules, found, moment(day, 23), {})
    seen = count(sqlite_ledger, found)
    assert expected == (seen.total.in_time, seen.total.late, seen.total.after)
    assert [day] == list(seen.days)


def test_accepted_and_delivered_are_two_facts(ledger: Database, rules: Rules) -> None:
    """A delivery is counted beside the acceptance, and a notice that came back is accepted and not told."""
    found = planned(ledger, rules, *many_rows(3))
    send(ledger, rules, found, moment(date(2026, 12, 1)), {})
    reported = [
        (holder, state, attempt(ledger, found, holder)) for holder, state in ((1, State.DELIVERED), (2, State.BOUNCED))
    ]
    with ledger.transaction() as work:
        for holder, state, number in reported:
            work.run(
                "outcome", state=state, at=moment(date(2026, 12, 3)), unknowns=0, failed=0, campaign=found.id,
                holder=holder, channel=1, attempt=number, attempting=State.ACCEPTED,
            )  # fmt: skip
    seen = count(ledger, found)
    assert (2, 1, 1) == (seen.total.told, seen.total.delivered, seen.total.not_told)
    assert {date(2026, 12, 1): {"email": 3}} == seen.days
    assert {("bounced", ""): 1} == seen.not_told


def attempt(ledger: Database, found: campaign.Campaign, holder: int) -> int:
    """Return the attempt of a holder's mail."""
    with ledger.reading() as work:
        shard = next(row["shard"] for row in work.all("proof_notices", campaign=found.id, holder=holder))
        rows = work.all("seal_notices", campaign=found.id, shard=shard)
        return next(int(row["attempt"]) for row in rows if row["holder"] == holder)


def test_ranges_add_up(sqlite_ledger: Database, rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the holders are cut into ranges, the report is the same."""
    found = planned(sqlite_ledger, rules, *many_rows(11), "de,de@example.org,en,DE,,,,,")
    send(sqlite_ledger, rules, found, moment(date(2026, 12, 1)), {4: "x"})
    whole = reach.as_json(count(sqlite_ledger, found))
    monkeypatch.setattr(reach, "RANGE", 3)
    assert whole == reach.as_json(count(sqlite_ledger, found))


def test_the_page_says_the_same_as_the_figures(sqlite_ledger: Database, rules: Rules) -> None:
    """Every chart has its table, nothing is loaded from elsewhere, and what is written by others is text."""
    hostile = "<script>alert(1)</script>"
    found = planned(sqlite_ledger, rules, *many_rows(6), "de,de@example.org,en,DE,,,,,")
    send(sqlite_ledger, rules, found, moment(date(2026, 12, 1)), {1: hostile})
    text = page.html(count(sqlite_ledger, found))
    tree = html.document_fromstring(text)
    assert 3 == len(tree.findall(".//svg"))
    assert 6 == len(tree.findall(".//table"))
    assert all(svg.get("role") == "img" and svg.get("aria-label") for svg in tree.findall(".//svg"))
    assert [] == tree.xpath("//script | //link | //img | //@href | //@src")
    assert "url(" not in text
    assert "@import" not in text
    assert hostile in tree.text_content()
    assert ["KZ", "6", "5 83.3 %", "0", "0", "0 0 %", "1"] == [
        " ".join(cell.text_content().split()) for cell in tree.xpath("//tr[th='KZ']/*")
    ]
    assert [["invalid", hostile, "1"]] == [
        [cell.text_content() for cell in row] for row in tree.xpath("//table")[-1].xpath("tbody/tr")
    ]


ANSWERS = strategies.lists(
    strategies.tuples(
        strategies.sampled_from(["a1", "a2", "minor", "new", "stranger"]), strategies.sampled_from(["", "data", "keep"]),
        strategies.sampled_from(Reply), strategies.booleans(),
    ), max_size=12,
)  # fmt: skip


def test_answers_are_counted_as_the_api_tells_them(ledger: Database) -> None:
    """Whatever was answered by whom: each question's figures are the sums of what is said of each account."""
    rows = [*ROWS[:2], "minor,,en,KZ,,,,parent@example.org,", "new,new@example.org,en,KZ,,,,,2026-12-05"]
    sent(ledger, rows=rows, changes=SEVERAL)
    found, bundle = figures.campaign(ledger, NAME), make_bundle(changes=SEVERAL)
    announced = Announced(campaign=found.id, name=NAME, bundle=bundle)

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(ANSWERS)
    def counted(answers: list[tuple[str, str, Reply, bool]]) -> None:
        answer = consent.Answer(
            reply=Reply.NO, guardian=False, via="app", locale="en", digest="sha256:" + "0" * 64, at=1, form=""
        )
        with ledger.transaction() as work:
            for account, question, reply, guardian in answers:
                said = replace(answer, question=question, reply=reply, guardian=guardian, form=token_hex(8))
                consent.add(work, NAME, [account], said)
            standings = [holding(work, announced, account) for account in ("a1", "a2", "minor", "new")]
        seen = reach.reach(ledger, found, bundle, datetime(2026, 12, 20, tzinfo=UTC))
        for place, question in enumerate(("data", "keep")):
            told = [one.questions[place].consent.value for one in standings]
            figures_ = reach.as_json(seen)["answers"][question]
            assert [3, *(told.count(name) for name in ("given", "refused", "pending"))] == [*figures_.values()]

    counted()


def test_the_page_has_the_answers_by_question(sqlite_ledger: Database) -> None:
    """Under the words of the source language."""
    sent(sqlite_ledger, changes=SEVERAL)
    bundle = make_bundle(changes=SEVERAL)
    seen = reach.reach(sqlite_ledger, figures.campaign(sqlite_ledger, NAME), bundle, datetime(2026, 12, 20, tzinfo=UTC))
    tree = html.document_fromstring(page.html(seen))
    for heading in (TEXTS["en"][0], TEXTS["en"][3]):
        (row,) = tree.xpath(f"//tr[th='{heading}']")
        assert [heading, "4", "0 0 %", "0 0 %", "4 100 %"] == [" ".join(cell.text_content().split()) for cell in row]


def test_where_nothing_is_asked_no_answers_are_counted(sqlite_ledger: Database, rules: Rules) -> None:
    """Nor of a release that was withdrawn."""
    found = planned(sqlite_ledger, rules, *many_rows(2))
    for fields in ({"changes": [SEVERAL[2]], "locales": {"en": local("en") | {"changes": []}}}, {"moved": [WITHDRAWN]}):
        bundle = make_bundle(**fields)
        assert {} == reach.reach(sqlite_ledger, found, bundle, datetime(2026, 12, 20, tzinfo=UTC)).answers


def test_no_share_is_rounded_to_what_it_is_not() -> None:
    """One in a million is not nobody, and all but one are not all."""
    assert ["0 %", "0.1 %", "99.9 %", "100 %", "0 %"] == [
        page._percent(*pair) for pair in ((0, 10), (1, 1_000_000), (999_999, 1_000_000), (7, 7), (0, 0))
    ]


def test_long_tables_end_in_a_sum(sqlite_ledger: Database, rules: Rules) -> None:
    """Forty countries: thirty rows and what the others come to."""
    letters = [a + b for a in "ABCDEFGH" for b in "VWXYZ"]
    rows = [f"c{code},c{code}@example.org,en,{code},,,,," for code in letters]
    found = planned(sqlite_ledger, rules, *rows)
    tree = html.document_fromstring(page.html(count(sqlite_ledger, found)))
    assert [["10 others", "10", "0 0 %", "0", "0", "0 0 %", "10"]] == [
        [" ".join(cell.text_content().split()) for cell in row] for row in tree.xpath("//tr[th='10 others']")
    ]


def test_an_operator_asks(capsys: pytest.CaptureFixture[str], bundle_path: Path) -> None:
    """As text, as JSON, and as a page; a page that cannot be written is one message."""
    write_audience(Path("a.csv"), *many_rows(4), "x,no-address,en,KZ,,,,,")
    assert 0 == run(["plan", str(bundle_path), "--audience", "a.csv", "--as-of", "2026-12-01"])
    assert 0 == run(["send", NAME])
    capsys.readouterr()
    assert 0 == run(["reach", NAME, "--html", "reach.html"])
    said = capsys.readouterr().out
    assert "By language" in said
    assert "Consent, by question" in said
    assert "Lead-time line: the end of 2026-12-16. Effective 2027-01-15.\nOpen reach.html\n" in said
    assert "Reach of privacy-policy/2026-12-01" in Path("reach.html").read_text(encoding="utf-8")
    assert 0 == run(["reach", NAME, "--json"])
    values = json.loads(capsys.readouterr().out)
    assert (4, 4, 0) == tuple(values["total"][name] for name in ("holders", "accepted_in_time", "not_told"))
    assert 2 == run(["reach", NAME, "--html", "none/reach.html"])
    assert "none/reach.html: cannot be written" in capsys.readouterr().err


def test_nothing_sent_is_a_report_too(sqlite_ledger: Database, rules: Rules) -> None:
    """All are not told yet, and the page stands."""
    found = planned(sqlite_ledger, rules, *many_rows(2))
    seen = count(sqlite_ledger, found)
    assert (2, {("planned", ""): 2}, {}) == (seen.total.not_told, seen.not_told, seen.days)
    assert "none yet" in page.html(seen)
    assert seen.effective - seen.last_day == timedelta(days=30)
