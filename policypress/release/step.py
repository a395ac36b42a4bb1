"""From one print to the next: the source aligned once, every locale's changes judged."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, cast

from policypress.changes import Pair, align, changed
from policypress.document import alike
from policypress.materiality import Finding, Verdict, judge, refused
from policypress.practices import diff

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from policypress.changes import Kind, Placed
    from policypress.materiality import Decision, Rename
    from policypress.practices import FactChange
    from policypress.release.printed import Print


class Place(NamedTuple):
    """Where a clause of the source stood and where it stands, in reading order; None on a side that has none."""

    kind: Kind
    old: int | None
    new: int | None


@dataclass(frozen=True, kw_only=True)
class Step:
    """What changed between two prints; worked out when it is asked for."""

    old: Print
    new: Print
    source_locale: str
    decisions: tuple[Decision, ...] = ()
    #: Names that are others now, as the record declares them.
    renames: tuple[Rename, ...] = ()

    @cached_property
    def made_of(self) -> tuple[str, ...]:
        """Return all that anything made of it looks at, for `Cache.keep`."""
        said = (one.model_dump_json() for one in (*self.decisions, *self.renames))
        return (self.source_locale, *self.old.made_of, *self.new.made_of, *said)

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """Return the source's clauses, aligned, the unchanged ones too."""
        return align(self.old.documents[self.source_locale], self.new.documents[self.source_locale])

    @cached_property
    def facts(self) -> tuple[FactChange, ...]:
        """Return the differences of the fact sheets."""
        return diff(self.old.practices, self.new.practices) if self.old.practices and self.new.practices else ()

    @cached_property
    def verdict(self) -> Verdict:
        """Return every change judged, translators' corrections included."""
        known = self.facts if self.old.practices and self.new.practices else None
        verdict = judge(
            changed(self.pairs),
            locale=self.source_locale,
            facts=known,
            decisions=self.decisions,
            whole=self.pairs,
            renames=self._held(self.source_locale),
        )
        findings: list[Finding] = list(verdict.findings)
        for locale in self.new.documents:
            if locale != self.source_locale and locale in self.old.documents:
                proved = {f.fingerprint for f in verdict.findings if f.proofs and not f.decision}
                corrected = _corrections(self.pairs, _placed(self.old, locale), _placed(self.new, locale), proved)
                found = judge(
                    corrected,
                    locale=locale,
                    facts=(),
                    decisions=self.decisions,
                    only=locale,
                    renames=self._held(locale),
                )
                findings += [f for f in found.findings if not f.proofs or _same_source(f, self.pairs)]
        return Verdict(findings=tuple(findings))

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Return the pairs of the source by their places alone; `at` gives them back."""

        def make() -> str:
            return json.dumps([(p.kind, p.old and p.old.index, p.new and p.new.index) for p in self.pairs])

        rows = json.loads(self.new.cache.keep("places", self.made_of, make))
        return tuple(Place(cast("Kind", sys.intern(kind)), old, new) for kind, old, new in rows)

    @cached_property
    def corrected(self) -> Mapping[str, tuple[int, ...]]:
        """Return, by locale, where the clauses stand that changed in it alone."""

        def make() -> str:
            found: dict[str, list[int]] = {}
            for finding in self.verdict.findings:
                if finding.only and finding.pair and finding.pair.new:
                    found.setdefault(finding.only, []).append(finding.pair.new.index)
            return json.dumps(found)

        kept = json.loads(self.new.cache.keep("corrected", self.made_of, make))
        return {locale: tuple(places) for locale, places in kept.items()}

    def in_both(self, locale: str) -> bool:
        """Return whether a locale has a text on both sides."""
        return locale in self.old.documents and locale in self.new.documents

    def at(self, place: Place, locale: str) -> Pair:
        """Return the pair of a place as it stands in a locale's two texts; one that changed there alone is reworded."""
        olds, news = _placed(self.old, locale), _placed(self.new, locale)
        kind: Kind = "reworded" if place.new in self.corrected.get(locale, ()) else place.kind
        old, new = (None if one is None else side[one] for one, side in ((place.old, olds), (place.new, news)))
        return Pair(kind=kind, old=old, new=new)

    def let_go(self) -> None:
        """Forget the verdict and its pairs, but for what pages ask for: a site of many releases never holds them all."""
        if "verdict" in vars(self):
            _ = self.places, self.corrected
        for name in ("pairs", "facts", "verdict"):
            vars(self).pop(name, None)

    def refused(self, locale: str) -> dict[Rename, str]:
        """Return the renames declared for a locale, each with the reason why it explains nothing; empty where it does."""
        if not self.renames:
            return {}
        return refused(self.renames, locale, [self.local(pair, locale) for pair in self.pairs])

    def _held(self, locale: str) -> tuple[Rename, ...]:
        return tuple(rename for rename, reason in self.refused(locale).items() if not reason)

    def local(self, pair: Pair, locale: str) -> Pair:
        """Return a pair of the source as it stands in another locale's two texts."""
        return _local(pair, _placed(self.old, locale), _placed(self.new, locale))


def step(
    old: Print,
    new: Print,
    *,
    source_locale: str,
    decisions: Iterable[Decision] = (),
    renames: Iterable[Rename] = (),
) -> Step:
    """Return the step between two prints: aligned by the source's text, every change judged."""
    return Step(old=old, new=new, source_locale=source_locale, decisions=tuple(decisions), renames=tuple(renames))


def _placed(release: Print, locale: str) -> Sequence[Placed]:
    return release.placed[locale]


def _local(pair: Pair, olds: Sequence[Placed], news: Sequence[Placed]) -> Pair:
    """Clause n of one locale is clause n of the other: all locales of a print have one structure."""
    return Pair(
        kind=pair.kind,
        old=olds[pair.old.index] if pair.old else None,
        new=news[pair.new.index] if pair.new else None,
    )


def _same_source(finding: Finding, pairs: Iterable[Pair]) -> bool:
    """Return whether the source of a locale's change stayed; where it changed too, one proof stands for both."""
    place = finding.pair.new.index if finding.pair and finding.pair.new else None
    return any(pair.new and pair.new.index == place and alike(pair.old_text, pair.new_text) for pair in pairs)


def _corrections(pairs: Iterable[Pair], olds: Sequence[Placed], news: Sequence[Placed], proved: set[str]) -> list[Pair]:
    """Return the clauses that changed in this locale though their source kept its substance.

    Either the source stayed as it was, or its change is proved editorial: a proof about the source says nothing of
    what a translator did meanwhile.
    """
    found = []
    for pair in pairs:
        if pair.old and pair.new and (alike(pair.old_text, pair.new_text) or pair.fingerprint in proved):
            local = _local(pair, olds, news)
            if local.new and local.new.clause.lang:
                continue  # it fell back, visibly: nobody corrected anything
            if not alike(local.old_text, local.new_text):
                found.append(replace(local, kind="reworded"))
    return found
