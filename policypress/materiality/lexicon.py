"""The words of one source language that rules look for, as data."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Compiled words of one language; `complete` is false where the language has none yet."""

    veto: re.Pattern[str]
    incorporated: re.Pattern[str]
    #: Words that are one slip away from another word, where no dictionary says so.
    confusable: re.Pattern[str]
    #: Language of the dictionary that knows its words, empty where there is none.
    dictionary: str
    updated: re.Pattern[str]
    #: All words that a line has which says only when the text was last touched or from when it holds; empty: any.
    stamp: frozenset[str]
    #: The number of a version of the text, as a line that stamps it says.
    version: re.Pattern[str]
    #: Openings of a line that says from when the text holds.
    effective: re.Pattern[str]
    #: Headings of a log of changes.
    log: re.Pattern[str]
    #: What a banner says of a text that no longer holds.
    banner: re.Pattern[str]
    months: re.Pattern[str]
    #: Patterns of a day that is not written `day month year`; `{month}` stands for a name of a month.
    dates: tuple[str, ...]
    #: Endings of a company's name.
    entities: re.Pattern[str]
    articles: frozenset[str]
    #: Words that join the members of a list.
    conjunctions: frozenset[str]
    #: What a document of this kind calls itself: `policy`, `notice`.
    self_names: frozenset[str]
    #: Words that lead to a number of a section.
    section: re.Pattern[str]
    #: Words that join sentences and say nothing themselves.
    connectives: re.Pattern[str]
    #: Stiff words, each with the plain ones for it.
    plain: tuple[tuple[re.Pattern[str], str], ...]
    #: Forms of one word that agree with other words.
    agreement: frozenset[frozenset[str]]
    #: Spellings of one word, each with the one they are compared in; longer words only.
    variants: tuple[tuple[re.Pattern[str], str], ...]
    #: Short forms and numbers in words, each with what it stands for.
    written: tuple[tuple[re.Pattern[str], str], ...]
    #: Words that may be joined or parted although they veto other proofs.
    joined: re.Pattern[str]
    #: Words that mean another thing when joined or parted.
    parted: re.Pattern[str]
    #: Words that bring in the name of somebody who works with the data.
    bringing: re.Pattern[str]
    #: Words that suggest a category.
    cues: dict[str, re.Pattern[str]]
    complete: bool


@cache
def lexicon(locale: str) -> Lexicon:
    """Return the words of a language; an unknown one has no words, so nothing that needs them is proved."""
    path = files(__package__).joinpath("words", f"{locale.split('-', maxsplit=1)[0]}.toml")
    data = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    words = ["incorporated", "confusable", "updated", "version", "effective", "log", "banner", "months", "joined"]
    words += ["parted", "section", "connectives", "bringing"]
    prefix = data.get("prefix", "")
    return Lexicon(
        **{name: _any(data.get(name, []), prefix) for name in words},
        veto=_any([*data.get("veto", []), *data.get("entities", [])], prefix),
        entities=_any(data.get("entities", [])),
        dates=tuple(data.get("dates", ())),
        articles=frozenset(data.get("articles", ())),
        stamp=frozenset(data.get("stamp", ())),
        conjunctions=frozenset(data.get("conjunctions", ())),
        self_names=frozenset(data.get("self_names", ())),
        dictionary=data.get("dictionary", ""),
        plain=_replacements(data.get("plain", ()), r"(?<!\w)(?:{})(?!\w)"),
        agreement=frozenset(frozenset(forms) for forms in data.get("agreement", ())),
        variants=_replacements(data.get("variants", ()), "{}"),
        written=_replacements(_written(data), r"(?<!\w)(?:{})(?!\w)"),
        cues={name: _any(found, prefix) for name, found in data.get("cues", {}).items()},
        complete=bool(data),
    )


def _any(words: list[str], prefix: str = "") -> re.Pattern[str]:
    """Return one pattern that matches any of the words at its start; none matches nothing.

    `prefix` matches what a language writes together with the word behind it, such as an article.
    """
    return re.compile(rf"\b{prefix}(?:{'|'.join(words)})", re.IGNORECASE) if words else _NEVER


def _replacements(rows: Iterable[Iterable[str]], frame: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(frame.format(pattern), re.IGNORECASE), text) for pattern, text in rows)


def _written(data: dict[str, Any]) -> Iterable[tuple[str, str]]:
    yield from data.get("written", ())
    yield from ((word, str(number)) for number, word in enumerate(data.get("numbers", ()), start=1) if word)
    yield from ((word, str(tens * 10)) for tens, word in enumerate(data.get("tens", ()), start=1))
