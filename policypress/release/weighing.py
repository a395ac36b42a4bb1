"""What each clause's translation weighs for the next release: the class of its change, and what the release waits for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from policypress.bundle import ChangeClass
from policypress.localise.workflow import SUMMARY, Unit
from policypress.release.gate import awaited
from policypress.release.making import candidate
from policypress.release.printed import DRAFT, load, newest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policypress.release.gate import Candidate
    from policypress.source import Source

#: What every clause is before the first release.
NEW = "new"
#: Until there is a release, a draft is compiled for any day: only its texts are asked for.
_FIRST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How the draft's clauses changed since the newest release."""

    #: Class of the change by clause; a clause that is not named stands as it was released.
    classes: Mapping[Unit, str]
    #: How many translations a release waits for, by locale.
    awaited: Mapping[str, int]


def weigh(source: Source) -> Weights:
    """Weigh the draft; raise `ProblemsError` where it cannot be compiled. Before the first release all is new."""
    standing = newest(load(source))
    record = standing.record if standing else None
    day = record.published if record else _FIRST
    made = candidate(source, DRAFT, published=day, effective=record.takes_effect if record else day, historic=False)
    return Weights(
        classes=_classes(made),
        awaited={locale: len(awaited(made, locale)) for locale in source.settings.translations},
    )


def _classes(made: Candidate) -> dict[Unit, str]:
    clauses = [Unit(section.anchor, clause.text) for section, clause in made.shop.document.clauses()]
    summaries = [Unit(f"{SUMMARY}{one.section}", one.text) for one in made.shop.next.summaries]
    if made.step is None:
        return dict.fromkeys((*clauses, *summaries), NEW)
    found = dict.fromkeys(summaries, ChangeClass.MATERIAL)
    for finding in made.step.verdict.findings:
        if finding.pair and finding.pair.new and finding.only is None:
            unit = clauses[finding.pair.new.index]
            found[unit] = max(found.get(unit, finding.change_class), finding.change_class, key=lambda one: one.weight)
    return {unit: change.value for unit, change in found.items()}
