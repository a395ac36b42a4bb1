"""How each language writes words, dates and figures, read from `data`; knows no document and no policy."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One table of `data/languages.toml`; an empty field silences the checks that need it."""

    #: Name of the script as Unicode names its letters, such as `CYRILLIC`.
    script: str = ""
    #: Lower-case letters of that script that the language's alphabet has.
    letters: str = ""
    #: Invisible characters that the orthography needs.
    permitted: str = ""
    #: What may stand before a word's stem, as a regular expression.
    prefix: str = ""
    #: What may follow a word's stem.
    suffix: str = r"\w*"
    #: Endings that are taken off a glossary's word to get its stem, the longest first.
    cut: tuple[str, ...] = ()
    #: Whether `all` words of a term take endings or only the `last`.
    inflects: str = "last"
    #: The word for "section" in front of a quoted title.
    section_before: tuple[str, ...] = ()
    #: The word for "section" behind a quoted title.
    section_after: tuple[str, ...] = ()
    #: January to December.
    months: tuple[str, ...] = ()
    #: What parts thousands in figures.
    thousands: str = ""
    #: What parts the fraction.
    decimal: str = "."
    #: Words for units of time.
    units: dict[str, str] = field(default_factory=dict)
    #: Words that stand for a number, by its digits.
    numbers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: What may stand before and after such a word, and what joins tens and ones.
    number_prefix: str = ""
    number_suffix: str = ""
    number_join: str = r"[\s-]+"
    #: Words that mean two of a unit of time, by the unit.
    duals: dict[str, tuple[str, ...]] = field(default_factory=dict)


def table(name: str) -> dict[str, Any]:
    """Return a file of `data` as TOML."""
    return tomllib.loads(files("policypress.checks").joinpath("data", f"{name}.toml").read_text(encoding="utf-8"))


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return {key: _frozen(item) for key, item in value.items()} if isinstance(value, dict) else value


@cache
def _languages() -> dict[str, Language]:
    known = {item.name for item in fields(Language)}
    return {
        tag: Language(**{name: _frozen(value) for name, value in data.items() if name in known})
        for tag, data in table("languages").items()
    }


def language(locale: str) -> Language:
    """Return how the language of a locale is written; an unknown one silences what depends on it."""
    return _languages().get(locale.split("-", maxsplit=1)[0], Language())


@cache
def vocabulary() -> dict[str, dict[str, str]]:
    """Return the DPV concepts by kind, each with its label."""
    return table("dpv")


@cache
def families(locale: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return (notion, terms that stand for it) of a locale's language."""
    return tuple(
        (item["notion"], tuple(item["terms"])) for item in table("families").get(locale.split("-", maxsplit=1)[0], ())
    )


@cache
def countries(locale: str) -> dict[str, tuple[str, ...]]:
    """Return the names of countries by ISO 3166-1 code, empty for a language whose names are not shipped."""
    return {code: tuple(names) for code, names in table("countries").get(locale.split("-", maxsplit=1)[0], {}).items()}


@cache
def matcher(term: str, locale: str) -> re.Pattern[str]:
    """Return a pattern that finds a term where it starts a word, with the endings its language may add."""
    rules = language(locale)
    words = term.split()
    ends = [rules.inflects == "all" or place == len(words) - 1 for place in range(len(words))]
    parts = [_form(word, rules) if end else re.escape(word) for word, end in zip(words, ends, strict=True)]
    joined = r"[\s-]+".join(parts)
    return re.compile(rf"(?<!\w){joined}(?!\w)", re.IGNORECASE)


#: A stem shorter than this would match half the dictionary.
_SHORTEST = 3


def _form(word: str, rules: Language) -> str:
    """Return what finds a word with its endings; an abbreviation takes none, but behind a hyphen."""
    if any(letter.isupper() for letter in word[1:]):
        return re.escape(word)
    return f"{rules.prefix}{re.escape(_stem(word.casefold(), rules))}{rules.suffix}"


def _stem(word: str, rules: Language) -> str:
    ending = next((one for one in rules.cut if word.endswith(one) and len(word) - len(one) >= _SHORTEST), "")
    return word.removesuffix(ending) if ending else word
