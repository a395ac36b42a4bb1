"""The draft: the source as it would be released, held against the releases before it; publishes nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from policypress import checks
from policypress.edition import make_edition
from policypress.release import DRAFT, candidate, in_force, newest, step
from policypress.release.gate import unready
from policypress.release.making import record_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from policypress.document import Document
    from policypress.edition import Edition, Editions
    from policypress.errors import Problem
    from policypress.release import Candidate, Print, Step
    from policypress.source import Source


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The source as it stands, in every locale."""

    documents: Mapping[str, Document]
    #: The draft held against the release in force, then against the newest where that is another one.
    editions: tuple[Edition, ...]
    #: What `check` finds.
    problems: tuple[Problem, ...]
    #: What a release of it lacks, whatever the dates will be; empty for the first release.
    lacks: tuple[str, ...]


def make_draft(source: Source, editions: Editions, day: date) -> Draft:
    """Compile the source as it would be printed; raise `ProblemsError` where it cannot be.

    `editions` are the releases of the same source. Until it gets dates of its own, a draft bears those of the newest.
    """
    prints = {edition.record.id: edition.printed for edition in editions.editions}
    standing = newest(prints)
    record = standing.record if standing else None
    published, effective = (record.published, record.takes_effect) if record else (day, day)
    made = candidate(source, DRAFT, published=published, effective=effective, historic=False, prints=prints)
    return Draft(
        documents=made.draft.documents,
        editions=tuple(_edition(made, editions, change, day) for change in _steps(made, editions, day)),
        problems=checks.run(source),
        lacks=unready(made) if made.step else (),
    )


def _steps(made: Candidate, editions: Editions, day: date) -> Iterator[Step]:
    """Yield the way to the draft from what applies on a day, and from the newest release where that is another."""
    applying = in_force(editions.records, day)
    before = made.prints.get(applying.id) if applying else None
    if before and made.step and before.id != made.step.old.id:
        yield _step(before, made)
    if made.step:
        yield made.step


def _step(before: Print, made: Candidate) -> Step:
    settings = made.shop.source.settings
    return step(
        before,
        made.draft,
        source_locale=settings.source_locale,
        decisions=made.shop.next.decisions,
        renames=made.shop.next.renames,
    )


def _edition(made: Candidate, editions: Editions, change: Step, day: date) -> Edition:
    """Return the draft held against one release; a record's id is a day, and a draft has none but today."""
    record = record_of(replace(made, id=day.isoformat(), step=change))
    return make_edition(editions.settings, editions.words, made.draft, record, change)
