"""Dates, periods and numbers in prose, as each language writes them; knows no clause and no catalogue."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from datetime import date
from functools import cache, lru_cache

from policypress.checks.desk import prose
from policypress.checks.languages import language
from policypress.checks.spoken import spoken, unsigned

_ISO = r"(?<![\d.-])(?P<iy>\d{4})-(?P<im>\d{2})-(?P<id>\d{2})(?![\d-])"
_DOTTED = r"(?<![\d.])(?P<nd>\d{1,2})\.(?P<nm>\d{1,2})\.(?P<ny>\d{4})(?!\d)"
_TIME = re.compile(
    r"(?<![\d:.])(\d{1,2})(?:[:.](\d{2}))?\s*([ap])\.?\s?m\b\.?|(?<![\d:])(\d{1,2}):(\d{2})(?![\d:])", re.IGNORECASE
)
_NOON = 12
#: A digit of another script than ours (category Nd).
_FOREIGN_DIGIT = re.compile(r"[^\D0-9]")


def ascii_digits(text: str) -> str:
    """Return text with the digits of any script as 0 to 9."""
    return text if text.isascii() else _FOREIGN_DIGIT.sub(lambda found: str(unicodedata.digit(found[0])), text)


@cache
def _date_pattern(locale: str) -> re.Pattern[str]:
    forms = [_ISO, _DOTTED]
    if months := language(locale).months:
        names = rf"(?P<m%s>(?<!\w)(?:{'|'.join(months)})\w*)"
        forms += [
            rf"(?<!\d)(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{names % 1}[\s,]+(?P<y1>\d{{4}})(?!\d)",
            rf"(?<!\d)(?P<y2>\d{{4}})\s*[^\W\d]{{0,6}}\.?\s+(?P<d2>\d{{1,2}})[\s-]+{names % 2}",
            rf"{names % 3}\s+(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y3>\d{{4}})(?!\d)",
        ]
    return re.compile("|".join(forms))


def _day(found: re.Match[str], locale: str) -> date | None:
    parts = {name: value for name, value in found.groupdict().items() if value}
    year = next(parts[name] for name in ("iy", "ny", "y1", "y2", "y3") if name in parts)
    day = next(parts[name] for name in ("id", "nd", "d1", "d2", "d3") if name in parts)
    month = parts.get("im") or parts.get("nm")
    word = next((parts[name] for name in ("m1", "m2", "m3") if name in parts), "")
    number = int(month) if month else _month(word, locale)
    try:
        return date(int(year), number, int(day))
    except ValueError:
        return None


def _month(word: str, locale: str) -> int:
    return next(n for n, name in enumerate(language(locale).months, start=1) if re.match(name, word))


def dates(text: str, locale: str) -> list[tuple[str, date | None]]:
    """Return the dates that are typed in a clause, None for one that no calendar has."""
    words = ascii_digits(prose(text))
    return [(found[0], _day(found, locale)) for found in _date_pattern(locale).finditer(words)]


def numbers(text: str, locale: str) -> Counter[str]:
    """Return the figures of a clause: dates as `2024-08-08`, times as `18:00`, other numbers as plain digits."""
    return Counter(_figures(text, locale))


@lru_cache(maxsize=65536)
def _figures(text: str, locale: str) -> tuple[str, ...]:
    found: list[str] = []

    def take_date(match: re.Match[str]) -> str:
        day = _day(match, locale)
        found.append(day.isoformat() if day else match[0])
        return " "

    def take_time(match: re.Match[str]) -> str:
        hour, minutes = int(match[1] or match[4]), match[2] or match[5] or "00"
        if match[3]:
            hour = hour % _NOON + (_NOON if match[3].lower() == "p" else 0)
        found.append(f"{hour}:{minutes}")
        return " "

    rest = _TIME.sub(take_time, _date_pattern(locale).sub(take_date, ascii_digits(prose(text))))
    return (*found, *_plain(rest, locale))


def _plain(text: str, locale: str) -> list[str]:
    rules = language(locale)
    if rules.thousands:
        text = re.sub(rf"(?<=\d){rules.thousands}(?=\d{{3}}(?!\d))", "", text)
    if rules.decimal != ".":
        text = re.sub(rf"(?<=\d){re.escape(rules.decimal)}(?=\d)", ".", text)
    return re.findall(r"\d+(?:\.\d+)*", text)


def in_words(number: str, text: str, locale: str) -> bool:
    """Return whether a text says a number in words."""
    words = unsigned(prose(text))
    return number.isdigit() and any(
        value == int(number) for value in (*(one.value for one in spoken(words, locale)), *_pairs(words, locale))
    )


def _pairs(words: str, locale: str) -> list[int]:
    """Return 2 for each word that means two of something: `two months` is one word in Arabic."""
    dual = _dual_pattern(locale)
    return [2 for _ in dual.finditer(words)] if dual else []


@cache
def _dual_pattern(locale: str) -> re.Pattern[str] | None:
    rules = language(locale)
    if not rules.duals:
        return None
    units = "|".join(f"(?P<{unit}>{'|'.join(forms)})" for unit, forms in rules.duals.items())
    return re.compile(rf"(?<!\w){rules.number_prefix}(?:{units})(?!\w)")


@cache
def _unit_patterns(locale: str) -> tuple[re.Pattern[str], re.Pattern[str]] | None:
    """Return what finds a unit of time behind a number, and a figure with one."""
    rules = language(locale)
    if not rules.units:
        return None
    units = "|".join(rf"(?P<{unit}>{form})" for unit, form in rules.units.items())
    behind = rf"[\s-]+(?:[^\W\d]+\s+)?(?:{units})(?!\w)"
    return re.compile(behind, re.IGNORECASE), re.compile(rf"(?<![\w.])(?P<figure>\d+){behind}", re.IGNORECASE)


def periods(text: str, locale: str) -> list[tuple[int, str]]:
    """Return (number, unit) of each period in a clause, in figures or in words, in the order of the text."""
    return list(_periods(text, locale))


@lru_cache(maxsize=65536)
def _periods(text: str, locale: str) -> tuple[tuple[int, str], ...]:
    patterns = _unit_patterns(locale)
    if patterns is None:
        return ()
    behind, figure = patterns
    words = unsigned(ascii_digits(prose(text)))
    found = [(match.start(), int(match["figure"]), _unit(match, locale)) for match in figure.finditer(words)]
    for one in spoken(words, locale):
        if match := behind.match(words, one.end):
            found.append((one.start, one.value, _unit(match, locale)))
    if dual := _dual_pattern(locale):
        pairs = [(match.start(), str(match.lastgroup)) for match in dual.finditer(words)]
        found += [(start, 2, unit) for start, unit in pairs if unit in language(locale).units]
    return tuple((number, unit) for _, number, unit in sorted(found))


def _unit(match: re.Match[str], locale: str) -> str:
    return next(name for name in language(locale).units if match[name])
