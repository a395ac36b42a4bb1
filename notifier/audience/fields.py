"""What one field of a holder may hold, as it is taken over; knows no row."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Bytes of one row, characters of one field; longer ones are refused.
LONGEST_ROW = 1 << 17
#: Characters of an account id; the ledger keeps one for each holder.
LONGEST_ID = 256
#: Characters of a registration token.
LONGEST_TOKEN = 4096
#: Characters of an address in which no part can be too long (RFC 5321 section 4.5.3.1).
LONGEST_PLAIN = 64

_PLAIN_ADDRESS = re.compile(
    r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.ASCII
)
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.ASCII)
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_LOCALE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*")


def address(value: str) -> str:
    """Return an address as it is written to, its domain in ASCII; ValueError with the reason if there can be none."""
    if len(value) <= LONGEST_PLAIN and _PLAIN_ADDRESS.fullmatch(value):
        return value
    try:
        good = validate_email(value, check_deliverability=False, allow_quoted_local=True)
    except EmailNotValidError as error:
        message = f"malformed address: {error}"
        raise ValueError(message) from None
    return good.ascii_email or f"{good.local_part}@{good.ascii_domain}"


@lru_cache(maxsize=65536)
def plain_domain(value: str) -> bool:
    """Return whether a domain is one that needs no library to be good."""
    return _DOMAIN.fullmatch(value) is not None


def locale(value: str) -> str:
    """Return a language tag as it stands; ValueError if it has not the form of one."""
    if not _LOCALE.fullmatch(value):
        message = f"not a language tag: {_shown(value)}"
        raise ValueError(message)
    return value


def country(value: str) -> str:
    """Return a country code in capitals; ValueError if it is no two letters."""
    if not _COUNTRY.fullmatch(value):
        message = f"not a two-letter country code: {_shown(value)}"
        raise ValueError(message)
    return value.upper()


@lru_cache(maxsize=1024)
def zone(value: str) -> str:
    """Return the name of an IANA zone; ValueError if there is none of that name."""
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, OSError):
        message = f"unknown time zone: {_shown(value)}"
        raise ValueError(message) from None


def token(value: str) -> str:
    """Return a registration token; ValueError if it cannot be one."""
    if len(value) > LONGEST_TOKEN or any(character.isspace() for character in value):
        message = "not a registration token"
        raise ValueError(message)
    return value


def subscription(value: str) -> str:
    """Return a push subscription (JSON of the browser's PushSubscription); ValueError if it is none."""
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        parsed = None
    keys = parsed.get("keys") if isinstance(parsed, dict) else None
    if not isinstance(keys, dict) or not {"p256dh", "auth"} <= keys.keys():
        message = "not a push subscription (endpoint and keys as JSON)"
        raise ValueError(message)
    if not str(parsed.get("endpoint", "")).startswith("https://"):
        message = "the endpoint of the push subscription is no https address"
        raise ValueError(message)
    return value


def instant(value: str) -> datetime | date:
    """Return an ISO 8601 day or aware time, UTC where no zone is given; ValueError if it is neither."""
    plain_day = 10
    try:
        if len(value) <= plain_day:
            return date.fromisoformat(value)
        moment = datetime.fromisoformat(value)
    except ValueError:
        message = f"not an ISO 8601 date or time: {_shown(value)}"
        raise ValueError(message) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _shown(value: str) -> str:
    # Reasons are printed and kept: a value out of a shifted column may be somebody's address.
    return "an address" if "@" in value else repr(value[:40])


#: What a field that is not empty becomes.
ACCEPT: Mapping[str, Callable[[str], Any]] = {
    "email": address,
    "locale": locale,
    "country": country,
    "timezone": zone,
    "fcm_token": token,
    "webpush": subscription,
    "guardian_email": address,
    "joined_at": instant,
}
