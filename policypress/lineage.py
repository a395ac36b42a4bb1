"""Which clause of one release is which of another, and since when its words stand; pure, prints nothing."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from policypress.edition import Edition


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """The clauses of all releases of a policy, each with a number that it keeps for ever."""

    #: By release: the number of each clause, in reading order; the same in every locale.
    numbers: Mapping[str, tuple[int, ...]]
    #: By release and locale: the release since which each clause says what it says.
    since: Mapping[tuple[str, str], tuple[str, ...]]
    #: By release: anchors that a section had in earlier releases and has no more, by the anchor it has.
    former: Mapping[str, Mapping[str, tuple[str, ...]]]

    def places(self, release: str) -> dict[int, int]:
        """Return where each clause stands in a release, by its number."""
        return {number: place for place, number in enumerate(self.numbers[release])}


@dataclass(kw_only=True)
class _Tracing:
    numbers: dict[str, tuple[int, ...]] = field(default_factory=dict)
    since: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    former: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    #: Every anchor that a heading has had, by release and the heading's number.
    anchors: dict[str, dict[int, tuple[str, ...]]] = field(default_factory=dict)
    last: int = 0
    #: All that the releases so far were made of.
    made_of: str = ""

    def add(self, edition: Edition) -> None:
        """Take in the next release; what it adds depends on it and on all before it."""
        self.made_of = hashlib.sha256("\n".join((self.made_of, *edition.made_of)).encode()).hexdigest()
        kept = edition.printed.cache.keep("lineage", [self.made_of], lambda: self._traced(edition))
        self._take(edition, json.loads(kept))

    def _traced(self, edition: Edition) -> str:
        """Return a release's own rows as JSON; its clauses' numbers come first, what else there is builds on them."""
        release, before = edition.record.id, edition.step.old.id if edition.step else ""
        self._number(edition, before)
        self._anchors(edition, before)
        return json.dumps(
            {
                "numbers": self.numbers[release],
                "last": self.last,
                "since": {locale: tuple(self._since(edition, locale, before)) for locale in edition.printed.locales},
                "former": self.former[release],
                "anchors": list(self.anchors[release].items()),
            }
        )

    def _take(self, edition: Edition, rows: dict[str, Any]) -> None:
        release = edition.record.id
        self.numbers[release], self.last = tuple(rows["numbers"]), rows["last"]
        for locale, since in rows["since"].items():
            self.since[release, locale] = tuple(sys.intern(one) for one in since)
        self.former[release] = {anchor: tuple(old) for anchor, old in rows["former"].items()}
        self.anchors[release] = {number: tuple(had) for number, had in rows["anchors"]}

    def _number(self, edition: Edition, before: str) -> None:
        """Give each clause the number it had before, a new one a number that none had."""
        step, known = edition.step, self.numbers.get(before, ())
        places = step.places if step else ()
        came = {new: known[old] for _, old, new in places if new is not None and old is not None}
        numbers = []
        for index, _ in enumerate(edition.printed.documents[edition.brief.source_locale].clauses()):
            if index not in came:
                self.last += 1
            numbers.append(came.get(index, self.last))
        self.numbers[edition.record.id] = tuple(numbers)

    def _since(self, edition: Edition, locale: str, before: str) -> Iterable[str]:
        """Yield, for each clause, the release that brought its words to a locale."""
        stood: dict[int, tuple[str, str]] = {}
        if edition.step and (earlier := edition.step.old.documents.get(locale)):
            rows = zip(self.numbers[before], earlier.clauses(), self.since[before, locale], strict=True)
            stood = {number: (clause.text, release) for number, (_, clause), release in rows}
        clauses = edition.printed.documents[locale].clauses()
        for number, (_, clause) in zip(self.numbers[edition.record.id], clauses, strict=True):
            text, release = stood.get(number, ("", edition.record.id))
            yield release if text == clause.text else edition.record.id

    def _anchors(self, edition: Edition, before: str) -> None:
        release = edition.record.id
        source = edition.printed.documents[edition.brief.source_locale]
        taken = {section.anchor for section in source.sections}
        had: dict[int, tuple[str, ...]] = dict(self.anchors.get(before, {}))
        self.former[release] = {}
        for number, (section, clause) in zip(self.numbers[release], source.clauses(), strict=True):
            if clause.kind == "heading":
                had[number] = tuple(dict.fromkeys((*had.get(number, ()), section.anchor)))
                if old := tuple(one for one in had[number] if one not in taken):
                    self.former[release][section.anchor] = old
        self.anchors[release] = had


def trace(editions: Iterable[Edition]) -> Lineage:
    """Follow every clause through the releases, the oldest first."""
    tracing = _Tracing()
    for edition in editions:
        tracing.add(edition)
    return Lineage(numbers=tracing.numbers, since=tracing.since, former=tracing.former)
