"""Opens a signed link, says what it asks of whom, and takes the answer down; renders nothing, knows no request."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from notifier import tokens
from notifier.consent.standing import counting
from notifier.errors import TokenError, TokenExpired
from notifier.ledger import consent
from notifier.ledger.consent import Answer, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from notifier.consent.shelf import Announced, Shelf
    from notifier.ledger.consent import Mailbox
    from notifier.ledger.database import Database, Transaction

#: What a link in a notice is for; `delivery` signs it for the same.
PURPOSE = "consent"
#: What a form's seal is for.
FORM = "consent form"
#: Milliseconds for which a form can be sent: a page left open overnight still works.
FORM_LIFE = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a link is about."""

    announced: Announced
    mailbox: Mailbox
    #: The answer to each question that counts now, if there is one.
    answers: Mapping[str, Answer | None]
    #: The link's day is over: nothing can be answered with it.
    expired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Binds an answer to the link it came by and to the very text that was shown."""

    locale: str
    #: Digest of the text that was shown.
    digest: str
    #: When it was shown, in milliseconds, a random part, and the seal over everything.
    seal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything that a link can do; nothing here happens by being read."""

    database: Database
    shelf: Shelf
    key: bytes
    #: Milliseconds since the epoch.
    clock: Callable[[], int]

    def open(self, token: str) -> Case:
        """Return what a link is about; TokenError for a link that leads to nothing, whatever the reason."""
        expired = False
        try:
            notice = tokens.read(self.key, token, purpose=PURPOSE, today=self.shelf.now().date())
        except TokenExpired as error:
            expired, notice = True, error.notice
        with self.database.reading() as work:
            announced = self.shelf.release(work, notice.campaign)
            mailbox = consent.mailbox(work, notice)
            if announced is None or mailbox is None:
                message = "the link is about nothing that the ledger knows"
                raise TokenError(message)
            return Case(
                announced=announced, mailbox=mailbox, answers=self._answers(work, announced, mailbox), expired=expired
            )

    def form(self, token: str, locale: str, digest: str) -> Form:
        """Return a new form for a text that is about to be shown."""
        issued = f"{self.clock()}.{secrets.token_hex(8)}"
        seal = tokens.seal(self.key, token, locale, digest, issued, purpose=FORM)
        return Form(locale=locale, digest=digest, seal=f"{issued}.{seal}")

    def take(self, token: str, case: Case, form: Form, replies: Mapping[str, Reply]) -> bool:
        """Write answers down, by question, for every account of the link; False if the form is not ours, old or used up.

        The same form sent twice with the same answers is one form, and is true both times.
        """
        bundle = case.announced.bundle
        if case.expired or bundle.withdrawn or not replies or not self._genuine(token, form):
            return False
        text = bundle.locales.get(form.locale)
        if text is None or text.digest != form.digest or not replies.keys() <= set(bundle.questions):
            return False
        answers = [
            Answer(
                reply=reply, question=question, guardian=case.mailbox.guardian, via="page", locale=form.locale,
                digest=form.digest, at=self.clock(), form=form.seal,
            )
            for question, reply in replies.items()
        ]  # fmt: skip
        with suppress(_UsedUp), self.database.transaction() as work:
            self._add(work, case, answers)
            return True
        with self.database.reading() as work:
            said = _said(work, case, form.seal)
        return said == replies

    @staticmethod
    def _add(work: Transaction, case: Case, answers: Sequence[Answer]) -> None:
        """Add the answers of one form, all or none: also if the same form is sent at the same moment."""
        if _said(work, case, answers[0].form):
            raise _UsedUp
        for answer in answers:
            if not consent.add(work, case.announced.name, case.mailbox.accounts, answer):
                raise _UsedUp

    def _genuine(self, token: str, form: Form) -> bool:
        issued, _, seal = form.seal.rpartition(".")
        ours = tokens.seal(self.key, token, form.locale, form.digest, issued, purpose=FORM)
        if not tokens.same(seal, ours):
            return False
        # Sealed by us: the moment is a number.
        return 0 <= self.clock() - int(issued.partition(".")[0]) <= FORM_LIFE

    @staticmethod
    def _answers(work: Transaction, announced: Announced, mailbox: Mailbox) -> Mapping[str, Answer | None]:
        given = consent.answers(work, announced.name, mailbox.accounts[0])
        return {one: counting(given, one, guardian=mailbox.guardian) for one in announced.bundle.questions}


class _UsedUp(Exception):  # noqa: N818 - told to nobody but `take`
    """A form was answered before."""


def _said(work: Transaction, case: Case, seal: str) -> Mapping[str, Reply]:
    """Return what a form has answered so far, by question."""
    given = consent.answers(work, case.announced.name, case.mailbox.accounts[0])
    return {one.question: one.reply for one in given if tokens.same(one.form, seal)}
