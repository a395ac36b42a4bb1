"""Whether an account still needs notice or consent, by what the ledger knows; knows no page and no request."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from notifier.deciding import JOINED_LATER
from notifier.ledger import consent
from notifier.ledger.consent import Answer, Reply
from notifier.ledger.records import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notifier.consent.shelf import Announced
    from notifier.ledger.database import Transaction

#: A notice in one of these was handed over to somebody who can read it.
TOLD = frozenset({State.ACCEPTED, State.DELIVERED, State.COMPLAINED})


class Notice(StrEnum):
    """Whether an account was told."""

    #: By mail or push, or in the app.
    TOLD = "told"
    #: Not yet, or it did not arrive.
    NEEDED = "needed"
    #: It joined later and accepted the new text, or the release was withdrawn.
    NOT_NEEDED = "not-needed"


class Consent(StrEnum):
    """What an account said where its consent is asked."""

    GIVEN = "given"
    REFUSED = "refused"
    #: Of several questions: all are answered, some with yes and some with no.
    PARTIAL = "partial"
    #: No answer, or: later; of several questions, to one of them at least.
    PENDING = "pending"
    #: Nothing is asked.
    NOT_ASKED = "not-asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How an account stands to one question of a release."""

    #: By the bundle's name of it.
    question: str
    consent: Consent
    #: The last answer that counts, if there is one.
    answer: Answer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """How an account stands to one release."""

    announced: Announced
    notice: Notice
    #: A parent or guardian answers for it; what it says itself is kept and does not count.
    guardian: bool
    questions: tuple[Asked, ...]

    @property
    def consent(self) -> Consent:
        """Return what follows from all questions: given only where every one is."""
        found = {one.consent for one in self.questions}
        if Consent.PENDING in found:
            return Consent.PENDING
        return found.pop() if len(found) == 1 else Consent.PARTIAL if found else Consent.NOT_ASKED


def holding(work: Transaction, announced: Announced, account: str) -> Holding:
    """Return how an account stands to a release; one that the plan does not know needs whatever a release asks for."""
    known = consent.standing(work, announced.campaign, account, announced.earlier)
    given = consent.answers(work, announced.name, account)
    answers = {one: counting(given, one, guardian=known.guardian) for one in announced.bundle.questions}
    return Holding(
        announced=announced,
        notice=_notice(announced, known, given),
        guardian=known.guardian,
        questions=tuple(
            Asked(question=question, consent=_consent(announced, known, answer), answer=answer)
            for question, answer in answers.items()
        ),
    )


def counting(given: Sequence[Answer], question: str, *, guardian: bool) -> Answer | None:
    """Return the answer to a question that counts: the last yes or no, else the last word; for a minor a guardian's."""
    ours = [one for one in given if one.question in {"", question} and (one.guardian or not guardian)]
    decided = [one for one in ours if one.reply in {Reply.YES, Reply.NO}]
    said = decided or [one for one in ours if one.reply is Reply.LATER]
    return said[-1] if said else None


def _excused(announced: Announced, known: consent.Standing) -> bool:
    # Without a notice because it joined later; one that could not be reached is not excused.
    return announced.bundle.withdrawn or (known.known and known.skipped == JOINED_LATER)


def _notice(announced: Announced, known: consent.Standing, given: Sequence[Answer]) -> Notice:
    if _excused(announced, known):
        return Notice.NOT_NEEDED
    return Notice.TOLD if given or known.states & TOLD else Notice.NEEDED


def _consent(announced: Announced, known: consent.Standing, answer: Answer | None) -> Consent:
    if _excused(announced, known):
        return Consent.NOT_ASKED
    if answer is None or answer.reply is Reply.LATER:
        return Consent.PENDING
    return Consent.GIVEN if answer.reply is Reply.YES else Consent.REFUSED
