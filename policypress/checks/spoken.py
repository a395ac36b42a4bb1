"""Numbers that a text says in words, as each language forms them; knows no figures and no clause."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from policypress.checks.languages import language

#: Vowel signs and the stroke of Arabic: written or not, the word is the same.
_SIGNS = re.compile(r"[\u064b-\u0652\u0670\u0640]")
_TENS, _HUNDRED = 10, 100


class Spoken(NamedTuple):
    """A number and where it stands in the text without signs."""

    value: int
    start: int
    end: int


def unsigned(text: str) -> str:
    """Return a text without the signs that Arabic may write or leave out."""
    return text if text.isascii() else _SIGNS.sub("", text)


@cache
def _words(locale: str) -> dict[str, int]:
    """Return the number that a word stands for."""
    return {unsigned(word).casefold(): int(n) for n, words in language(locale).numbers.items() for word in words}


@cache
def _pattern(locale: str) -> re.Pattern[str] | None:
    rules, words = language(locale), _words(locale)
    if not words:
        return None
    forms = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in sorted(words, key=len, reverse=True))
    # an ordinal in Arabic bears its article twice: the eighteenth, both words of it
    forms = forms.replace(r"\s+", r"\s+(?:ال)?") if "ال" in rules.number_prefix else forms
    return re.compile(rf"(?<!\w){rules.number_prefix}({forms}){rules.number_suffix}(?!\w)", re.IGNORECASE)


@cache
def _join(locale: str) -> re.Pattern[str]:
    return re.compile(language(locale).number_join)


def _joined(before: Spoken, now: Spoken, text: str, locale: str) -> bool:
    # to the text's end, so that what joins may look at how the next word begins
    between = _join(locale).match(text, before.end)
    return between is not None and between.end() == now.start


def spoken(text: str, locale: str) -> list[Spoken]:
    """Return the numbers in a text without signs, those of several words as one: `thirty-five` is 35."""
    pattern = _pattern(locale)
    found: list[tuple[Spoken, set[int]]] = []
    for match in pattern.finditer(text) if pattern else ():
        value = _value(match[1], locale)
        now, place = Spoken(value, match.start(), match.end()), _place(value)
        before, places = found[-1] if found else (None, set())
        # three hundred, thirty, five: each place once, and ten to nineteen fill two of them
        if before and not places & place and _joined(before, now, text, locale):
            joined = Spoken(before.value + value, before.start, now.end)
            found[-1] = (joined, places | place)
        else:
            found.append((now, place))
    return [one for one, _ in found]


def _value(word: str, locale: str) -> int:
    words = _words(locale)
    plain = " ".join(word.casefold().split())
    return words.get(plain) or words[" ".join(part.removeprefix("ال") for part in plain.split())]


def _place(value: int) -> set[int]:
    if value >= _HUNDRED:
        return {_HUNDRED}
    if value < _TENS:
        return {1}
    return {_TENS} if value % _TENS == 0 else {1, _TENS}
