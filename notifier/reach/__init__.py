"""Who was told when: counts of one campaign, gathered range by range; holds no holder and sends nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from notifier.deciding import JOINED_LATER
from notifier.ledger.book import KINDS
from notifier.ledger.records import State
from notifier.moving import release_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from notifier.ledger.database import Database
    from notifier.ledger.records import Campaign
    from policypress.bundle import Bundle

#: Holders looked at by one statement: what bounds its memory and how long it holds a view.
RANGE = 50_000
#: Milliseconds of a day.
DAY = 86_400_000
_TAKEN = (State.ACCEPTED, State.DELIVERED, State.BOUNCED, State.COMPLAINED)


@dataclass(slots=True, kw_only=True)
class Share:
    """Holders of one group. Taken over by a provider and reported as delivered are two facts, counted apart."""

    holders: int = 0
    #: A provider took a notice over before the lead time began, later but before the effective date, or after it.
    in_time: int = 0
    late: int = 0
    after: int = 0
    #: A provider reported a notice to the holder as delivered.
    delivered: int = 0

    @property
    def told(self) -> int:
        """Return the holders of whom a provider took a notice over."""
        return self.in_time + self.late + self.after

    @property
    def not_told(self) -> int:
        """Return the holders of whom none did, or the notice came back."""
        return self.holders - self.told

    def add(self, told: int, holders: int, *, delivered: bool) -> None:
        """Take holders of whom the ledger says so."""
        self.holders += holders
        self.in_time += holders if told == 1 else 0
        self.late += holders if told == 2 else 0  # noqa: PLR2004 - the numbers are those of reach.sql
        self.after += holders if told == 3 else 0  # noqa: PLR2004
        self.delivered += holders if delivered else 0


@dataclass(slots=True, kw_only=True)
class Answers:
    """What was answered to one question that a release asks."""

    #: As the source language has it.
    heading: str
    #: Holders it is put to: all but those who joined later.
    asked: int = 0
    given: int = 0
    refused: int = 0

    @property
    def pending(self) -> int:
        """Return the holders who have not decided."""
        return self.asked - self.given - self.refused


@dataclass(slots=True, kw_only=True)
class Reach:
    """The reach of one campaign at one moment."""

    campaign: str
    at: datetime
    published: date
    effective: date
    #: The last day that keeps the lead time everywhere.
    last_day: date
    lead_days: int
    timezone: str
    total: Share = field(default_factory=Share)
    locales: defaultdict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    #: By ISO code; empty: not known.
    countries: defaultdict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    #: Notices by channel and state.
    channels: defaultdict[str, Counter[State]] = field(default_factory=lambda: defaultdict(Counter))
    #: Notices that a provider took over, by day and channel.
    days: defaultdict[date, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    #: Holders who were not told, by state and reason.
    not_told: Counter[tuple[str, str]] = field(default_factory=Counter)
    #: By question, in the order of the release; empty where it asks none, or was withdrawn.
    answers: dict[str, Answers] = field(default_factory=dict)


def reach(database: Database, campaign: Campaign, bundle: Bundle, now: datetime) -> Reach:
    """Return the reach of a campaign; memory grows with languages, countries, days and reasons, never with holders."""
    found = Reach(
        campaign=campaign.name,
        at=now,
        published=bundle.published,
        effective=bundle.effective,
        last_day=campaign.last_day,
        lead_days=campaign.lead_days,
        timezone=bundle.timezone,
        answers=_questions(bundle),
    )
    with database.reading() as work:
        last = work.value("reach_last", campaign=campaign.id)
    for low in range(1, last + 1, RANGE):
        _range(found, database, campaign, bundle, (low, low + RANGE - 1))
    for one in found.answers.values():
        one.asked = found.total.holders - found.not_told["not planned", JOINED_LATER]
    return found


def _questions(bundle: Bundle) -> dict[str, Answers]:
    headings = {one.section: one.heading for one in bundle.locales[bundle.source_locale].summaries}
    asked = () if bundle.withdrawn else bundle.questions
    return {question: Answers(heading=headings.get(question, question)) for question in asked}


def _range(found: Reach, database: Database, campaign: Campaign, bundle: Bundle, holders: tuple[int, int]) -> None:
    common = {"campaign": campaign.id, "low": holders[0], "high": holders[1]}
    states = {state.name.lower(): state.value for state in (*_TAKEN,)}
    kept = {name: number for name, number in states.items() if name != "bounced"}
    effective = int(bundle.takes_effect_at().timestamp() * 1000)
    with database.reading() as work:
        for row in work.all("reach_holders", effective=effective, **kept, **common):
            for share in (found.total, found.locales[row["locale"]], found.countries[row["country"]]):
                share.add(row["told"], row["holders"], delivered=bool(row["delivered"]))
        for row in work.all("reach_notices", zone=_offset(bundle), **states, **common):
            _notices(found, row)
        for row in work.all("reach_not", **kept, **common):
            found.not_told[State(row["state"]).name.lower(), row["reason"] or ""] += row["holders"]
        for row in work.all("reach_skipped", **common):
            found.not_told["not planned", row["skipped"]] += row["holders"]
        release = release_of(campaign.name)
        for question, answers in found.answers.items():
            for row in work.all("reach_answers", release=release, question=question, excused=JOINED_LATER, **common):
                answers.given += row["holders"] if row["answer"] == "yes" else 0
                answers.refused += row["holders"] if row["answer"] == "no" else 0


def _notices(found: Reach, row: Mapping[str, Any]) -> None:
    channel = KINDS[row["channel"]].value
    found.channels[channel][State(row["state"])] += row["notices"]
    if row["day"] is not None:
        found.days[date(1970, 1, 1) + timedelta(days=int(row["day"]))][channel] += row["notices"]


def _offset(bundle: Bundle) -> int:
    """Return what the policy's clock is ahead of UTC on the effective date, in milliseconds; parts days, no more."""
    there = datetime.combine(bundle.effective, datetime.min.time(), ZoneInfo(bundle.timezone))
    ahead = there.utcoffset()
    return int(ahead.total_seconds() * 1000) if ahead else 0


def as_json(found: Reach) -> dict[str, Any]:
    """Return the reach as JSON has it."""
    return {
        "campaign": found.campaign,
        "at": found.at.astimezone(UTC).isoformat(timespec="seconds"),
        "published": found.published.isoformat(),
        "last_day": found.last_day.isoformat(),
        "lead_days": found.lead_days,
        "effective": found.effective.isoformat(),
        "total": _share(found.total),
        "locales": {name: _share(share) for name, share in sorted(found.locales.items())},
        "countries": {name: _share(share) for name, share in sorted(found.countries.items())},
        "channels": {
            name: {state.name.lower(): number for state, number in sorted(states.items())}
            for name, states in sorted(found.channels.items())
        },
        "days": {day.isoformat(): dict(sorted(counts.items())) for day, counts in sorted(found.days.items())},
        "not_told": [
            {"state": state, "reason": reason, "holders": number}
            for (state, reason), number in found.not_told.most_common()
        ],
        "answers": {
            question: {"asked": one.asked, "given": one.given, "refused": one.refused, "pending": one.pending}
            for question, one in found.answers.items()
        },
    }


def _share(share: Share) -> dict[str, int]:
    return {
        "holders": share.holders,
        "accepted_in_time": share.in_time,
        "accepted_late": share.late,
        "accepted_after_effective": share.after,
        "delivered": share.delivered,
        "not_told": share.not_told,
    }
