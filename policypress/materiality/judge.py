"""Facts, proofs and decisions brought together: each change gets a class, categories and reasons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from policypress.bundle import ChangeClass
from policypress.changes import fingerprint
from policypress.document import plain
from policypress.materiality.lexicon import lexicon
from policypress.materiality.proofs import LOOK, Evidence, prove
from policypress.materiality.taxonomy import taxonomy
from policypress.redline import redline

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policypress.changes import Pair
    from policypress.document import Section
    from policypress.materiality.decisions import Decision
    from policypress.materiality.lexicon import Lexicon
    from policypress.practices import FactChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is thought of one change, and why."""

    fingerprint: str
    section: str
    kind: str
    change_class: ChangeClass
    categories: tuple[str, ...] = ()
    consent: bool = False
    #: Names of the proofs that hold.
    proofs: tuple[str, ...] = ()
    #: One line each: fact, cue, proof or decision.
    reasons: tuple[str, ...] = ()
    #: Nothing was proved and nothing was recognised: a person should look.
    review: bool = False
    pair: Pair | None = None
    decision: Decision | None = None
    #: The only locale that changed.
    only: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Everything found about one step from an old text to a new one."""

    findings: tuple[Finding, ...]

    @property
    def change_class(self) -> ChangeClass:
        """Return the heaviest class; technical where no clause changed."""
        return max((f.change_class for f in self.findings), key=lambda kind: kind.weight, default=ChangeClass.TECHNICAL)

    @property
    def categories(self) -> tuple[str, ...]:
        """Return the categories of material findings, in the taxonomy's order."""
        found = {name for f in self.findings if f.change_class is ChangeClass.MATERIAL for name in f.categories}
        return tuple(name for name in taxonomy() if name in found)

    @property
    def consent(self) -> bool:
        """Return whether a holder's consent is asked."""
        return any(f.consent for f in self.findings)

    @property
    def review(self) -> bool:
        """Return whether a person should look."""
        return any(f.review for f in self.findings)


def judge(
    pairs: Sequence[Pair],
    *,
    locale: str,
    facts: Sequence[FactChange] | None = None,
    decisions: Iterable[Decision] = (),
    only: str | None = None,
) -> Verdict:
    """Judge changed pairs in the language `locale`.

    `facts` is the difference of the fact sheets, None where there are none (two plain files): then consent follows
    the words, because nothing more certain is known. `only` names the locale of a translator's correction.
    """
    words = lexicon(locale)
    reflowed = _reflowed(pairs)
    findings = [
        _of_pair(pair, words, locale, certain=facts is not None, only=only, reflowed=pair.section.anchor in reflowed)
        for pair in pairs
    ]
    if facts:
        findings = _with_facts(findings, facts)
    by_fingerprint = {decision.fingerprint: decision for decision in decisions}
    return Verdict(findings=tuple(_decided(finding, by_fingerprint) for finding in findings))


def _reflowed(pairs: Sequence[Pair]) -> set[str]:
    """Return the sections whose text is parted into other clauses and is else the same, sign for sign, in its order."""
    olds = {pair.old.section.anchor: pair.old.section for pair in pairs if pair.old}
    news = {pair.new.section.anchor: pair.new.section for pair in pairs if pair.new}
    return {anchor for anchor in olds if anchor in news and _signs(olds[anchor]) == _signs(news[anchor])}


def _signs(section: Section) -> str:
    """Return a section's text without white space."""
    return "".join("".join(plain(clause.text).split()) for clause in (section.heading, *section.clauses))


def _base(pair: Pair, only: str | None) -> Finding:
    return Finding(
        fingerprint=pair.fingerprint,
        section=pair.section.anchor,
        kind=pair.kind,
        change_class=ChangeClass.EDITORIAL,
        pair=pair,
        only=only,
    )


def _proved(base: Finding, proof: str) -> Finding:
    reason = f"proved editorial: {proof.replace('_', ' ')}"
    return replace(base, proofs=(proof,), reasons=(reason,), review=proof in LOOK)


def _of_pair(pair: Pair, words: Lexicon, locale: str, *, certain: bool, only: str | None, reflowed: bool) -> Finding:
    base = _base(pair, only)
    if proof := prove(Evidence(pair=pair, lexicon=words)) or ("reflowed" if reflowed else ""):
        return _proved(base, proof)
    categories = _cued(pair, words, locale)
    labels = [f"words suggest {taxonomy()[name].label} ({taxonomy()[name].source})" for name in categories]
    return replace(
        base,
        change_class=ChangeClass.MATERIAL,
        categories=categories,
        consent=not certain and pair.kind != "removed" and any(taxonomy()[name].consent for name in categories),
        reasons=tuple(labels) or ("not proved editorial",),
        review=not categories or pair.kind == "removed",
    )


def _cued(pair: Pair, words: Lexicon, locale: str) -> tuple[str, ...]:
    """Return the categories that the changed words suggest, else those that the clause does."""
    runs = redline(plain(pair.old_text), plain(pair.new_text), locale=locale)
    touched = " … ".join(run.shown for run in runs if run.op != "equal")
    whole = plain(pair.new_text or pair.old_text)
    for text in (touched, whole):
        if found := tuple(name for name, cue in words.cues.items() if cue.search(text)):
            return found
    return ()


def _with_facts(findings: list[Finding], facts: Sequence[FactChange]) -> list[Finding]:
    """Give every typed difference to the changed clauses of its section; one without any stands alone."""
    for fact in facts:
        line = f"fact: {fact.path} {fact.direction}: {fact.old or 'nothing'} -> {fact.new or 'nothing'}"
        line += f" ({taxonomy()[fact.category].source})"
        # the fact is the more certain witness, so its category replaces what the words only suggested
        touched = [
            index
            for index, finding in enumerate(findings)
            if finding.section == fact.section and finding.change_class is ChangeClass.MATERIAL and not finding.only
        ]
        for index in touched:
            findings[index] = _confirmed(findings[index], fact, line)
        if not touched:
            findings.append(_alone(fact, line))
    return findings


def _confirmed(finding: Finding, fact: FactChange, line: str) -> Finding:
    known = [name for name in finding.categories if any(r.startswith("fact:") for r in finding.reasons)]
    facts = [reason for reason in finding.reasons if reason.startswith("fact:")]
    return replace(
        finding,
        categories=tuple(dict.fromkeys((*known, fact.category))),
        consent=finding.consent or fact.consent,
        reasons=(*facts, line),
        review=False,
    )


def _alone(fact: FactChange, line: str) -> Finding:
    return Finding(
        fingerprint=fingerprint(fact.section, "fact", fact.path, fact.old, fact.new),
        section=fact.section,
        kind="fact",
        change_class=ChangeClass.MATERIAL,
        categories=(fact.category,),
        consent=fact.consent,
        reasons=(line,),
    )


def _decided(finding: Finding, decisions: dict[str, Decision]) -> Finding:
    """Let a person's decision stand in for the tool's class; a fact is not decided away by silence."""
    decision = decisions.get(finding.fingerprint)
    if decision is None or decision.only != finding.only:
        return finding
    kept = decision.change_class is ChangeClass.MATERIAL
    return replace(
        finding,
        change_class=decision.change_class,
        consent=finding.consent and kept,
        review=False,
        decision=decision,
        reasons=(
            *finding.reasons,
            f"decided {decision.change_class} by {decision.by} on {decision.date}: {decision.reason}",
        ),
    )
