"""A composed notice as an RFC 5322 message; knows no provider and opens no connection."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING

from notifier import tokens
from notifier.channels.protocol import TOKEN

if TYPE_CHECKING:
    from datetime import datetime

    from notifier.channels.protocol import Addressee, Content

#: Headers of every notice: a machine wrote it, so no robot should answer (RFC 3834; the second one is Exchange's).
HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}

#: What the mark in a return address is for.
RETURN = "return path"

#: Not every relay offers 8BITMIME.
_SEVEN_BIT = SMTP.clone(cte_type="7bit")


def message(content: Content, addressee: Addressee, campaign: str, at: datetime) -> EmailMessage:
    """Return the mail to one holder: text and HTML, the same Message-ID however often it is made."""
    name, sender = parseaddr(content.sender)
    from_ = Address(display_name=name, addr_spec=sender)
    mail = EmailMessage(policy=_SEVEN_BIT if addressee.address.isascii() else SMTPUTF8)
    mail["From"] = from_
    mail["To"] = _mailbox(addressee.address)
    mail["Subject"] = content.subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{addressee.notice}.{campaign.replace('/', '.')}@{from_.domain}>"
    for header, value in HEADERS.items():
        mail[header] = value
    # The library picks an encoding in which no line is too long, however long a redline is.
    mail.set_content(content.text.replace(TOKEN, addressee.token))
    mail.add_alternative(content.html.replace(TOKEN, addressee.token), subtype="html")
    # Last: setting the content drops every Content-* header.
    mail["Content-Language"] = content.locale
    return mail


def return_path(box: str, key: bytes, notice: str) -> str:
    """Return the address that a message names for what comes back: `box+id-mark@domain` (RFC 5233)."""
    local, _, domain = box.rpartition("@")
    return f"{local}+{tokens.marked(key, notice, purpose=RETURN)}@{domain}"


def _mailbox(address: str) -> Address:
    if address.isascii():
        return Address(addr_spec=address)
    # The library parses ASCII only; the audience's check has left no quoted local part with other letters in it.
    local, _, domain = address.rpartition("@")
    return Address(username=local, domain=domain)
