"""Dates, directions and language names as CLDR writes them; the only place that formats for a locale."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError
from babel.dates import format_date as babel_date

from policypress.errors import UsageError

if TYPE_CHECKING:
    from datetime import date

#: What dates are written with; recorded in every print.
CLDR_VERSION = f"Babel {version('babel')}"


def _locale(tag: str) -> Locale:
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError) as error:
        message = f"{tag}: CLDR has no such locale. Correct it under [locales] in policy_src/policy.toml"
        raise UsageError(message) from error


@lru_cache(maxsize=4096)
def format_date(day: date, tag: str, pattern: str | None = None) -> str:
    """Write a day for readers of a locale, in its long form or by a CLDR pattern."""
    return babel_date(day, format=pattern or "long", locale=_locale(tag))


def direction(tag: str) -> str:
    """Return `ltr` or `rtl`."""
    return "rtl" if _locale(tag).text_direction == "rtl" else "ltr"


def language_name(tag: str, reader: str | None = None) -> str:
    """Return a language's name, its own by default, else as readers of another locale call it."""
    name = _locale(tag).get_display_name(_locale(reader or tag)) or tag
    return name[0].upper() + name[1:] if reader is None else name


#: Shows nothing; keeps what it stands beside in the direction of Latin text.
_LEFT_TO_RIGHT_MARK = "\u200e"
_ADDRESS = re.compile(r"https?://\S+|\S+@\S+")


def embedded(text: str, tag: str) -> str:
    """Return a name or an address as it stands among words of a locale.

    Where those run from right to left, figures and full stops at the ends of `1 Fusionopolis Link` or `Pte. Ltd.` would
    go with them to the other side (UAX #9). A web or mail address is left as it is: mark-up stands around it.
    """
    if direction(tag) == "ltr" or _ADDRESS.fullmatch(text):
        return text
    found = [unicodedata.bidirectional(letter) for letter in text]
    if "L" not in found or {"R", "AL"} & set(found) or found[0] == found[-1] == "L":
        return text
    return f"{_LEFT_TO_RIGHT_MARK}{text}{_LEFT_TO_RIGHT_MARK}"
