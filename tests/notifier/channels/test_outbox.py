"""Tests of the outbox: the exact messages."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from notifier.channels.outbox import Outbox, is_outbox
from notifier.channels.protocol import TOKEN, Addressee, Batch, Content, Kind, Result

AT = datetime(2026, 12, 1, 9, tzinfo=UTC)
SUBSCRIPTION = '{"endpoint": "https://push.example.net/1", "keys": {"p256dh": "B", "auth": "a"}}'


def make_batch(kind: Kind, *addressees: Addressee) -> Batch:
    content = Content(
        kind=kind, locale="kk", direction="ltr", guardian=False, subject="Құпиялылық саясаты өзгереді",
        text=f"Мәтін https://n.example.org/{TOKEN}\n" + "ұ" * 3000, html=f'<p lang="kk">{TOKEN}</p>',
        url="https://policy.example.org/kk/", sender='"Қ, компания" <privacy@example.org>',
    )  # fmt: skip
    return Batch(campaign="privacy-policy/2026-12-01", attempt="7", content=content, addressees=addressees)


def test_a_mail_is_a_whole_message() -> None:
    """Text and HTML, the token in both, the headers of a machine's notice, no line over 998 octets."""
    outbox = Outbox(root=Path("out"), clock=lambda: AT)
    answer = outbox.send(make_batch(Kind.EMAIL, Addressee(notice="n1", address="a@example.org", token="T0")))
    assert [Result.ACCEPTED] == [outcome.result for outcome in answer.outcomes]
    raw = Path("out/email/kk/n1.eml").read_bytes()
    mail = message_from_bytes(raw, policy=default)
    expected = {
        "From": '"Қ, компания" <privacy@example.org>',
        "To": "a@example.org",
        "Subject": "Құпиялылық саясаты өзгереді",
        "Date": "Tue, 01 Dec 2026 09:00:00 +0000",
        "Message-ID": "<n1.privacy-policy.2026-12-01@example.org>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": "kk",
    }
    assert expected == {name: mail[name] for name in expected}
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "Мәтін https://n.example.org/T0" == text.get_content().splitlines()[0]
    assert '<p lang="kk">T0</p>' == html.get_content().strip()
    assert max(len(line) for line in raw.splitlines()) < 998


def test_a_push_has_the_services_shape() -> None:
    """FCM's HTTP v1 body and a web push before encryption; a repeated one replaces the first on the device."""
    outbox = Outbox(root=Path("out"))
    outbox.send(make_batch(Kind.FCM, Addressee(notice="n1", address="tok")))
    outbox.send(make_batch(Kind.WEBPUSH, Addressee(notice="n2", address=SUBSCRIPTION)))
    fcm = json.loads(Path("out/fcm/kk/n1.json").read_text())["message"]
    assert ("tok", "n1", "n1") == (
        fcm["token"], fcm["android"]["collapse_key"], fcm["android"]["notification"]["tag"],
    )  # fmt: skip
    web = json.loads(Path("out/webpush/kk/n2.json").read_text())
    assert ("https://push.example.net/1", "n2", "kk") == (
        web["endpoint"], web["headers"]["Topic"], web["payload"]["lang"],
    )  # fmt: skip
    assert len(web["headers"]["Topic"]) <= 32
    assert int(web["headers"]["TTL"]) > 0


def test_sent_twice_shows_once() -> None:
    """The same notice is the same file, and no part file is left."""
    outbox = Outbox(root=Path("out"), clock=lambda: AT)
    batch = make_batch(Kind.EMAIL, Addressee(notice="n1", address="a@example.org"))
    outbox.send(batch)
    outbox.send(batch)
    assert ["example.html", "example.txt", "n1.eml"] == sorted(path.name for path in Path("out/email/kk").iterdir())


def test_the_index_shows_an_example_of_each_then_all() -> None:
    """It links every message and marks the folder as one that may be replaced."""
    outbox = Outbox(root=Path("out"))
    outbox.send(make_batch(Kind.EMAIL, Addressee(notice="n1", address="a@example.org")))
    outbox.send(make_batch(Kind.FCM, Addressee(notice="n2", address="tok")))
    assert not is_outbox(Path("out"))
    outbox.close()
    page = Path("out/index.html").read_text()
    assert is_outbox(Path("out"))
    assert page.index("<iframe") < page.index("All messages") < page.rindex("email/kk/n1.eml") < page.rindex("n2.json")


def test_a_disk_that_cannot_be_written_stops_the_run() -> None:
    """Nothing is called accepted, and the reason names the place."""
    Path("out").write_text("a file")
    answer = Outbox(root=Path("out")).send(make_batch(Kind.EMAIL, Addressee(notice="n1", address="a@example.org")))
    assert [Result.AGAIN] == [outcome.result for outcome in answer.outcomes]
    assert "out" in answer.stop
