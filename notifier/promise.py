"""The lead time as it is promised, country by country: days, a last day, an instant; knows no holder and no ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from policypress.bundle import Bundle

#: Days of notice that the date moved: one, so that it is said before the day comes.
NEWS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What holders of some countries are promised of one release."""

    #: Days between the last notice and the effective date.
    lead_days: int
    #: The last day on which a notice keeps it.
    last_day: date
    #: The end of that day where the policy is published, milliseconds since the epoch; tells promises apart.
    deadline: int
    #: The countries it is made to by name; empty: to all others.
    countries: tuple[str, ...] = ()

    @property
    def whom(self) -> str:
        """Return the countries, or nothing where it holds in general."""
        return ", ".join(self.countries)


def of(bundle: Bundle, country: str) -> Promise:
    """Return what a holder of a country is promised; the general promise where the country has none, or is not known."""
    return _promise(bundle, bundle.lead_time.for_country(country or None, bundle.release_class))


def every(bundle: Bundle) -> dict[int, Promise]:
    """Return the promises of a release by their deadline, the earliest first."""
    lead = bundle.lead_time
    days = {lead.for_country(country, bundle.release_class) for country in (None, *lead.countries)}
    days |= {NEWS} if bundle.moved else set()
    return {one.deadline: one for one in (_promise(bundle, number) for number in sorted(days, reverse=True))}


def news(bundle: Bundle) -> Promise:
    """Return what those are promised who only hear that the date moved: to hear it before the day of which they know."""
    return _promise(bundle, NEWS)


def milliseconds(day: date, bundle: Bundle) -> int:
    """Return the instant at which a day begins where the policy is published, milliseconds since the epoch."""
    start = datetime.combine(day, datetime.min.time(), ZoneInfo(bundle.timezone))
    return int(start.astimezone(UTC).timestamp() * 1000)


def _promise(bundle: Bundle, days: int) -> Promise:
    lead, last = bundle.lead_time, bundle.effective - timedelta(days=days)
    general = lead.for_country(None, bundle.release_class) == days
    named = (country for country in sorted(lead.countries) if lead.for_country(country, bundle.release_class) == days)
    return Promise(
        lead_days=days,
        last_day=last,
        deadline=milliseconds(last + timedelta(days=1), bundle),
        countries=() if general else tuple(named),
    )
