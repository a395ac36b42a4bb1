"""The releases that campaigns announced, parsed once each, and which of them is in force; writes nothing."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from notifier.ledger import consent
from notifier.moving import release_of
from policypress.bundle import Bundle

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from notifier.ledger.database import Database, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """A release that a campaign announces."""

    #: Number of the campaign; of a release whose date moved, of the last one.
    campaign: int
    #: `document/release`.
    name: str
    bundle: Bundle
    #: Numbers of the campaigns before it: who was told by one of those knows of the release.
    earlier: tuple[int, ...] = ()


@dataclass(slots=True, kw_only=True)
class Shelf:
    """Reads a bundle again only when the ledger has another one."""

    database: Database
    #: Tells the instant that calendar decisions are made for.
    now: Callable[[], datetime]
    _kept: dict[tuple[int, str], Announced] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def releases(self, work: Transaction) -> list[Announced]:
        """Return every announced release once, in the order of planning; of one whose date moved the last campaign."""
        found: dict[str, Announced] = {}
        for one in self._campaigns(work):
            before = found.get(one.name)
            found[one.name] = replace(one, earlier=(*before.earlier, before.campaign)) if before else one
        return list(found.values())

    def _campaigns(self, work: Transaction) -> list[Announced]:
        listed = consent.campaigns(work)
        found = [self._one(work, number, name, digest) for number, name, digest in listed]
        with self._lock:
            for gone in self._kept.keys() - {(number, digest) for number, _, digest in listed}:
                del self._kept[gone]
        return [one for one in found if one is not None]

    def release(self, work: Transaction, campaign: int) -> Announced | None:
        """Return the release of a campaign as it stands now, also if its date moved; None if there is no such campaign."""
        every = self._campaigns(work)
        found = next((one for one in every if one.campaign == campaign), None)
        if found is None:
            return None
        # A link in an older notice leads to the text and the date that hold today.
        return replace(found, bundle=next(one.bundle for one in reversed(every) if one.name == found.name))

    def newest(self) -> Announced | None:
        """Return the release that was planned last; None in an empty ledger."""
        with self.database.reading() as work:
            found = self.releases(work)
        return found[-1] if found else None

    def today(self, bundle: Bundle) -> date:
        """Return the day it is where a policy is published."""
        return self.now().astimezone(ZoneInfo(bundle.timezone)).date()

    def in_force(self, releases: list[Announced]) -> list[Announced]:
        """Return, for each document, the last of these releases that has taken effect."""
        found: dict[str, Announced] = {}
        for one in sorted(releases, key=lambda one: (one.bundle.effective, one.bundle.release)):
            if not one.bundle.withdrawn and one.bundle.effective <= self.today(one.bundle):
                found[one.bundle.document] = one
        return list(found.values())

    def _one(self, work: Transaction, number: int, name: str, digest: str) -> Announced | None:
        with self._lock:
            kept = self._kept.get((number, digest))
        if kept is not None:
            return kept
        try:
            bundle = Bundle.model_validate_json(consent.bundle(work, number) or "")
        except ValidationError:
            # Planned by a version that wrote another format: nothing of it can be shown.
            return None
        made = Announced(campaign=number, name=release_of(name), bundle=bundle)
        with self._lock:
            self._kept[number, digest] = made
        return made
