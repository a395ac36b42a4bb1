"""Opaque notice ids and signed links; knows no holder, no ledger and no address."""

from __future__ import annotations

import hmac
import struct
from base64 import b32decode, b32encode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Malformed
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from notifier.errors import TokenError, TokenExpired

#: campaign, holder, channel: three numbers of the ledger, nothing of the person.
_ID = struct.Struct(">IQB")
#: The id and the day the link expires, counted from the epoch.
_PAYLOAD = struct.Struct(">IQBH")
_EPOCH = date(1970, 1, 1)
#: Base 32 (RFC 4648) in small letters, two at a time.
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _LETTERS for second in _LETTERS]
#: Of an id's 104 bits, and one of filling, the first 60: the same for all holders up to number 2^36.
_HEAD = range(50, -1, -10)
_COMMON = 36
#: 128 bits of the MAC: what RFC 2104 calls a safe truncation of SHA-256.
_MAC = 16


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class NoticeId:
    """Names one notice in one ledger."""

    #: Number of the campaign in the ledger.
    campaign: int
    #: Number of the holder within the campaign.
    holder: int
    #: Number of the channel's kind.
    channel: int

    def __str__(self) -> str:
        """Return the id as 21 letters and digits, safe in a file name and a Message-ID."""
        return written(self.campaign, self.holder, self.channel)

    @classmethod
    def parse(cls, text: str) -> NoticeId:
        """Return the id written as `text`; TokenError if it is none."""
        try:
            campaign, holder, channel = _ID.unpack(b32decode(text.upper() + "=" * (-len(text) % 8)))
        except (Malformed, struct.error, ValueError) as error:
            message = f"not a notice id: {text!r}"
            raise TokenError(message) from error
        return cls(campaign=campaign, holder=holder, channel=channel)


def written(campaign: int, holder: int, channel: int) -> str:
    """Return the id of a notice as text; the library's way takes eight times as long, and every notice needs one."""
    low = (holder & (1 << _COMMON) - 1) << 9 | channel << 1
    pairs = f"{_PAIRS[low >> 35]}{_PAIRS[low >> 25 & 1023]}{_PAIRS[low >> 15 & 1023]}{_PAIRS[low >> 5 & 1023]}"
    return f"{_head(campaign, holder >> _COMMON)}{pairs}{_LETTERS[low & 31]}"


@lru_cache(maxsize=64)
def _head(campaign: int, high: int) -> str:
    bits = campaign << 28 | high
    return "".join([_PAIRS[bits >> at & 1023] for at in _HEAD])


def sign(key: bytes, notice: NoticeId, *, purpose: str, expires: date) -> str:
    """Return a URL-safe token for one purpose; it is good up to and including the day it expires."""
    payload = _PAYLOAD.pack(notice.campaign, notice.holder, notice.channel, (expires - _EPOCH).days)
    return _text(payload + _mac(key, payload, purpose))


def read(key: bytes, token: str, *, purpose: str, today: date) -> NoticeId:
    """Return the notice a token stands for; TokenError if it is forged or of another purpose, TokenExpired after its day."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (Malformed, ValueError) as error:
        message = "the link is not whole"
        raise TokenError(message) from error
    payload, mac = raw[:-_MAC], raw[-_MAC:]
    # First, and whatever else is wrong: one that is forged takes the time that one of ours takes.
    ours = hmac.compare_digest(mac, _mac(key, payload, purpose))
    # One spelling only: the decoder passes over strange letters, and the last one has bits to spare.
    if not ours or len(payload) != _PAYLOAD.size or _text(raw) != token:
        message = "the link was not signed by us for this purpose"
        raise TokenError(message)
    campaign, holder, channel, day = _PAYLOAD.unpack(payload)
    notice = NoticeId(campaign=campaign, holder=holder, channel=channel)
    if _EPOCH + timedelta(days=day) < today:
        message = "the link has expired"
        raise TokenExpired(message, notice)
    return notice


def seal(key: bytes, *parts: str, purpose: str) -> str:
    """Return a MAC over texts for one purpose, URL-safe; parts are told apart."""
    payload = "".join(f"{len(part.encode())}:{part}" for part in parts).encode()
    return _text(_mac(key, payload, purpose))


def marked(key: bytes, notice: str, *, purpose: str) -> str:
    """Return a notice's id with a mark of 80 bits, for where small and capital letters are one: an address."""
    return f"{notice}-{b32encode(_mac(key, notice.encode(), purpose)[:10]).decode().lower()}"


def same(one: str, other: str) -> bool:
    """Return whether two texts are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _mac(key: bytes, payload: bytes, purpose: str) -> bytes:
    return hmac.digest(key, purpose.encode() + b"\0" + payload, "sha256")[:_MAC]
