"""Facts, proofs and decisions brought together: each change gets a class, categories and reasons."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from policypress.bundle import ChangeClass
from policypress.changes import fingerprint
from policypress.document import plain, visible
from policypress.materiality.lexicon import lexicon
from policypress.materiality.proofs import LOOK, Evidence, Vocabulary, prove, reflowed, shown
from policypress.materiality.taxonomy import taxonomy
from policypress.redline import redline

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policypress.changes import Pair
    from policypress.materiality.decisions import Decision, Rename
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
    whole: Sequence[Pair] | None = None,
    renames: Sequence[Rename] = (),
) -> Verdict:
    """Judge changed pairs in the language `locale`.

    `facts` is the difference of the fact sheets, None where there are none (two plain files): then consent follows
    the words, because nothing more certain is known. `only` names the locale of a translator's correction. `whole`
    is the whole alignment, unchanged pairs too: what rests on the words of both texts is proved only with it.
    `renames` are declared in this language; what `refusal` says no to explains nothing.
    """
    words, known = lexicon(locale), Vocabulary(whole if whole is not None else pairs)
    held = tuple(rename for rename in renames if not _refusal(rename, words, known))
    kept, title = reflowed(pairs), _title(whole or pairs)
    titled = retitled(whole, words, known) if whole else ()
    findings = [
        _of_pair(
            Evidence(
                pair=pair, lexicon=words, vocabulary=known if whole is not None else None, renames=held, retitled=titled
            ),
            locale,
            certain=facts is not None,
            only=only,
            kept=place in kept,
            title=title,
        )
        for place, pair in enumerate(pairs)
    ]
    if whole is not None and unrelated(whole):
        findings = [replace(finding, review=True, reasons=(_UNRELATED, *finding.reasons)) for finding in findings]
    if facts:
        findings = _with_facts(findings, facts)
    by_fingerprint = {decision.fingerprint: decision for decision in decisions}
    return Verdict(findings=tuple(_decided(finding, by_fingerprint) for finding in findings))


_UNRELATED = "the two texts have hardly a clause in common: are they two versions of one document?"
#: Least share of the shorter text's clauses that stand in the longer one, in some form, in two versions of one text.
_RELATED = 0.05


def unrelated(whole: Sequence[Pair]) -> bool:
    """Return whether two texts have hardly a clause in common; headings are left out, because they are alike anywhere."""
    clauses = [pair for pair in whole if pair.clause.kind not in ("heading", "rule")]
    olds, news = sum(pair.old is not None for pair in clauses), sum(pair.new is not None for pair in clauses)
    both = olds + news - len(clauses)
    return min(olds, news) > 0 and both < _RELATED * min(olds, news)


def refused(renames: Iterable[Rename], locale: str, whole: Sequence[Pair]) -> dict[Rename, str]:
    """Return why each declared rename explains nothing in this language's two texts; empty where it does."""
    known = Vocabulary(whole)
    return {rename: _refusal(rename, lexicon(locale), known) for rename in renames if rename.locale in (None, locale)}


def _refusal(rename: Rename, words: Lexicon, known: Vocabulary) -> str:
    names = f"{rename.old} {rename.new}"
    if words.entities.search(names):
        return "it names a company, and another company is another controller"
    if words.veto.search(names) or re.search(r"\d", names):
        return "it has a word or a figure of substance, which no rename proves away"
    if not rename.section and known.holds(rename.old, but=rename.new):
        return f"{rename.old!r} still stands in the new text"
    return ""


def applicable(old: str, new: str, words: Lexicon, known: Vocabulary) -> bool:
    """Return whether a declared rename names no company and is applied everywhere in the new text."""
    company = words.entities.search(old) or words.entities.search(new)
    return bool(old and new) and not company and not known.holds(old, but=new)


def retitled(whole: Sequence[Pair], words: Lexicon, known: Vocabulary) -> tuple[tuple[str, str], ...]:
    """Return the name that changed in the title and with it in the whole text: of the document, or of its subject."""
    titles = [(pair.old_text, pair.new_text) for pair in whole if pair.old and pair.new and pair.section.level == 1]
    old, new = (shown(text).split() for text in titles[0]) if titles else ([], [])
    parts = [part for part in SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if part[0] != "equal"]
    if len(parts) != 1 or parts[0][0] != "replace":
        return ()
    _, *bounds = parts[0]
    for more_before, more_behind in ((0, 0), (0, 1), (1, 0), (1, 1)):
        one = " ".join(old[max(0, bounds[0] - more_before) : bounds[1] + more_behind])
        two = " ".join(new[max(0, bounds[2] - more_before) : bounds[3] + more_behind])
        if {one.casefold(), two.casefold()} <= words.self_names or _renamed(one, two, words, known):
            return ((one, two),)
    return ()


