"""Tests of reports by mail: RFC 3464, RFC 5965, and what only looks like one."""

from __future__ import annotations

import io
import mailbox as standard
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from notifier.channels import mail as outgoing
from notifier.channels.protocol import Addressee
from notifier.errors import InputError
from notifier.events import mail, mailbox
from notifier.events.settling import settle
from notifier.ledger import book, events
from notifier.ledger.events import Incoming, Source, Unreadable
from notifier.ledger.records import State
from tests.notifier.sent import CONTENT, NAME, NOW, Sent, sent

if TYPE_CHECKING:
    from notifier.ledger.database import Database


def original(notice: str, address: str = "one@example.org") -> bytes:
    """Return our message as the SMTP channel writes it."""
    content = CONTENT.__class__(
        **{name: getattr(CONTENT, name) for name in CONTENT.__slots__}
        | {"sender": "News <n@example.org>", "html": "<p>t</p>"}
    )
    return outgoing.message(
        content, Addressee(notice=notice, address=address), NAME, datetime(2026, 12, 2, tzinfo=UTC)
    ).as_bytes()


def report(
    notice: str, action: str = "failed", status: str = "5.1.1", to: str = "one@example.org", *, kind: str = "delivery-status",
    fields: str = "", whole: bool = True,
) -> bytes:  # fmt: skip
    """Return a report as Postfix writes it."""
    said = fields or (
        f"Reporting-MTA: dns; mx.example.org\n\nOriginal-Recipient: rfc822;{to}\nFinal-Recipient: rfc822; {to.upper()}\n"
        f"Action: {action}\nStatus: {status}\nDiagnostic-Code: smtp; 550 <{to}> unknown\n"
    )
    ours = original(notice).decode()
    returned = (
        ("message/rfc822", ours) if whole else ("text/rfc822-headers", ours.replace("\r\n", "\n").split("\n\n")[0])
    )
    return (
        "From: MAILER-DAEMON@mx.example.org\nTo: n@example.org\nSubject: Undelivered\nAuto-Submitted: auto-replied\n"
        "Date: Wed, 02 Dec 2026 00:00:30 +0000\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="b"\n\n--b\nContent-Type: text/plain\n\nSorry.\n\n'
        f"--b\nContent-Type: message/{'feedback-report' if kind == 'feedback-report' else 'delivery-status'}\n\n{said}\n"
        f"--b\nContent-Type: {returned[0]}\n\n{returned[1]}\n--b--\n"
    ).encode()


def take(found: Sent, *bodies: bytes) -> events.Settled:
    events.keep(found.database, [Incoming(source=Source.MAIL, body=one, received_at=NOW + 60_000) for one in bodies])
    return settle(found.database, lambda: NOW + 60_000)


@pytest.mark.parametrize("whole", [True, False])
def test_a_dead_address_is_known_by_our_message_id(ledger: Database, *, whole: bool) -> None:
    """The report returns our message or its headers; the notice has bounced, and the address is left alone."""
    found = sent(ledger)
    take(found, report(found.notice(1), whole=whole))
    assert State.BOUNCED is found.state(1)
    with ledger.reading() as work:
        known = work.one("suppression_get", channel=1, address=book.digest("one@example.org"))
    assert known is not None
    assert "failed 5.1.1: 550 <address> unknown" == known["reason"]


@pytest.mark.parametrize(
    ("action", "status", "state", "suppressed"),
    [
        ("failed", "5.2.2", State.BOUNCED, False),
        ("failed", "4.4.7", State.BOUNCED, False),
        ("failed", "5.7.1", State.BOUNCED, False),
        ("failed", "5.1.10", State.BOUNCED, True),
        ("Failed", "5.1.1 (bad mailbox)", State.BOUNCED, True),
        ("delayed", "4.4.1", State.ACCEPTED, False),
        ("delivered", "2.1.5", State.DELIVERED, False),
        ("relayed", "2.1.9", State.ACCEPTED, False),
        ("surprised", "9.9.9", State.ACCEPTED, False),
    ],
)
def test_what_each_action_means(ledger: Database, action: str, status: str, state: State, *, suppressed: bool) -> None:
    """A delay is no bounce; a full mailbox or a policy is no dead address."""
    found = sent(ledger)
    take(found, report(found.notice(1), action, status))
    with ledger.reading() as work:
        known = work.one("suppression_get", channel=1, address=book.digest("one@example.org"))
    assert (state, suppressed) == (found.state(1), known is not None)


