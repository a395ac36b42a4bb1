"""What an event means for a notice and for the address: the policy of bounces as data; knows no provider's format."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from notifier.channels import wire
from notifier.errors import TokenError
from notifier.ledger.records import State
from notifier.tokens import NoticeId

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What a provider's word says of the notice. Words that are not listed (open, click, ...) are kept and say nothing.
#: A dropped message will never arrive; a deferred one was taken over and is still tried.
SENDGRID: Mapping[str, State] = {
    "processed": State.ACCEPTED,
    "deferred": State.ACCEPTED,
    "delivered": State.DELIVERED,
    "bounce": State.BOUNCED,
    "blocked": State.BOUNCED,
    "dropped": State.BOUNCED,
    "spamreport": State.COMPLAINED,
}
#: The `Action` of a delivery report (RFC 3464, 2.3.3).
MAIL: Mapping[str, State] = {
    "failed": State.BOUNCED,
    "delayed": State.ACCEPTED,
    "relayed": State.ACCEPTED,
    "expanded": State.ACCEPTED,
    "delivered": State.DELIVERED,
}
#: Statuses (RFC 3463, RFC 7505) that say that there is no such mailbox or no such place, and never will be. A full
#: mailbox, a filter's refusal, a policy, a server that was down are not among them: those people can be reached.
DEAD = re.compile(r"5\.1\.(?:1|2|3|6|10)|5\.2\.1")
#: SendGrid's word for the same, where it classifies.
DEAD_CLASS = "invalid address"
#: A holder's id above this is no number of a ledger.
MOST = 1 << 62


def hard(status: str, classification: str = "") -> bool:
    """Return whether an address is dead, as far as anyone can tell; in doubt it is not."""
    if classification:
        return classification.strip().casefold() == DEAD_CLASS
    return DEAD.fullmatch(status.strip()) is not None


def notice_of(text: object) -> NoticeId | None:
    """Return the notice an id names; None if it is no id of ours."""
    if not isinstance(text, str):
        return None
    try:
        found = NoticeId.parse(text)
    except TokenError:
        return None
    # One spelling only: base32 leaves bits over, and what was not printed by us is not ours.
    return found if found.holder < MOST and str(found) == text.lower() else None


def words(text: object) -> str:
    """Return a provider's words on one line, cut, without addresses and without what no database takes."""
    return "".join(letter for letter in wire.clean(str(text or "")) if letter.isprintable())
