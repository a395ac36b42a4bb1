"""Tests of signed links."""

from __future__ import annotations

import struct
from base64 import b32encode
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier import tokens
from notifier.errors import TokenError
from notifier.tokens import NoticeId

KEY = b"k" * 32
TODAY = date(2026, 12, 1)
ids = st.builds(
    NoticeId, campaign=st.integers(0, 2**32 - 1), holder=st.integers(0, 2**64 - 1), channel=st.integers(0, 255)
)


@given(ids)
def test_an_id_survives_its_text(notice: NoticeId) -> None:
    """A notice id read back is the notice id."""
    assert notice == NoticeId.parse(str(notice))


@given(ids)
def test_a_token_leads_back_to_its_notice(notice: NoticeId) -> None:
    """A token is read as the notice it was signed for, up to and including its last day."""
    token = tokens.sign(KEY, notice, purpose="consent", expires=TODAY)
    assert notice == tokens.read(KEY, token, purpose="consent", today=TODAY)


@given(ids, st.integers(0, 40), st.integers(1, 63))
def test_a_changed_token_is_refused(notice: NoticeId, place: int, shift: int) -> None:
    """No single changed letter makes another valid token."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = tokens.sign(KEY, notice, purpose="consent", expires=TODAY)
    place = min(place, len(token) - 2)
    letter = alphabet[(alphabet.index(token[place]) + shift) % 64]
    with pytest.raises(TokenError):
        tokens.read(KEY, token[:place] + letter + token[place + 1 :], purpose="consent", today=TODAY)


@pytest.mark.parametrize("token", ["", "a", "%%%", "AAAA", "ә" * 20])
def test_what_is_no_token_is_refused(token: str) -> None:
    """Anything else is refused as such, never an unexpected error."""
    with pytest.raises(TokenError):
        tokens.read(KEY, token, purpose="consent", today=TODAY)


def test_purpose_key_and_day_are_bound() -> None:
    """A token is no good for another purpose, under another key, or after its day."""
    notice = NoticeId(campaign=1, holder=2, channel=1)
    token = tokens.sign(KEY, notice, purpose="consent", expires=TODAY)
    for key, purpose, today in (
        (KEY, "unsubscribe", TODAY),
        (b"x" * 32, "consent", TODAY),
        (KEY, "consent", TODAY + timedelta(days=1)),
    ):
        with pytest.raises(TokenError):
            tokens.read(key, token, purpose=purpose, today=today)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1), st.integers(0, 255))
def test_an_id_is_base_32_of_its_numbers(campaign: int, holder: int, channel: int) -> None:
    """The same letters as the library writes, and they lead back."""
    found = NoticeId(campaign=campaign, holder=holder, channel=channel)
    packed = struct.pack(">IQB", campaign, holder, channel)
    assert b32encode(packed).decode().rstrip("=").lower() == str(found)
    assert found == NoticeId.parse(str(found))