@pytest.mark.parametrize("forged", [False, True])
def test_the_address_it_came_to_names_the_notice(ledger: Database, *, forged: bool) -> None:
    """For servers that return nothing of our message: the mark in the address is ours, or it says nothing."""
    found, key = sent(ledger), b"k" * 32
    to = outgoing.return_path("bounces@example.org", b"x" * 32 if forged else key, found.notice(1)).upper()
    text = report(found.notice(1)).decode()
    text = text[: text.index("--b\nContent-Type: message/rfc822")] + "--b--\n"
    body = text.replace("To: n@example.org", f"To: <{to}>").encode()
    events.keep(ledger, [Incoming(source=Source.MAIL, body=body, received_at=NOW)])
    settled = settle(ledger, lambda: NOW, key=key)
    assert (int(forged), State.ACCEPTED if forged else State.BOUNCED) == (settled.foreign, found.state(1))


def test_a_complaint_is_one(ledger: Database) -> None:
    """Feedback of type abuse; any other type says nothing of the notice."""
    found = sent(ledger)
    fields = "Feedback-Type: {}\nUser-Agent: x/1\nVersion: 1\nOriginal-Rcpt-To: <one@example.org>\n"
    take(found, report(found.notice(1), kind="feedback-report", fields=fields.format("fraud")))
    assert State.ACCEPTED is found.state(1)
    take(found, report(found.notice(1), kind="feedback-report", fields=fields.format("abuse")))
    assert State.COMPLAINED is found.state(1)


def test_a_report_about_somebody_else_is_nobodys(ledger: Database) -> None:
    """A Message-ID can be guessed; a report counts only if it names the address that we wrote to."""
    found = sent(ledger)
    settled = take(found, report(found.notice(1), to="victim@example.org"))
    assert (1, State.ACCEPTED) == (settled.foreign, found.state(1))


def absence() -> bytes:
    answer = EmailMessage()
    answer["Auto-Submitted"], answer["Subject"] = "auto-replied", "Out of office: Undelivered Mail, 5.1.1"
    answer.set_content("I am away. 550 5.1.1 user unknown")
    return answer.as_bytes()


@pytest.mark.parametrize(
    "body",
    [
        absence(),
        report("aeaaaaaaaaaaaaaaaaaaa", kind="disposition-notification"),
        b"",
        b"\xff\xfe\x00",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n",
        b"Content-Type: multipart/report; boundary=b\n\n--b\n",
    ],
    ids=["absence", "receipt", "empty", "bytes", "no parts", "no kind"],
)
def test_what_a_robot_answers_is_no_bounce(ledger: Database, body: bytes) -> None:
    """Absences and receipts are kept, and lift nothing."""
    found = sent(ledger)
    settled = take(found, body)
    assert (1, {}) == (settled.reports, dict(settled.lifted))
    assert State.ACCEPTED is found.state(1)


def test_an_absence_is_said_to_be_one() -> None:
    """The reason stands beside what is kept."""
    with pytest.raises(Unreadable, match="an answer of a person or a robot"):
        mail.understand(absence(), 0)


def test_mailboxes_are_read_whole(tmp_path: Path) -> None:
    """An mbox, a maildir, a folder of files and a single message give the same messages."""
    one, two = report("aeaaaaaaaaaaaaaaaaaaa"), absence() + b"\n>From the start\nFrom here no new message\n"
    mbox, maildir = standard.mbox(tmp_path / "mbox"), standard.Maildir(tmp_path / "maildir")
    for body in (one, two):
        mbox.add(body)
        maildir.add(body)
    mbox.close()
    (tmp_path / "files").mkdir()
    (tmp_path / "files/1.eml").write_bytes(one)
    (tmp_path / "files/2.eml").write_bytes(two)
    expected = sorted([one.strip(), two.strip()])
    for name in ("maildir", "files"):
        assert expected == sorted(found.strip() for found in mailbox.messages(tmp_path / name))
    found = list(mailbox.messages(tmp_path / "mbox"))
    assert 2 == len(found)
    assert one.strip() == found[0].strip()
    assert [one] == list(mailbox.messages(tmp_path / "files/1.eml"))
    assert [] == list(mailbox.read(io.BytesIO(b"")))


def test_a_mailbox_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    """The message names the file."""
    with pytest.raises(InputError, match="nowhere: cannot be read"):
        list(mailbox.messages(tmp_path / "nowhere"))
