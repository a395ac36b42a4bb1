"""The words of one source language that rules look for, as data."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Compiled words of one language; `complete` is false where the language has none yet."""

    veto: re.Pattern[str]
    incorporated: re.Pattern[str]
    #: Words that are one slip away from another word.
    confusable: re.Pattern[str]
    updated: re.Pattern[str]
    #: Headings of a log of changes.
    log: re.Pattern[str]
    months: re.Pattern[str]
    #: Patterns of a day that is not written `day month year`; `{month}` stands for a name of a month.
    dates: tuple[str, ...]
    #: Words that suggest a category.
    cues: dict[str, re.Pattern[str]]
    complete: bool


@cache
def lexicon(locale: str) -> Lexicon:
    """Return the words of a language; an unknown one has no words, so nothing that needs them is proved."""
    path = files(__package__).joinpath("words", f"{locale.split('-', maxsplit=1)[0]}.toml")
    data = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return Lexicon(
        veto=_any(data.get("veto", [])),
        incorporated=_any(data.get("incorporated", [])),
        confusable=_any(data.get("confusable", [])),
        updated=_any(data.get("updated", [])),
        log=_any(data.get("log", [])),
        months=_any(data.get("months", [])),
        dates=tuple(data.get("dates", ())),
        cues={name: _any(words) for name, words in data.get("cues", {}).items()},
        complete=bool(data),
    )


def _any(words: list[str]) -> re.Pattern[str]:
    """Return one pattern that matches any of the words at its start; none matches nothing."""
    return re.compile(rf"\b(?:{'|'.join(words)})" if words else r"(?!)", re.IGNORECASE)
