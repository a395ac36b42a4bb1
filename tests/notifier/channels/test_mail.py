"""Tests of the message as bytes: what a mail client reads is what was composed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import compat32

import pytest
from hypothesis import given, strategies

from notifier.channels import mail
from notifier.channels.protocol import Addressee, Content, Kind

CONTENT = Content(
    kind=Kind.EMAIL, locale="ar", direction="rtl", guardian=False, subject="s", text="t", html="<p>t</p>",
    sender="Xiaomi <privacy@example.org>",
)  # fmt: skip
#: As the library's own folding wrote it, a space was lost where its second line began.
ARABIC = "تغييرات سياسة الخصوصية لدى Xiaomi تسري في 20 فبراير 2027"
WORDS = strategies.lists(
    strategies.text(strategies.sampled_from("abz 09تغيلىةىҚқәөңіЯёж中é"), min_size=1, max_size=14)
    .map(lambda word: " ".join(word.split()))
    .filter(bool),
    min_size=1, max_size=14,
).map(" ".join)  # fmt: skip


def headers(**fields: str) -> dict[str, str]:
    """Return what stands in a message, decoded by the standard's rules and not by the library that wrote it."""
    made = mail.message(
        replace(CONTENT, **fields), Addressee(notice="n1", address="a@example.org"), "privacy/2026-12-01",
        datetime(2026, 12, 1, tzinfo=UTC),
    ).as_bytes()  # fmt: skip
    head = made.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert all(len(line) <= 78 for line in head.split(b"\r\n")), head
    parsed = message_from_bytes(made, policy=compat32)
    return {name: str(make_header(decode_header(parsed[name]))) for name in ("Subject", "From")}


@pytest.mark.parametrize("subject", [ARABIC, "Xiaomi: изменения в Политике конфиденциальности вступят в силу", "Plain"])
def test_no_space_of_a_subject_is_lost(subject: str) -> None:
    """Also where a line of the header ends."""
    assert subject == headers(subject=subject)["Subject"]


@given(WORDS)
def test_whatever_the_words_a_reader_sees_them(words: str) -> None:
    """In any script and of any length, in lines that every server takes."""
    assert words == headers(subject=words)["Subject"]


def test_no_space_of_a_senders_name_is_lost() -> None:
    """However long it is; the address stays as it was."""
    name = "Құпиялылық саясатының өзгерістері туралы хабарлама жіберетін кеңсе Xiaomi Қазақстан"
    assert f"{name} <privacy@notices.example.org>" == headers(sender=f"{name} <privacy@notices.example.org>")["From"]
