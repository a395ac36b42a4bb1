"""What happens to holders who are alike: in which language, by which ways, or why not at all; counts nobody."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from notifier import promise
from notifier.channels.protocol import Kind
from notifier.ledger.plans import Decision, Way

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date

    from notifier.audience import Page
    from policypress.bundle import Bundle

JOINED_LATER = "joined after publication and accepted the new text"
NO_CONTACT = "no address and no push token"
NO_PROVIDER = "no provider is configured for the only way to reach them"
NOT_WRITABLE = "letters outside ASCII before the @, and the provider in use cannot write to such an address"

#: A hostile source may have a tag of its own in every row; memory stays flat.
_MOST = 10_000
_SCRIPT = 4


class Traits(NamedTuple):
    """What a decision rests on; holders with the same ones are treated alike."""

    locale: str = ""
    country: str = ""
    #: Where quiet hours count: for push.
    timezone: str = ""
    joined_later: bool = False
    guardian_email: bool = False
    email: bool = False
    fcm_token: bool = False
    webpush: bool = False
    #: Letters outside ASCII stand before the @ of the address the mail would go to.
    unicode: bool = False


@dataclass(frozen=True, slots=True)
class Negotiator:
    """Finds the language of a notice by rules that are recorded."""

    bundle: Bundle

    def choose(self, tag: str, country: str) -> tuple[str, str]:
        """Return (locale, rule): exact, script-stripped, language, country, fallback.

        The tag is shortened from its end (RFC 4647 section 3.4, lookup); then the country's own language, then the
        source's. A published `zh-Hant` serves `zh-Hant-TW`, never `zh-CN`.
        """
        published = {locale.lower(): locale for locale in self.bundle.locales}
        parts = tag.replace("_", "-").lower().split("-")
        for length in range(len(parts), 0, -1):
            found = published.get("-".join(parts[:length]))
            if found:
                dropped = parts[length:]
                script = any(len(part) == _SCRIPT and part.isalpha() for part in dropped)
                return found, "exact" if not dropped else "script-stripped" if script else "language"
        own = self.bundle.countries.get(country)
        if own in self.bundle.locales:
            return str(own), "country"
        return self.bundle.source_locale, "fallback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """Decides page by page, each combination of traits once."""

    bundle: Bundle
    #: Kinds of notices that have a provider.
    kinds: Collection[Kind]
    #: Letters outside ASCII may stand before the @ of an address.
    smtputf8: bool = True
    _known: dict[tuple[Any, ...], Decision] = field(default_factory=dict)
    _equal: dict[tuple[object, ...], Decision] = field(default_factory=dict)

    def decide(self, page: Page) -> list[Decision]:
        """Return what happens to each holder of a page."""
        if len(self._known) > _MOST:
            self._known.clear()
        known, traits = self._known, self._traits(page)
        for one in set(traits) - known.keys():
            decision = self.one(Traits(*one))
            content = (
                decision.country,
                decision.locale,
                decision.rule,
                decision.guardian,
                decision.ways,
                decision.skipped,
            )
            # Tags that differ and lead to the same are one decision.
            known[one] = self._equal.setdefault(content, decision)
        return [known[one] for one in traits]

    def one(self, traits: Traits) -> Decision:
        """Return what happens to all holders with these traits."""
        locale, rule = Negotiator(self.bundle).choose(traits.locale, traits.country)
        every = self._ways(traits)
        writable = [way for way in every if way.kind is not Kind.EMAIL or self.smtputf8 or not traits.unicode]
        ways = tuple(way for way in writable if way.kind in self.kinds)
        skipped = None
        if traits.joined_later:
            ways, skipped = (), JOINED_LATER
        elif not ways:
            skipped = NO_PROVIDER if writable else NOT_WRITABLE if every else NO_CONTACT
        return Decision(
            country=traits.country, locale=locale, rule=rule, guardian=traits.guardian_email, ways=ways,
            skipped=skipped, deadline=promise.of(self.bundle, traits.country).deadline,
        )  # fmt: skip

    @staticmethod
    def _ways(traits: Traits) -> list[Way]:
        if traits.guardian_email:
            # Nothing to the minor's own devices: the notice is the guardian's to read.
            return [Way(Kind.EMAIL, "guardian_email")]
        ways = [Way(Kind.EMAIL, "email")] if traits.email else []
        # One push is enough: the app where there is one, else the browser.
        if traits.fcm_token:
            ways.append(Way(Kind.FCM, "fcm_token", traits.timezone))
        elif traits.webpush:
            ways.append(Way(Kind.WEBPUSH, "webpush", traits.timezone))
        return ways

    def _traits(self, page: Page) -> list[tuple[Any, ...]]:
        """Return the traits of each holder, as plain tuples: making a million named ones costs more than deciding."""

        def has(name: str) -> Iterable[bool]:
            return map(bool, page.contacts[name]) if name in page.contacts else nobody

        nobody: list[bool] = [False] * len(page)
        push = "fcm_token" in page.contacts or "webpush" in page.contacts
        zones = page.timezone if push else [""] * len(page)
        names = ("guardian_email", "email", "fcm_token", "webpush")
        columns = (page.locale, page.country, zones, self._joined_later(page.joined_at), *map(has, names))
        return list(zip(*columns, _unicode(page), strict=True))

    def _joined_later(self, moments: Sequence[datetime | date | None]) -> list[bool]:
        # On the day of publication itself nobody can tell which text was accepted: those are told.
        zone, published = ZoneInfo(self.bundle.timezone), self.bundle.published
        later: dict[datetime | date | None, bool] = {}
        for moment in set(moments):
            day = _day(moment, zone) if isinstance(moment, datetime) else moment
            later[moment] = day is not None and day > published
        return [later[moment] for moment in moments]


def _day(moment: datetime, zone: ZoneInfo) -> date:
    try:
        return moment.astimezone(zone).date()
    except OverflowError:
        # The first or the last moment that there is, which databases write where they know none: it is no other's day.
        return moment.date()


def _unicode(page: Page) -> Iterable[bool]:
    columns = [page.contacts[name] for name in ("guardian_email", "email") if name in page.contacts]
    if all("".join(column).isascii() for column in columns):
        return [False] * len(page)
    # The guardian's address counts where there is one.
    return (not next(filter(None, addresses), "").isascii() for addresses in zip(*columns, strict=True))
