"""What holders answered, added to and never overwritten, and browsers that asked to be told; decides nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from notifier.channels.protocol import Kind
from notifier.ledger import book
from notifier.ledger.records import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from notifier.ledger.database import Database, Transaction
    from notifier.tokens import NoticeId

#: Subscriptions read together.
PAGE = 1000


class Reply(StrEnum):
    """What a holder can say."""

    #: Consent is given.
    YES = "yes"
    #: Consent is refused, or taken back.
    NO = "no"
    #: Neither.
    LATER = "later"
    #: The notice was shown in the app; nothing was asked.
    SEEN = "seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer as it was given."""

    reply: Reply
    #: Given by a parent or guardian.
    guardian: bool
    #: `page` or `app`.
    via: str
    #: Language of the text that was shown, and its digest.
    locale: str
    digest: str
    #: Milliseconds since the epoch.
    at: int
    #: Names the form or request it came by.
    form: str
    #: What was answered, by the bundle's name of it; empty: all that the release asks, or nothing was asked.
    question: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Whom a notice is about: an account, and those that share its message."""

    accounts: tuple[str, ...]
    #: The language it was written in.
    locale: str
    #: It went to a parent or guardian.
    guardian: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a campaign knows of an account."""

    #: The plan has it; otherwise nothing below says anything.
    known: bool = False
    #: Why nothing was to go out, where nothing was.
    skipped: str = ""
    #: States of its notices.
    states: frozenset[State] = frozenset()
    #: A parent or guardian answers for it.
    guardian: bool = False


def campaigns(work: Transaction) -> list[tuple[int, str, str]]:
    """Return number, name and digest of the bundle of each campaign, in the order of planning."""
    return [(row["id"], row["name"], row["digest"]) for row in work.all("campaign_list")]


def bundle(work: Transaction, campaign: int) -> str | None:
    """Return the bundle a campaign was planned with, as JSON."""
    text: str | None = work.value("campaign_bundle", campaign=campaign)
    return text


def mailbox(work: Transaction, notice: NoticeId) -> Mailbox | None:
    """Return whom a notice is about; None if there is no such notice."""
    where = {"campaign": notice.campaign, "holder": notice.holder, "channel": notice.channel}
    rows = work.all("notice_accounts", **where)
    if not rows or rows[0]["follows"]:
        return None
    return Mailbox(
        accounts=tuple(row["account"] for row in rows),
        locale=rows[0]["locale"],
        guardian=bool(work.value("notice_guardian", **where)),
    )


def standing(work: Transaction, campaign: int, account: str, earlier: Sequence[int] = ()) -> Standing:
    """Return what a campaign, and what was told by those before it, says of an account.

    The same queries are made whether it is known or not.
    """
    told = [standing(work, one, account) for one in earlier]
    row = work.one("account_holder", campaign=campaign, account=account)
    notices = work.all("account_notices", campaign=campaign, holder=row["id"] if row else 0)
    return Standing(
        known=row is not None,
        skipped=(row["skipped"] or "") if row else "",
        states=frozenset(State(one["state"]) for one in notices).union(*(one.states for one in told)),
        guardian=any(one["guardian"] for one in notices),
    )


def answers(work: Transaction, release: str, account: str) -> list[Answer]:
    """Return every answer of an account about a release (`document/release`), the first one first."""
    return [
        Answer(
            reply=Reply(row["answer"]), guardian=bool(row["guardian"]), via=row["via"], locale=row["locale"],
            digest=row["digest"], at=row["at"], question=row["question"], form=_form_of(row),
        )
        for row in work.all("answers_of", release=release, account=account)
    ]  # fmt: skip


def add(work: Transaction, release: str, accounts: Iterable[str], answer: Answer) -> bool:
    """Add an answer for each account; return False where this form answered this question before.

    Some accounts may have theirs by then: whoever is told False rolls the transaction back.
    """
    values = asdict(answer) | {"answer": answer.reply.value, "guardian": int(answer.guardian), "release": release}
    del values["reply"]
    # A form of several questions is kept once for each.
    values["form"] = f"{answer.form} {answer.question}" if answer.question else answer.form
    return all(work.run("answer_put", account=account, **values) for account in accounts)


def _form_of(row: Mapping[str, Any]) -> str:
    form: str = row["form"]
    return form.removesuffix(f" {row['question']}") if row["question"] else form


def subscribe(database: Database, endpoint: str, body: str, locale: str, at: int) -> None:
    """Take a browser in, or its new keys or language."""
    values: Mapping[str, Any] = {"endpoint": endpoint_of(endpoint), "address": book.digest(body), "body": body}
    with database.transaction() as work:
        work.run("subscription_put", locale=locale, at=at, **values)


def unsubscribe(database: Database, endpoint: str) -> None:
    """Forget a browser."""
    with database.transaction() as work:
        work.run("subscription_drop", endpoint=endpoint_of(endpoint))


def subscriptions(work: Transaction, before: int) -> Iterator[tuple[str, str, str]]:
    """Yield (digest of the endpoint, subscription as JSON, locale) of browsers that asked before a moment."""
    after = ""
    while rows := work.all("list_subscriptions", after=after, before=before, limit=PAGE):
        for row in rows:
            yield row["endpoint"], row["body"], row["locale"]
        after = rows[-1]["endpoint"]


def forget_dead(work: Transaction) -> int:
    """Forget browsers whose push service said that they are gone; return how many."""
    return work.run("subscription_drop_dead", channel=Kind.WEBPUSH.number)


def count_subscriptions(database: Database) -> int:
    """Return how many browsers asked."""
    with database.reading() as work:
        return int(work.value("count_subscriptions"))


def endpoint_of(endpoint: str) -> str:
    """Return what stands for a browser in the ledger."""
    return sha256(endpoint.encode()).hexdigest()
