"""SMTP (RFC 5321) to a relay of one's own, one message a transaction over kept connections; knows no sibling."""

from __future__ import annotations

import re
import smtplib
import ssl
import time
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.errors import MessageError
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from notifier.channels import mail, wire
from notifier.channels.protocol import Addressee, Answer, Batch, Kind, Outcome, Result, blame_us, invalid

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from notifier.settings import Settings

NAME = "smtp"
KINDS = frozenset({Kind.EMAIL})
#: Copies of one batch: each waits for the one before.
LIMIT = 100
#: Refused alike, from so many on, it is the message or the sender and not the addresses.
ALIKE = 10
PORTS = {"smtp": 587, "smtps": 465}

#: RFC 3463: the mailbox, or the system it stands on, and not our message.
_MAILBOX = re.compile(r"\b5\.[12]\.\d+\b")


class _Halt(Exception):  # noqa: N818 - turns into an answer in this file
    """The connection cannot be used: nothing of this copy and of those behind it was sent."""

    def __init__(self, why: str, *, stop: bool = False) -> None:
        super().__init__(why)
        #: The server refuses us as a whole.
        self.stop = stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where to connect and as whom."""

    host: str
    port: int
    #: TLS from the first byte (RFC 8314).
    implicit: bool
    #: TLS by STARTTLS (RFC 3207), and nothing without it.
    starttls: bool
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


class _Plain(smtplib.SMTP):
    """Connects within one time and waits for answers, the greeting first, within another."""

    def __init__(self, host: str, port: int, *, read: float, **options: Any) -> None:
        self._read = read
        super().__init__(host, port, **options)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        opened: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        opened.settimeout(self._read)
        return opened


class _Implicit(_Plain, smtplib.SMTP_SSL):
    """The same with TLS from the first byte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """Keeps as many connections as threads send at once."""

    server: Server
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    #: Seconds to connect, and for every answer.
    connect: float = wire.CONNECT
    read: float = wire.READ
    #: Tells the time for the Date header.
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    #: The mailbox for what comes back, and what signs its addresses; empty: it comes back to the sender.
    bounces: str = ""
    key: bytes = field(default=b"", repr=False)
    name: str = NAME
    limit: int = LIMIT
    idempotent: bool = False
    #: Where the server offers it (RFC 6531); else such an address is refused with the reason.
    smtputf8: bool = True
    _idle: deque[smtplib.SMTP] = field(default_factory=deque, repr=False)

    def send(self, batch: Batch) -> Answer:
        """Send each copy by itself; a connection that fails costs its own copy at most, the rest is tried again."""
        outcomes: list[Outcome] = []
        try:
            with self._borrowed() as client:
                self._each(client, batch, outcomes)
        except _Halt as halt:
            rest = batch.addressees[len(outcomes) :]
            outcomes += [Outcome(notice=one.notice, result=Result.AGAIN, reason=str(halt)) for one in rest]
            return Answer(outcomes=tuple(outcomes), stop=str(halt) if halt.stop else "")
        answer = Answer(outcomes=tuple(outcomes))
        mailboxes = any(_MAILBOX.search(outcome.reason) for outcome in outcomes)
        return answer if mailboxes else blame_us(batch, answer, "the SMTP server", least=ALIKE)

    def close(self) -> None:
        """Say goodbye on every connection."""
        while self._idle:
            client = self._idle.pop()
            try:
                client.quit()
            except (smtplib.SMTPException, OSError):
                client.close()

    def _each(self, client: smtplib.SMTP, batch: Batch, outcomes: list[Outcome]) -> None:
        begun = time.monotonic()
        for addressee in batch.addressees:
            if time.monotonic() - begun > wire.PATIENCE:
                raise _Halt("not begun in time")
            outcomes.append(self._one(client, batch, addressee))
            if outcomes[-1].result is Result.UNKNOWN:
                raise _Halt(outcomes[-1].reason)

    @contextmanager
    def _borrowed(self) -> Iterator[smtplib.SMTP]:
        """Give a connection that nobody else uses; it is kept unless something failed."""
        client = self._client()
        try:
            yield client
        except BaseException:
            client.close()
            raise
        self._idle.append(client)

    def _client(self) -> smtplib.SMTP:
        while self._idle:
            try:
                client = self._idle.pop()
            except IndexError:
                break
            try:
                # A server may have hung up since the last batch.
                if client.noop()[0] == 250:  # noqa: PLR2004 - RFC 5321
                    return client
            except (smtplib.SMTPException, OSError):
                pass
            client.close()
        return self._opened()

    def _opened(self) -> smtplib.SMTP:
        server = self.server
        try:
            client: smtplib.SMTP = (
                _Implicit(server.host, server.port, timeout=self.connect, read=self.read, context=self.context)
                if server.implicit
                else _Plain(server.host, server.port, timeout=self.connect, read=self.read)
            )
        except (smtplib.SMTPException, OSError) as error:
            raise _unusable(error, "connect") from None
        try:
            self._greet(client)
        except (smtplib.SMTPException, OSError) as error:
            client.close()
            raise _unusable(error, "greet") from None
        except _Halt:
            client.close()
            raise
        return client

    def _greet(self, client: smtplib.SMTP) -> None:
        client.ehlo_or_helo_if_needed()
        if self.server.starttls:
            if not client.has_extn("starttls"):
                message = f"the SMTP server offers no STARTTLS, and {self.server.host} is not this machine: nothing is sent in clear"
                raise _Halt(message, stop=True)
            client.starttls(context=self.context)
            client.ehlo()
        if self.server.user:
            client.login(self.server.user, self.server.password)

    def _sender(self, batch: Batch, addressee: Addressee) -> str:
        """Return where a report about a message goes back to: an address of its own, or the sender's."""
        if self.bounces:
            return mail.return_path(self.bounces, self.key, addressee.notice)
        return parseaddr(batch.content.sender)[1]

    def _one(self, client: smtplib.SMTP, batch: Batch, addressee: Addressee) -> Outcome:
        plain = addressee.address.isascii()
        if not plain and not client.has_extn("smtputf8"):
            return invalid(addressee, "the SMTP server knows no SMTPUTF8, which this address needs")
        try:
            data = mail.message(batch.content, addressee, batch.campaign, self.clock()).as_bytes()
        except (ValueError, MessageError):
            return invalid(addressee, "no message can be written to this address")
        try:
            refused = _envelope(client, self._sender(batch, addressee), addressee, utf8=not plain)
            if refused is None:
                refused = _told(client.docmd("DATA"), addressee, good=354)
        except (smtplib.SMTPException, OSError) as error:
            # Before the first byte of the message: certainly not sent.
            raise _unusable(error, "send") from None
        if refused is None:
            return _carried(client, data, addressee)
        _reset(client)
        return refused


