"""From one print to the next: the source aligned once, every locale's changes judged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from policypress.changes import Pair, align, changed
from policypress.document import fold
from policypress.materiality import Finding, Verdict, judge
from policypress.practices import diff

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policypress.changes import Placed
    from policypress.materiality import Decision
    from policypress.practices import FactChange
    from policypress.release.printed import Print


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What changed between two prints."""

    old: Print
    new: Print
    #: The source's clauses, aligned, the unchanged ones too.
    pairs: tuple[Pair, ...]
    verdict: Verdict
    #: Differences of the fact sheets.
    facts: tuple[FactChange, ...] = ()

    def local(self, pair: Pair, locale: str) -> Pair:
        """Return a pair of the source as it stands in another locale's two texts."""
        return _local(pair, _placed(self.old, locale), _placed(self.new, locale))


def step(old: Print, new: Print, *, source_locale: str, decisions: Iterable[Decision] = ()) -> Step:
    """Align two prints by the source's text and judge every change, translators' corrections included."""
    decisions = tuple(decisions)
    pairs = align(old.documents[source_locale], new.documents[source_locale])
    facts = diff(old.practices, new.practices) if old.practices and new.practices else None
    verdict = judge(changed(pairs), locale=source_locale, facts=facts, decisions=decisions, whole=pairs)
    findings: list[Finding] = list(verdict.findings)
    for locale in new.documents:
        if locale != source_locale and locale in old.documents:
            proved = {f.fingerprint for f in verdict.findings if f.proofs and not f.decision}
            corrected = _corrections(pairs, _placed(old, locale), _placed(new, locale), proved)
            found = judge(corrected, locale=locale, facts=(), decisions=decisions, only=locale)
            findings += [f for f in found.findings if not f.proofs or _same_source(f, pairs)]
    return Step(old=old, new=new, pairs=pairs, verdict=Verdict(findings=tuple(findings)), facts=facts or ())


def _placed(release: Print, locale: str) -> Sequence[Placed]:
    return release.placed[locale]


def _local(pair: Pair, olds: Sequence[Placed], news: Sequence[Placed]) -> Pair:
    """Clause n of one locale is clause n of the other: all locales of a print have one structure."""
    return replace(
        pair,
        old=olds[pair.old.index] if pair.old else None,
        new=news[pair.new.index] if pair.new else None,
    )


def _same_source(finding: Finding, pairs: Iterable[Pair]) -> bool:
    """Return whether the source of a locale's change stayed; where it changed too, one proof stands for both."""
    place = finding.pair.new.index if finding.pair and finding.pair.new else None
    return any(pair.new and pair.new.index == place and fold(pair.old_text) == fold(pair.new_text) for pair in pairs)


def _corrections(pairs: Iterable[Pair], olds: Sequence[Placed], news: Sequence[Placed], proved: set[str]) -> list[Pair]:
    """Return the clauses that changed in this locale though their source kept its substance.

    Either the source stayed as it was, or its change is proved editorial: a proof about the source says nothing of
    what a translator did meanwhile.
    """
    found = []
    for pair in pairs:
        if pair.old and pair.new and (fold(pair.old_text) == fold(pair.new_text) or pair.fingerprint in proved):
            local = _local(pair, olds, news)
            if local.new and local.new.clause.lang:
                continue  # it fell back, visibly: nobody corrected anything
            if fold(local.old_text) != fold(local.new_text):
                found.append(replace(local, kind="reworded"))
    return found
