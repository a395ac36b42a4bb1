"""Anchors for headings in any script: their words in Latin letters, else their place; knows no document."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

#: An anchor as editors write it and as the fact sheet names it.
ANCHOR = re.compile(r"[a-z0-9][a-z0-9-]*")
#: So long an anchor stays readable in an address.
_LENGTH = 40


@cache
def _letters() -> dict[str, str]:
    text = (files("policypress.importer") / "data/letters.toml").read_text(encoding="utf-8")
    return {str(letter): str(latin) for letter, latin in tomllib.loads(text)["letters"].items()}


def latin(text: str) -> str:
    """Return words in small Latin letters, digits and hyphens; letters without a Latin spelling fall out."""
    spelt = "".join(_letters().get(letter, letter) for letter in unicodedata.normalize("NFC", text).casefold())
    bare = unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")


def anchor(title: str, number: str, taken: set[str]) -> str:
    """Return an anchor that is not taken, and take it; a title without Latin spelling gets `section-` and its number."""
    words = latin(title)
    if sum(letter.isalpha() for letter in words) * 2 < sum(letter.isalpha() for letter in title):
        words = f"section-{number.strip('.').replace('.', '-')}" if number else "section"
    base = words if len(words) <= _LENGTH else words[: _LENGTH + 1].rpartition("-")[0] or words[:_LENGTH]
    return unique(base or "section", taken)


def unique(base: str, taken: set[str], glue: str = "-") -> str:
    """Return a name that is not taken, counted where it must be, and take it."""
    name, count = base, 1
    while name in taken:
        count += 1
        name = f"{base}{glue}{count}"
    taken.add(name)
    return name
