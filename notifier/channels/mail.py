"""A composed notice as an RFC 5322 message; knows no provider and opens no connection."""

from __future__ import annotations

from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, EmailPolicy
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING

from notifier import tokens
from notifier.channels.protocol import TOKEN

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from notifier.channels.protocol import Addressee, Content

#: Headers of every notice: a machine wrote it, so no robot should answer (RFC 3834; the second one is Exchange's).
HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}

#: What the mark in a return address is for.
RETURN = "return path"


class _Whole(EmailPolicy):
    """Folds words that are not ASCII so that none of their spaces is lost; the library's own folding loses some.

    Between two encoded words a space says nothing (RFC 2047, section 6.2), so it has to stand within one.
    """

    def fold(self, name: str, value: Any) -> str:
        """Return a header as lines."""
        if str(value).isascii():
            return str(super().fold(name, value))
        encoded = self._from(name, value) if name == "From" else _encoded(name, str(value))
        return f"{name}: {encoded}".replace("\n", self.linesep) + self.linesep

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return a header as lines of ASCII."""
        return self.fold(name, value).encode("ascii")

    @staticmethod
    def _from(name: str, value: Any) -> str:
        (sender,) = value.addresses
        return f"{_encoded(name, sender.display_name)}\n <{sender.addr_spec}>"


def _encoded(name: str, words: str) -> str:
    return Header(words, "utf-8", header_name=name).encode()


#: Not every relay offers 8BITMIME.
_SEVEN_BIT = _Whole(linesep=SMTP.linesep, cte_type="7bit")


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
