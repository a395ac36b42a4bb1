"""Which clause of one release is which of another, and since when its words stand; pure, prints nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

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

    def add(self, edition: Edition) -> None:
        release, step = edition.record.id, edition.step
        source = edition.printed.documents[edition.bundle.source_locale]
        before = step.old.id if step else ""
        known = self.numbers.get(before, ())
        came = {pair.new.index: known[pair.old.index] for pair in step.pairs if pair.new and pair.old} if step else {}
        numbers = []
        for index, _ in enumerate(source.clauses()):
            if index not in came:
                self.last += 1
            numbers.append(came.get(index, self.last))
        self.numbers[release] = tuple(numbers)
        for locale in edition.printed.documents:
            self.since[release, locale] = tuple(self._since(edition, locale, before))
        self._anchors(edition, before)

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
        source = edition.printed.documents[edition.bundle.source_locale]
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
