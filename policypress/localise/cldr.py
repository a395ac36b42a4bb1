"""Dates, directions and language names as CLDR writes them; the only place that formats for a locale."""

from __future__ import annotations

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