def configured(settings: Settings) -> bool:
    """Return whether the settings name a server."""
    return settings.smtp_url is not None


def harmless(settings: Settings) -> bool:
    """Return whether the server is on this machine."""
    return wire.is_loopback(_server(settings).host)


def open_channel(settings: Settings) -> Smtp:
    """Return the channel of the settings' server; it connects with the first message."""
    key = settings.secret_key.get_secret_value().encode() if settings.secret_key else b""
    return Smtp(server=_server(settings), bounces=settings.smtp_bounces, key=key)


def _server(settings: Settings) -> Server:
    # The settings have checked the URL's form.
    parts = urlsplit(settings.smtp_url.get_secret_value() if settings.smtp_url else "")
    host, implicit = parts.hostname or "", parts.scheme == "smtps"
    return Server(
        host=host,
        port=parts.port or PORTS[parts.scheme],
        implicit=implicit,
        starttls=not implicit and not wire.is_loopback(host),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def _envelope(client: smtplib.SMTP, sender: str, addressee: Addressee, *, utf8: bool) -> Outcome | None:
    """Name sender and recipient; return None if both are taken."""
    options = ["BODY=8BITMIME", "SMTPUTF8"] if utf8 else []
    # smtplib writes commands in ASCII unless told; it tells itself only in send_message.
    client.command_encoding = "utf-8" if utf8 else "ascii"
    code, words = client.mail(sender, options)
    if code >= 500:  # noqa: PLR2004 - RFC 5321
        raise _Halt(f"the SMTP server refuses the sender: {_said(code, words)}; check NOTIFIER_FROM", stop=True)
    refused = _told((code, words), addressee, good=250)
    return refused or _told(client.rcpt(addressee.address), addressee, good=250)


def _told(reply: tuple[int, bytes], addressee: Addressee, *, good: int) -> Outcome | None:
    """Return what a reply means for a copy; None if it says go on."""
    code, why = reply[0], _said(*reply)
    if code == 421:  # noqa: PLR2004 - RFC 5321: the server closes the connection
        raise _Halt(why)
    if code == good or (good == 250 and code == 251):  # noqa: PLR2004 - not local, will forward
        return None
    if code >= 500:  # noqa: PLR2004 - RFC 5321
        return invalid(addressee, why)
    return Outcome(notice=addressee.notice, result=Result.AGAIN, reason=why)


def _carried(client: smtplib.SMTP, data: bytes, addressee: Addressee) -> Outcome:
    """Write the message and wait for the word: from here on a lost connection may mean a sent message."""
    # Dots at the start of a line are doubled (RFC 5321, 4.5.2).
    body = re.sub(rb"(?m)^\.", b"..", data)
    try:
        client.send(body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        reply = client.getreply()
    except (smtplib.SMTPException, OSError) as error:
        return Outcome(notice=addressee.notice, result=Result.UNKNOWN, reason=f"after DATA: {type(error).__name__}")
    refused = _told(reply, addressee, good=250)
    return refused or Outcome(notice=addressee.notice, result=Result.ACCEPTED)


def _reset(client: smtplib.SMTP) -> None:
    try:
        client.rset()
    except (smtplib.SMTPException, OSError):
        # The next command will find it out.
        client.close()


def _unusable(error: Exception, step: str) -> _Halt:
    """Return why nothing can be sent through a connection: for now, or until the settings are mended."""
    if isinstance(error, smtplib.SMTPAuthenticationError) and error.smtp_code >= 500:  # noqa: PLR2004 - RFC 4954
        return _Halt(f"the SMTP server refuses user or password: {error.smtp_code}; check NOTIFIER_SMTP_URL", stop=True)
    if isinstance(error, ssl.SSLCertVerificationError):
        return _Halt(f"the SMTP server's certificate cannot be trusted: {error.verify_message}", stop=True)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return _Halt("the SMTP server offers no way to log in that we know; check NOTIFIER_SMTP_URL", stop=True)
    if isinstance(error, smtplib.SMTPResponseException):
        said = _said(error.smtp_code, error.smtp_error)
        return _Halt(f"{step}: {said}", stop=error.smtp_code >= 500)  # noqa: PLR2004 - RFC 5321
    return _Halt(f"{step}: {type(error).__name__}")


def _said(code: int, words: bytes | str) -> str:
    text = words if isinstance(words, str) else words.decode("utf-8", errors="replace")
    return wire.clean(f"{code} {text}")
