"""A day as a text writes it -> the day and the CLDR pattern that prints it the same; knows no clause."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, get_month_names

_NUMERIC = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?![\d.])|(?<![\d-])(\d{4})-(\d\d)-(\d\d)(?![\d-])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A day found in a text."""

    day: date
    #: As it is written: `2024 жылдың 8 тамыз`.
    text: str
    #: `y 'жылдың' d MMMM`.
    pattern: str


def find_date(text: str, tag: str) -> Written | None:
    """Return the first day of a text, None where there is none that CLDR prints back exactly as it is written."""
    found = [*_in_words(text, tag), *_numeric(text)]
    for _, one in sorted(found, key=lambda pair: pair[0]):
        try:
            if format_date(one.day, one.pattern, locale=_locale(tag)) == one.text:
                return one
        except (ValueError, AttributeError, KeyError):
            continue
    return None


@lru_cache(maxsize=32)
def _locale(tag: str) -> Locale:
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@lru_cache(maxsize=32)
def _months(tag: str) -> dict[str, tuple[int, str]]:
    """Return month and CLDR field by the name, the longest first, so that `march` is not read as `mar`."""
    locale = _locale(tag)
    forms = {
        "MMM": get_month_names("abbreviated", "format", locale),
        "LLLL": get_month_names("wide", "stand-alone", locale),
        "MMMM": get_month_names("wide", "format", locale),
    }
    names = {name.casefold(): (number, code) for code, months in forms.items() for number, name in months.items()}
    return dict(sorted(names.items(), key=lambda item: -len(item[0])))


@lru_cache(maxsize=32)
def _phrases(tag: str) -> tuple[re.Pattern[str], ...]:
    months = "|".join(map(re.escape, _months(tag)))
    day, month, year = r"(?<!\d)(?P<d>\d{1,2})(?!\d)", rf"(?P<m>{months})", r"(?<!\d)(?P<y>\d{4})(?!\d)"
    between = r"(?:[ \u00a0\u202f,.]|\b[^\W\d]{1,8}\b){1,4}?"
    orders = ((day, month, year), (month, day, year), (year, day, month), (year, month, day))
    return tuple(re.compile(between.join(order), re.IGNORECASE) for order in orders)


def _in_words(text: str, tag: str) -> list[tuple[int, Written]]:
    found = []
    for phrase in _phrases(tag):
        for match in phrase.finditer(text):
            number, code = _months(tag)[match["m"].casefold()]
            if day := _day(match["y"], number, match["d"]):
                found.append((match.start(), Written(day=day, text=match[0], pattern=_pattern(match, code))))
    return found


def _pattern(match: re.Match[str], month: str) -> str:
    """Return the pattern of a date: its fields, and whatever stands between them in quotes."""
    spans = sorted((*match.span(name), name) for name in "dmy")
    parts, place = [], match.start()
    for start, end, name in spans:
        literal = match.string[place:start]
        parts.append(re.sub(r"[^\W\d_]+", lambda word: f"'{word[0]}'", literal))
        parts.append({"d": "dd" if match["d"].startswith("0") else "d", "m": month, "y": "y"}[name])
        place = end
    return "".join(parts)


def _numeric(text: str) -> list[tuple[int, Written]]:
    found = []
    for match in _NUMERIC.finditer(text):
        if match[4]:
            day, pattern = _day(match[4], int(match[5]), match[6]), "y-MM-dd"
        else:
            fields = ("dd" if len(match[1]) > 1 else "d", "MM" if len(match[2]) > 1 else "M")
            day, pattern = _day(match[3], int(match[2]), match[1]), f"{fields[0]}.{fields[1]}.y"
        if day:
            found.append((match.start(), Written(day=day, text=match[0], pattern=pattern)))
    return found


def _day(year: str, month: int, day: str) -> date | None:
    try:
        return date(int(year), month, int(day))
    except ValueError:
        return None
