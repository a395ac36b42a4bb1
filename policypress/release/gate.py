"""May a release be made as things stand: everything that is missing, at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from policypress.bundle import ChangeClass
from policypress.localise import Entry, parse_catalogue
from policypress.localise.workflow import SUMMARY
from policypress.source import FOLDERS, catalogue_path, unfinished

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from policypress.git import Repository
    from policypress.localise import Catalogue
    from policypress.release.printed import Print, Workshop
    from policypress.release.record import Record
    from policypress.release.step import Step


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A release about to be made."""

    id: str
    published: date
    effective: date
    #: Recorded after the fact: its dates are history and not held to the lead time.
    historic: bool
    shop: Workshop
    draft: Print
    #: What is printed already, oldest first.
    prints: dict[str, Print]
    #: What changed since the release before; None for the first.
    step: Step | None

    @property
    def change_class(self) -> ChangeClass:
        """Return the class of the whole release; the first one has nothing to be held against."""
        return self.step.verdict.change_class if self.step else ChangeClass.TECHNICAL

    @property
    def material_sections(self) -> tuple[str, ...]:
        """Return the anchors of the sections with material changes, in reading order."""
        findings = self.step.verdict.findings if self.step else ()
        material = (f.section for f in findings if f.change_class is ChangeClass.MATERIAL)
        return tuple(dict.fromkeys(material))


def missing(candidate: Candidate, repository: Repository) -> tuple[str, ...]:
    """Return what keeps a release from being made, a line each; empty where nothing does."""
    return (*_dates(candidate), *_clean(repository), *unready(candidate))


def unready(candidate: Candidate) -> tuple[str, ...]:
    """Return what the texts and the prepared record still lack, whatever the dates will be."""
    return (
        *_changes(candidate),
        *_decisions(candidate),
        *_renames(candidate),
        *_summaries(candidate),
        *_correction(candidate),
        *_schedule(candidate),
        *_translations(candidate),
    )


def _dates(candidate: Candidate) -> Iterator[str]:
    records: list[Record] = [p.record for p in candidate.prints.values() if p.record]
    if candidate.id in candidate.prints:
        yield f"the release {candidate.id} exists; a release is printed once. Choose another id"
    if same := [r.id for r in records if r.published == candidate.published and r.id != candidate.id]:
        yield f"{same[0]} is published on {candidate.published} too; two releases on one day cannot be told apart"
    if later := [r.id for r in records if r.published > candidate.published]:
        yield f"{later[-1]} is published later than {candidate.published}; releases are made in order"
    if candidate.effective < candidate.published:
        yield f"the effective date {candidate.effective} lies before the day of publication {candidate.published}"
    elif not candidate.historic:
        yield from _lead_time(candidate)
        yield from _overtaken(candidate, records)


def _overtaken(candidate: Candidate, records: list[Record]) -> Iterator[str]:
    """The draft holds what is announced already: in force before it, it would take that notice's time away."""
    for other in records:
        if not other.withdrawn and other.id != candidate.id and candidate.effective <= other.takes_effect:
            yield (
                f"{other.id} takes effect on {other.takes_effect}, and this release builds on it: name a later day than "
                f"{candidate.effective}, or withdraw {other.id} first"
            )


def _lead_time(candidate: Candidate) -> Iterator[str]:
    settings = candidate.shop.source.settings.lead_time
    kind = candidate.change_class
    needed = max(settings.days()[kind], *(days.get(kind, 0) for days in settings.countries.values()), 0)
    left = (candidate.effective - candidate.published).days
    if left < needed:
        yield (
            f"{candidate.effective} leaves {left} days after publication; a {kind} release needs {needed} "
            f"(lead_time in policy_src/policy.toml): {candidate.published + timedelta(days=needed)} at the earliest"
        )


def _clean(repository: Repository) -> Iterator[str]:
    if dirty := [path for path in repository.dirty(FOLDERS) if not unfinished(path)]:
        shown = ", ".join(dirty[:5]) + (f" and {len(dirty) - 5} more" if len(dirty) > 5 else "")  # noqa: PLR2004
        yield f"not committed: {shown}. Commit or stash them, so that the release can be verified"


def _changes(candidate: Candidate) -> Iterator[str]:
    if candidate.step and all(f.proofs == ("updated_date",) for f in candidate.step.verdict.findings):
        yield f"nothing changed since {candidate.step.old.id} but the date of the release itself"


