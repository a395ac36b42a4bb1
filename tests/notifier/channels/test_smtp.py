"""Tests of SMTP against a server on loopback: what is sent, and what each reply means."""

from __future__ import annotations

import socket
import ssl
import threading
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest
from pydantic import SecretStr

from notifier.channels import mail
from notifier.channels.protocol import TOKEN, Addressee, Answer, Batch, Content, Kind
from notifier.channels.smtp import Server, Smtp, harmless, open_channel
from notifier.settings import Settings
from tests.notifier.smtp_server import SmtpServer, authority, let_in

AT = datetime(2026, 12, 1, 9, tzinfo=UTC)
CONTENT = Content(
    kind=Kind.EMAIL, locale="kk", direction="ltr", guardian=False, subject="Тақырып",
    text=f".нүктеден басталады\n{TOKEN}\n", html="<p>мәтін</p>", sender="Xiaomi <privacy@example.org>",
)  # fmt: skip


def make_batch(*addresses: str) -> Batch:
    people = tuple(
        Addressee(notice=f"n{number}", address=one, token=f"T{number}") for number, one in enumerate(addresses)
    )
    return Batch(campaign="privacy-policy/2026-12-01", attempt="7", content=CONTENT, addressees=people)


def many(count: int) -> Batch:
    return make_batch(*(f"h{number}@example.org" for number in range(count)))


def open_at(url: str) -> Smtp:
    return replace(open_channel(Settings(smtp_url=SecretStr(url))), clock=lambda: AT)


def send(server: SmtpServer, batch: Batch, **changes: object) -> Answer:
    channel = replace(open_at(server.url), **changes)
    try:
        return channel.send(batch)
    finally:
        channel.close()


def results(answer: Answer) -> list[str]:
    return [outcome.result.value for outcome in answer.outcomes]


def test_the_message_is_exactly_this() -> None:
    """Envelope, headers and both parts; 7-bit on the wire, a leading dot survives, the id is the notice's."""
    with SmtpServer() as server:
        assert ["accepted"] == results(send(server, make_batch("a@example.org")))
    ((sender, recipients, raw),) = server.messages
    assert ("privacy@example.org", ["a@example.org"]) == (sender, recipients)
    assert raw.isascii()
    mail = message_from_bytes(raw, policy=default)
    expected = {
        "From": "Xiaomi <privacy@example.org>",
        "To": "a@example.org",
        "Subject": "Тақырып",
        "Date": "Tue, 01 Dec 2026 09:00:00 +0000",
        "Message-ID": "<n0.privacy-policy.2026-12-01@example.org>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": "kk",
    }
    assert expected == {name: mail[name] for name in expected}
    assert [".нүктеден басталады", "T0"] == mail.get_body(("plain",)).get_content().splitlines()
    assert "<p>мәтін</p>" == mail.get_body(("html",)).get_content().strip()


def test_the_id_is_the_same_however_often_it_is_sent() -> None:
    """A mailbox that gets a message twice can tell."""
    with SmtpServer() as server:
        channel = open_at(server.url)
        channel.send(many(1))
        channel.send(many(1))
        channel.close()
    assert server.messages[0][2].splitlines()[4] == server.messages[1][2].splitlines()[4]
    assert {"<n0.privacy-policy.2026-12-01@example.org>"} == {
        message_from_bytes(raw)["Message-ID"] for _, _, raw in server.messages
    }


