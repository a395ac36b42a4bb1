"""Reports that mail servers send back: delivery status (RFC 3464) and complaints (RFC 5965); knows no ledger's tables.

What people's robots answer (absences, receipts, "we have received your message") is no such report, and says nothing.
"""

from __future__ import annotations

import re
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from email.policy import default
from email.utils import parseaddr, parsedate_to_datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from notifier import tokens
from notifier.channels.mail import RETURN
from notifier.events import policy
from notifier.ledger.events import Happening, Unreadable
from notifier.ledger.records import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from email.message import EmailMessage

    from notifier.tokens import NoticeId

#: What a message is that is no report about one of ours.
NO_REPORT = "no delivery report and no complaint: an answer of a person or a robot"
#: The Message-ID that `channels/mail.py` gives.
_OURS = re.compile(r"<([a-z2-7]{21})\.([^@<>\s]{1,200})@[^<>\s]+>", re.IGNORECASE)
#: The address that `mail.return_path` gives.
_MARKED = re.compile(r"\+([a-z2-7]{21})-[a-z2-7]{16}@", re.IGNORECASE)
#: More parts than any report has.
_MOST = 100


def understand(body: bytes, received_at: int, key: bytes = b"") -> list[Happening]:
    """Return what a report says of each of its recipients; Unreadable if it is no report.

    `key` checks the mark in the address that the report came to, for servers that return nothing of our message.
    """
    try:
        message = message_from_bytes(body, policy=default)
        found = list(_happenings(message, sha256(body).hexdigest(), received_at, key))
    except (MessageError, ValueError, LookupError, RecursionError, AttributeError, TypeError, IndexError) as error:
        # The library's parser of headers stumbles over some of what comes by mail.
        raise error if isinstance(error, Unreadable) else Unreadable(f"no mail: {type(error).__name__}") from None
    return found


def _happenings(message: EmailMessage, digest: str, received_at: int, key: bytes) -> Iterator[Happening]:
    kind = str(message.get_param("report-type") or "").lower()
    if message.get_content_type() != "multipart/report" or kind not in {"delivery-status", "feedback-report"}:
        raise Unreadable(NO_REPORT)
    parts = [part for part, _ in zip(message.walk(), range(_MOST), strict=False)]
    notice, campaign = _original(parts)
    notice = notice or _returned(message, key)
    read = _delivery if kind == "delivery-status" else _complaint
    for place, (word, state, hard, reason, address) in enumerate(read(parts)):
        yield Happening(
            key=f"{digest}:{place}", kind=word, at=_at(message, received_at), state=state, hard=hard,
            reason=reason if state in {State.BOUNCED, State.COMPLAINED} else "", notice=notice, campaign=campaign,
            address=address, place=place,
        )  # fmt: skip


_Told = tuple[str, State | None, bool, str, str]


def _delivery(parts: Sequence[Message]) -> Iterator[_Told]:
    fields = next((part for part in parts if part.get_content_type().endswith("/delivery-status")), None)
    blocks: Any = fields.get_payload() if fields is not None else ()
    # The first block is about the message, each further one about a recipient.
    for block in blocks[1:] if isinstance(blocks, list) else ():
        action = str(block.get("Action") or "").strip().lower()
        status = str(block.get("Status") or "").strip().split(" ")[0]
        state = policy.MAIL.get(action)
        said = policy.words(str(block.get("Diagnostic-Code") or "").partition(";")[2])
        # RFC 3464, 2.3.1: the address as it was given to begin with says whom we wrote to.
        address = _address(block, "Original-Recipient") or _address(block, "Final-Recipient")
        dead = state is State.BOUNCED and policy.hard(status)
        yield action if state else "unknown", state, dead, f"{action} {policy.words(status)}: {said}", address


def _complaint(parts: Sequence[Message]) -> Iterator[_Told]:
    fields = next((part for part in parts if part.get_content_type() == "message/feedback-report"), None)
    if fields is None:
        return
    block = _fields(fields)
    word = str(block.get("Feedback-Type") or "").strip().lower()
    address = parseaddr(str(block.get("Original-Rcpt-To") or ""))[1]
    # Of the types of RFC 5965 only this one is a person's complaint.
    complained = word == "abuse"
    state = State.COMPLAINED if complained else None
    yield word if complained else "unknown", state, complained, "feedback report: abuse", address


def _fields(part: Message) -> Message:
    inner = part.get_payload()
    if isinstance(inner, list) and isinstance(inner[0], Message):
        return inner[0]
    return message_from_bytes(part.get_payload(decode=True) or b"", policy=default)  # type: ignore[arg-type]


def _original(parts: Sequence[Message]) -> tuple[NoticeId | None, str]:
    """Return notice and campaign by the Message-ID of the message that is returned, whole or its headers."""
    for part in parts[1:]:
        if part.get_content_type() in {"text/rfc822-headers", "message/rfc822-headers"}:
            part = _fields(part)  # noqa: PLW2901 - the same part, read
        found = _OURS.fullmatch(str(part.get("Message-ID") or "").strip())
        if found:
            document, _, release = found[2].rpartition(".")
            return policy.notice_of(found[1]), f"{document}/{release}"
    return None, ""


def _returned(message: Message, key: bytes) -> NoticeId | None:
    """Return the notice that the address names to which a report came."""
    for name in ("Delivered-To", "X-Original-To", "To"):
        for value in message.get_all(name, ()) if key else ():
            found = _MARKED.search(str(value))
            if found and tokens.same(tokens.marked(key, found[1].lower(), purpose=RETURN), found[0][1:-1].lower()):
                return policy.notice_of(found[1])
    return None


def _address(block: Message, name: str) -> str:
    kind, _, address = str(block.get(name) or "").partition(";")
    return address.strip() if kind.strip().lower() in {"rfc822", "utf-8"} else ""


def _at(message: Message, received_at: int) -> int:
    try:
        return int(parsedate_to_datetime(str(message["Date"])).timestamp() * 1000)
    except (TypeError, ValueError, OverflowError):
        return received_at