def _decisions(candidate: Candidate) -> Iterator[str]:
    """What nothing proves waits for a person; a decision that names no change of this release is dead."""
    findings = candidate.step.verdict.findings if candidate.step else ()
    for finding in findings:
        if finding.review and not candidate.historic:
            where = f"{finding.section!r}" + (f" ({finding.only})" if finding.only else "")
            yield f"no decision on the change {finding.fingerprint} in {where}, which nothing proves: policypress decide"
    alive = {finding.fingerprint for finding in findings}
    for decision in candidate.shop.next.decisions:
        if decision.fingerprint not in alive:
            yield (
                f"the decision {decision.fingerprint} in policy_src/next.toml names no change of this release: its "
                f"clause changed again. Look at `policypress diff` and decide anew, or remove it"
            )


def _renames(candidate: Candidate) -> Iterator[str]:
    """A declared rename that explains nothing is told, or its clauses would be material and nobody knew why."""
    change, settings = candidate.step, candidate.shop.source.settings
    for locale in settings.order if change else ():
        if change and locale in change.old.documents and locale in change.new.documents:
            for rename, reason in change.refused(locale).items():
                # what other languages write otherwise is theirs to declare
                if reason and (rename.locale or locale == settings.source_locale):
                    yield f"the rename of {rename.old!r} in policy_src/next.toml explains nothing in {locale}: {reason}"


def _summaries(candidate: Candidate) -> Iterator[str]:
    if candidate.historic:
        return
    written = {summary.section for summary in candidate.shop.next.summaries}
    for anchor in candidate.material_sections:
        if anchor not in written:
            yield f"no summary for the material change in {anchor!r}: add a [[summaries]] to policy_src/next.toml"
    for anchor in sorted(written - set(candidate.material_sections)):
        yield f"policy_src/next.toml sums up {anchor!r}, where nothing material changed"


def _correction(candidate: Candidate) -> Iterator[str]:
    """A correction says that the processing did not change; a changed fact says that it did."""
    if not candidate.shop.next.correction:
        return
    if candidate.step is None:
        yield "not a correction: there is no release that could be corrected. Take `correction` out of policy_src/next.toml"
        return
    for fact in candidate.step.facts:
        yield (
            f"not a correction: the fact sheet changed ({fact.path}: {fact.old or 'nothing'} -> {fact.new or 'nothing'}). "
            f"Take `correction` out of policy_src/next.toml, or the change out of policy_src/practices.toml"
        )


def _schedule(candidate: Candidate) -> Iterator[str]:
    told = Counter((row.section, row.accounts) for row in candidate.shop.next.schedule)
    for section, accounts in (key for key, count in told.items() if count > 1):
        yield f"policy_src/next.toml sets more than one date for {accounts} accounts and {section!r}"
    for row in candidate.shop.next.schedule:
        if row.section not in candidate.material_sections:
            yield f"policy_src/next.toml sets a date for {row.section!r}, where nothing material changed"
        earliest = candidate.effective if row.accounts == "existing" else candidate.published
        if row.effective < earliest:
            yield (
                f"policy_src/next.toml: {row.section!r} applies to {row.accounts} accounts from {row.effective}, "
                f"before {earliest}"
            )


def _translations(candidate: Candidate) -> Iterator[str]:
    for locale in candidate.shop.source.settings.translations:
        yield from awaited(candidate, locale)


def awaited(candidate: Candidate, locale: str) -> tuple[str, ...]:
    """Return what a release waits for in the catalogue of a locale, a line each; nothing where it is not required."""
    if not candidate.shop.source.settings.locales[locale].required:
        return ()
    catalogue = candidate.shop.catalogues.get(locale) or parse_catalogue("", locale, catalogue_path(locale, "policy"))
    material = set(candidate.material_sections)
    return (*_untranslated(candidate, catalogue, material), *_untranslated_summaries(candidate, catalogue))


def _untranslated(candidate: Candidate, catalogue: Catalogue, material: set[str]) -> Iterator[str]:
    first = candidate.step is None
    for section, clause in candidate.shop.document.clauses():
        if not clause.text or clause.kind in ("code", "html", "rule"):
            continue
        lack = _lack(catalogue.find(section.anchor, clause.text))
        # what is not translated falls back, visibly, unless the change is material; what nobody approved never goes out
        if lack and (lack == "not approved" or first or section.anchor in material):
            yield f"{catalogue.file}: {section.anchor}: {lack}: {_short(clause.text)}"


def _untranslated_summaries(candidate: Candidate, catalogue: Catalogue) -> Iterator[str]:
    for summary in candidate.shop.next.summaries:
        if lack := _lack(catalogue.find(f"{SUMMARY}{summary.section}", summary.text)):
            yield f"{catalogue.file}: summary of {summary.section}: {lack}: {_short(summary.text)}"


def _lack(entry: Entry | None) -> str:
    if entry is None or not entry.translation:
        return "not translated"
    if entry.fuzzy:
        return "fuzzy"
    return "" if entry.approved else "not approved"


def _short(text: str, length: int = 60) -> str:
    return text if len(text) <= length else f"{text[:length].rstrip()}…"