def test_connections_are_kept() -> None:
    """Batches one after the other share a connection; threads at once have one each."""
    with SmtpServer() as server:
        channel = open_at(server.url)
        for _ in range(3):
            channel.send(many(5))
        assert (1, 15) == (server.connections, len(server.messages))
        threads = [threading.Thread(target=channel.send, args=(many(20),)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        channel.close()
        assert server.connections <= 3
        assert 75 == len(server.messages)


def test_a_connection_the_server_closed_is_opened_again() -> None:
    """Between two batches a server may hang up; nobody notices."""
    with SmtpServer(options={"timeout": 0.2}) as server:
        channel = open_at(server.url)
        channel.send(many(1))
        threading.Event().wait(0.5)
        assert ["accepted"] == results(channel.send(many(1)))
        channel.close()
    assert 2 == server.connections


@pytest.mark.parametrize(
    ("where", "reply", "expected", "stops"),
    [
        ("on_rcpt", "450 4.2.1 mailbox busy", ["accepted", "again", "accepted"], False),
        ("on_rcpt", "451 4.3.0 local error", ["accepted", "again", "accepted"], False),
        ("on_rcpt", "550 5.1.1 no such user", ["accepted", "invalid", "accepted"], False),
        ("on_rcpt", "421 4.3.2 closing", ["accepted", "again", "again"], False),
        ("on_data", "452 4.3.1 no room", ["accepted", "again", "accepted"], False),
        ("on_data", "554 5.6.0 refused", ["accepted", "invalid", "accepted"], False),
        ("on_data", "drop", ["accepted", "unknown", "again"], False),
        ("on_data", "accept and drop", ["accepted", "unknown", "again"], False),
        ("on_data", "hang", ["accepted", "unknown", "again"], False),
    ],
)
def test_what_a_reply_means(where: str, reply: str, expected: list[str], stops: bool) -> None:  # noqa: FBT001
    """4xx is tried again, 5xx never, and only a connection lost after DATA leaves a doubt."""

    def answer(address: str) -> str | None:
        return reply if address == "h1@example.org" else None

    with SmtpServer(**{where: answer}) as server:
        found = send(server, many(3), read=0.3)
    assert (expected, stops) == (results(found), bool(found.stop))
    assert "example.org" not in found.outcomes[1].reason


def test_the_reason_is_the_servers_without_the_address() -> None:
    """Code and words stand in the ledger, the person's address does not."""
    with SmtpServer(on_rcpt=lambda address: f"550 5.1.1 <{address}>: unknown") as server:
        answer = send(server, many(1))
    assert "550 5.1.1 <address> unknown" == answer.outcomes[0].reason


@pytest.mark.parametrize("reply", ["550 5.7.1 not yours", "530 5.7.0 log in first"])
def test_a_refused_sender_stops_the_run(reply: str) -> None:
    """No address is blamed for it."""
    with SmtpServer(on_mail=lambda _sender: reply) as server:
        answer = send(server, many(2))
    assert ["again", "again"] == results(answer)
    assert "NOTIFIER_FROM" in answer.stop


def test_everybody_refused_alike_is_our_fault() -> None:
    """Ten messages refused for one reason that is no mailbox's stop the run; ten unknown mailboxes do not."""
    with SmtpServer(on_data=lambda _address: "554 5.7.1 looks like spam") as server:
        answer = send(server, many(10))
    assert ["again"] * 10 == results(answer)
    assert "every recipient alike: 554" in answer.stop
    with SmtpServer(on_rcpt=lambda _address: "550 5.1.1 unknown") as server:
        answer = send(server, many(10))
    assert (["invalid"] * 10, "") == (results(answer), answer.stop)


def test_nobody_listening_is_certainly_not_sent() -> None:
    """A refused connection is tried again, never unknown."""
    answer = open_at("smtp://127.0.0.1:9").send(many(2))
    assert (["again"] * 2, "") == (results(answer), answer.stop)


@pytest.mark.parametrize(("greeting", "stops"), [(b"421 busy\r\n", False), (b"554 no\r\n", True), (b"", False)])
def test_a_greeting_that_is_none(greeting: bytes, stops: bool) -> None:  # noqa: FBT001
    """A server that is busy is asked again; one that wants nothing from us stops the run; one may also be silent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            accepted, _ = listener.accept()
            with accepted:
                accepted.sendall(greeting)
                accepted.settimeout(1)
                with pytest.MonkeyPatch.context():
                    accepted.recv(100)

        thread = threading.Thread(target=greet)
        thread.start()
        channel = replace(open_at(f"smtp://127.0.0.1:{listener.getsockname()[1]}"), read=0.3)
        answer = channel.send(many(1))
        thread.join()
    assert (["again"], stops) == (results(answer), bool(answer.stop))


def secure(server: SmtpServer, ca: ssl.SSLContext, **fields: object) -> Smtp:
    at = {"host": "127.0.0.1", "port": server.port, "implicit": False, "starttls": True} | fields
    return Smtp(server=Server(**at), context=ca)


def trusting() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    ca, theirs = authority()
    ours = ssl.create_default_context()
    ca.configure_trust(ours)
    return ours, theirs


def test_starttls_then_the_password() -> None:
    """Both the message and the password travel inside TLS."""
    ours, theirs = trusting()
    options = {
        "tls_context": theirs,
        "require_starttls": True,
        "authenticator": let_in(b"u", b"p"),
        "auth_required": True,
    }
    with SmtpServer(options=options) as server:
        channel = secure(server, ours, user="u", password="p")
        assert ["accepted"] == results(channel.send(many(1)))
        channel.close()
        assert [True] == server.secured


def test_tls_from_the_first_byte() -> None:
    """`smtps://` needs no STARTTLS."""
    ours, theirs = trusting()
    with SmtpServer(options={"ssl_context": theirs, "server_hostname": "127.0.0.1"}) as server:
        channel = secure(server, ours, implicit=True, starttls=False)
        assert ["accepted"] == results(channel.send(many(1)))
        channel.close()


def test_without_starttls_nothing_is_sent() -> None:
    """Elsewhere than on this machine a server without TLS gets neither password nor message."""
    with SmtpServer() as server:
        answer = secure(server, ssl.create_default_context(), user="u", password="hunter2").send(many(1))
        assert "STARTTLS" in answer.stop
        assert [] == server.messages
    assert "hunter2" not in repr(answer)


def test_a_stranger_s_certificate_stops_the_run() -> None:
    """Who cannot prove to be the server gets nothing."""
    _, theirs = trusting()
    with SmtpServer(options={"tls_context": theirs}) as server:
        answer = secure(server, ssl.create_default_context()).send(many(1))
    assert "certificate" in answer.stop


def test_a_wrong_password_stops_the_run_and_is_not_shown() -> None:
    """One message, neither user nor password in it."""
    ours, theirs = trusting()
    options = {"tls_context": theirs, "authenticator": let_in(b"u", b"p"), "auth_required": True}
    with SmtpServer(options=options) as server:
        channel = secure(server, ours, user="somebody", password="hunter2")
        answer = channel.send(many(2))
    assert (["again"] * 2, True) == (results(answer), "NOTIFIER_SMTP_URL" in answer.stop)
    for shown in (repr(answer), repr(channel), str(answer.stop)):
        assert "hunter2" not in shown
        assert "somebody" not in shown


def test_letters_outside_ascii_need_smtputf8() -> None:
    """With it the address is written as it is; without it that one copy is refused, with the reason."""
    batch = make_batch("a@example.org", "алия@example.org")
    with SmtpServer(options={"enable_SMTPUTF8": True}) as server:
        assert ["accepted", "accepted"] == results(send(server, batch))
    assert ["a@example.org", "алия@example.org"] == server.recipients
    with SmtpServer(options={"enable_SMTPUTF8": False}) as server:
        answer = send(server, batch)
    assert ["accepted", "invalid"] == results(answer)
    assert "SMTPUTF8" in answer.outcomes[1].reason


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://u:p%40@mail.example.org", ("mail.example.org", 587, False, True, "u", "p@")),
        ("smtps://mail.example.org", ("mail.example.org", 465, True, False, "", "")),
        ("smtp://127.0.0.1:2525", ("127.0.0.1", 2525, False, False, "", "")),
    ],
)
def test_the_url_says_where_and_how(url: str, expected: tuple[object, ...]) -> None:
    """STARTTLS is required wherever the server is not on this machine."""
    settings = Settings(smtp_url=SecretStr(url))
    server = open_channel(settings).server
    assert expected == (server.host, server.port, server.implicit, server.starttls, server.user, server.password)
    assert harmless(settings) == (server.host == "127.0.0.1")
    assert "p@" not in repr(server)


def test_each_message_has_a_return_address_of_its_own() -> None:
    """Where a mailbox for reports is set; what the reader sees does not change."""
    settings = Settings(
        smtp_url=SecretStr("smtp://h"), smtp_bounces="bounces@example.org", secret_key=SecretStr("k" * 32)
    )
    returns = open_channel(settings)
    with SmtpServer() as server:
        send(server, make_batch("a@example.org", "b@example.org"), bounces=returns.bounces, key=returns.key)
    senders = [sender for sender, _, _ in server.messages]
    assert [mail.return_path("bounces@example.org", b"k" * 32, notice) for notice in ("n0", "n1")] == senders
    assert all(one.startswith(f"bounces+n{number}-") for number, one in enumerate(senders))
    assert all(b"From: " in raw and b"bounces" not in raw for _, _, raw in server.messages)


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ("x" * 26 + "@example.org", "at most 25 plain letters"),
        ("no address", "plain letters"),
        ("b@example.org", "set NOTIFIER_SECRET_KEY"),
    ],
)
def test_a_mailbox_for_reports_has_a_form_and_needs_a_key(box: str, words: str) -> None:
    """The longest address still fits into 64 letters before the @."""
    with pytest.raises(ValueError, match=words):
        Settings(smtp_url=SecretStr("smtp://h"), smtp_bounces=box)
