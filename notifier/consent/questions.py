"""What consent is asked for, question by question, in the words of one language; knows no answer and no page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policypress.bundle import Bundle, LocalChange, LocaleText


@dataclass(frozen=True, slots=True, kw_only=True)
class Worded:
    """A question as it is put to a reader of one language."""

    #: The bundle's name of it.
    id: str
    heading: str
    #: In plain words.
    summaries: tuple[str, ...]
    #: The clauses that change for it; in a language whose text stayed as it was there may be none.
    changes: tuple[LocalChange, ...]


def worded(bundle: Bundle, text: LocaleText) -> tuple[Worded, ...]:
    """Return the questions of a release in the words of one of its texts."""
    return tuple(_worded(bundle, text, question) for question in bundle.questions)


def _worded(bundle: Bundle, text: LocaleText, question: str) -> Worded:
    meant = {change.id for change in bundle.changes if change.consent and change.section == question}
    summaries = [one for one in text.summaries if one.section == question]
    changes = tuple(change for change in text.changes if change.id in meant)
    headings = [*(one.heading for one in summaries), *(one.heading for one in changes)]
    return Worded(
        id=question,
        # A text that says nothing of it has its title, and the page the links to all that changed.
        heading=headings[0] if headings else text.title,
        summaries=tuple(one.text for one in summaries),
        changes=changes,
    )
