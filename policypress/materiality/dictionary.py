"""Which words a language has: the only file that knows the spelling dictionaries."""

from __future__ import annotations

from functools import cache

from spellchecker import SpellChecker


def knows(word: str, language: str) -> bool:
    """Return whether a word in small letters stands in the dictionary of a language that has one."""
    return word in _words(language)


@cache
def _words(language: str) -> frozenset[str]:
    # read when a slip is first suspected: it takes a fifth of a second
    return frozenset(SpellChecker(language).word_frequency.dictionary)
