"""Tests of signed links."""

from __future__ import annotations

import ast
import struct
import sys
from base64 import b32encode
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier import tokens
from notifier.errors import TokenError
from notifier.tokens import NoticeId

if TYPE_CHECKING:
    from types import FrameType

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


def steps(token: str, key: bytes = KEY, purpose: str = "consent") -> list[str]:
    """Return what reading a token does, call by call, in Python and in C, up to the verdict."""
    done: list[str] = []

    def look(_frame: FrameType, event: str, argument: Any) -> None:
        if event == "c_call":
            done.append(argument.__qualname__)
        elif event == "call":
            done.append(_frame.f_code.co_qualname)

    sys.setprofile(look)
    try:
        tokens.read(key, token, purpose=purpose, today=TODAY)
    except TokenError:
        pass
    finally:
        sys.setprofile(None)
    return done[: done.index("compare_digest") + 1]


def test_a_forged_token_takes_the_way_of_one_of_ours() -> None:
    """The same calls, whichever letter is wrong, and the MAC is compared in constant time before anything is refused."""
    token = tokens.sign(KEY, NoticeId(campaign=1, holder=2, channel=1), purpose="consent", expires=TODAY)
    ours = steps(token)
    assert ("read", "compare_digest") == (ours[0], ours[-1])
    for place in range(len(token)):
        letter = "A" if token[place] != "A" else "B"
        assert ours == steps(token[:place] + letter + token[place + 1 :])
    assert ours == steps(token, key=b"x" * 32)
    assert ours == steps(token, purpose="unsubscribe")
    # What is too short or too long to be ours, too.
    assert ours == steps(token[:8])
    assert ours == steps(token + "AAAA")


#: Where something secret comes in from outside and is compared with ours.
GUARDED = ("tokens.py", "consent/desk.py", "serve/guard.py", "serve/api.py", "events/mail.py", "events/signature.py")
#: What may stand for a secret or for what proves that somebody knows it.
SECRET = {"mac", "seal", "sealed", "marked", "key", "secret", "api_key", "signature", "ours"}


@pytest.mark.parametrize("name", GUARDED)
def test_secrets_are_never_compared_letter_by_letter(name: str) -> None:
    """No == and no != on a MAC, a seal, a key or a signature: compare_digest and the signature's own check alone."""
    tree = ast.parse((Path(tokens.__file__).parent / name).read_text(encoding="utf-8"))
    found = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and any(isinstance(one, (ast.Eq, ast.NotEq, ast.In, ast.NotIn)) for one in node.ops)
        and SECRET & {_name(one) for one in (node.left, *node.comparators)}
    ]
    assert [] == found


def _name(node: ast.expr) -> str:
    """Return what a value is called, or the function it comes from."""
    if isinstance(node, ast.Call):
        return _name(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr.lstrip("_")
    return node.id.lstrip("_") if isinstance(node, ast.Name) else ""
