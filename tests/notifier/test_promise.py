"""Tests of the lead time by country."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier import promise
from policypress.bundle import LeadTime
from tests.notifier.factory import make_bundle

DAYS = st.integers(min_value=0, max_value=400)


@pytest.mark.parametrize(("country", "days", "last"), [("DE", 45, 1), ("KZ", 30, 16), ("", 30, 16)])
def test_a_country_has_its_own_last_day(country: str, days: int, last: int) -> None:
    """45 days in Germany, 30 elsewhere, and 30 where the country is not known."""
    found = promise.of(make_bundle(), country)
    assert (days, date(2026, 12, last)) == (found.lead_days, found.last_day)


def test_the_deadline_is_the_end_of_the_day_where_the_policy_is_published() -> None:
    """Midnight in Almaty, not in UTC."""
    end = datetime(2026, 12, 2, tzinfo=ZoneInfo("Asia/Almaty")).astimezone(UTC)
    assert int(end.timestamp() * 1000) == promise.of(make_bundle(), "DE").deadline


@given(general=DAYS, own=st.dictionaries(st.sampled_from(["DE", "FR", "KZ", "US"]), DAYS))
def test_every_promise_is_found_by_its_deadline(general: int, own: dict[str, int]) -> None:
    """Whoever is promised something finds it among all, earliest deadline first, and named if it is not the general one."""
    bundle = make_bundle(
        effective=date(2028, 3, 1),
        lead_time=LeadTime.model_validate(
            {"reason": "x", "days": {"material": general}, "countries": {at: {"material": n} for at, n in own.items()}}
        ).model_dump(by_alias=True),
    )
    found = promise.every(bundle)
    assert sorted(found) == list(found)
    for country in ["", "XX", *own]:
        one = promise.of(bundle, country)
        assert one == found[one.deadline]
        assert one.last_day + timedelta(days=own.get(country, general)) == bundle.effective
        assert (country in one.countries) == (country in own and own[country] != general)
