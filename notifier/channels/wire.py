"""What channels read off the wire alike: loopback, Retry-After, words without addresses; knows no provider."""

from __future__ import annotations

import ipaddress
import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

#: Seconds to connect, and to wait for an answer.
CONNECT, READ = 5.0, 30.0
#: Seconds after which a batch begins no further request: with the last one under way it still ends within the lease.
PATIENCE = 60.0
#: The longest wait a provider is granted, in seconds.
DAY = 86400.0


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def leads_home(url: str) -> bool:
    """Return whether a URL leads to this machine."""
    return is_loopback(urlsplit(url).hostname or "")


def proxy(url: str) -> str | None:
    """Return the proxy that the environment names for a URL (HTTPS_PROXY, ALL_PROXY, NO_PROXY), or None.

    What leads to this machine goes there, whatever the environment says: a rehearsal leaves it by no way.
    """
    parts = urlsplit(url)
    if leads_home(url) or proxy_bypass(parts.hostname or ""):
        return None
    found = getproxies()
    named = found.get(parts.scheme) or found.get("all")
    return named if not named or "://" in named else f"http://{named}"


def retry_after(value: str, now: float, longest: float = DAY) -> float | None:
    """Return the seconds that a Retry-After header asks for (RFC 9110, 10.2.3: seconds or a date); None if nothing."""
    if value.isascii() and value.isdigit():
        return min(float(value), longest)
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(aware.timestamp() - now, 0.0), longest)


def clean(words: str, *secrets: str) -> str:
    """Return a provider's words on one line, cut, without addresses and secrets: reasons hold no personal data."""
    for secret in filter(None, secrets):
        words = words.replace(secret, "<token>")
    return re.sub(r"\S+@\S+", "<address>", " ".join(words.split()))[:200]