def _renamed(one: str, two: str, words: Lexicon, known: Vocabulary) -> bool:
    """Return whether a name is gone from the text, another is new in it, and neither is a word of substance."""
    names = one[:1].isupper() and two[:1].isupper() and not words.veto.search(f"{one} {two}")
    return names and applicable(one, two, words, known) and not known.held(two)


def _title(pairs: Sequence[Pair]) -> str:
    return next((pair.section.title for pair in pairs if pair.section.level == 1), "")


def _base(pair: Pair, only: str | None) -> Finding:
    return Finding(
        fingerprint=pair.fingerprint,
        section=pair.section.anchor,
        kind=pair.kind,
        change_class=ChangeClass.EDITORIAL,
        pair=pair,
        only=only,
    )


def _proved(base: Finding, proofs: tuple[str, ...]) -> Finding:
    reason = f"proved editorial: {', '.join(proofs).replace('_', ' ')}"
    return replace(base, proofs=proofs, reasons=(reason,), review=not LOOK.isdisjoint(proofs))


def _of_pair(evidence: Evidence, locale: str, *, certain: bool, only: str | None, kept: bool, title: str) -> Finding:
    pair = evidence.pair
    base = _base(pair, only)
    if proofs := prove(evidence) or (("reflowed",) if kept else ()):
        return _proved(base, proofs)
    categories = _cued(pair, evidence.lexicon, locale, title)
    labels = [f"words suggest {taxonomy()[name].label} ({taxonomy()[name].source})" for name in categories]
    return replace(
        base,
        change_class=ChangeClass.MATERIAL,
        categories=categories,
        consent=not certain and pair.kind != "removed" and any(taxonomy()[name].consent for name in categories),
        reasons=tuple(labels) or ("not proved editorial",),
        review=not categories or pair.kind == "removed",
    )


#: Most categories that words alone suggest for one clause; from the clause's unchanged words, which say less, one.
_MOST, _FEW = 3, 1
#: Categories of what begins: only words that came speak for them.
_BEGINNING = frozenset({"new_data", "new_purpose"})
#: A name with a page of its own elsewhere, and the words that bring one in.
_NAME = re.compile(r"\[(?:[^\W\d_][\w.&'’-]*)(?: [^\W\d_][\w.&'’-]*){0,3}\]\(https?://[^()\s]+\)")


def _cued(pair: Pair, words: Lexicon, locale: str, title: str) -> tuple[str, ...]:
    """Return the categories that the changed words suggest, else the clause, else the title; the heading has a voice."""
    named = {name: int(bool(cue.search(pair.section.heading.text))) for name, cue in words.cues.items()}
    touched = _touched(pair, words, locale)
    if any(touched.values()):
        return _best({name: score + named[name] for name, score in touched.items()}, _MOST)
    for text in (visible(pair.new_text or pair.old_text), title):
        scores = {name: _cues(cue, text) + named[name] for name, cue in words.cues.items()}
        if pair.kind == "removed":
            scores = {name: score for name, score in scores.items() if name not in _BEGINNING}
        if any(scores.values()):
            return _best(scores, _FEW)
    return ()


def _touched(pair: Pair, words: Lexicon, locale: str) -> dict[str, int]:
    """Return how well the words that came or went support each category."""
    runs = redline(plain(pair.old_text), plain(pair.new_text), locale=locale)
    marks = " … ".join(run.shown for run in runs if run.op != "equal")
    came = visible(" … ".join(run.shown for run in runs if run.op == "insert"))
    scores = {name: _cues(cue, came if name in _BEGINNING else visible(marks)) for name, cue in words.cues.items()}
    clause = visible(pair.new_text)
    if pair.kind == "reworded" and words.bringing.search(clause) and any(map(_capital, _NAME.findall(marks))):
        scores["recipients"] = scores.get("recipients", 0) + 1  # a company among those that are named came or went
    return scores


def _capital(link: str) -> bool:
    """Return whether a link's words are a name: each begins with a capital."""
    return all(word[0].isupper() for word in link[1 : link.index("]")].split())


def _cues(cue: re.Pattern[str], text: str) -> int:
    """Return how many different words of a category a text has."""
    return len({found[0].casefold() for found in cue.finditer(text)})


def _best(scores: dict[str, int], most: int) -> tuple[str, ...]:
    """Return the best supported categories, those at least half as well supported as the first."""
    best = sorted((name for name in scores if scores[name]), key=lambda name: -scores[name])
    return tuple(name for name in best[:most] if 2 * scores[name] >= scores[best[0]])


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
