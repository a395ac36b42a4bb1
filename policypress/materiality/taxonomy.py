"""The categories of change as data: what each asks for and where the rule comes from."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """One kind of substance that a change can touch."""

    id: str
    label: str
    #: More of it asks for the holder's consent.
    consent: bool
    #: The source of law or guidance.
    source: str


@cache
def taxonomy() -> dict[str, Category]:
    """Return the fifteen categories by id, in their order."""
    text = files(__package__).joinpath("taxonomy.toml").read_text(encoding="utf-8")
    return {name: Category(id=name, **row) for name, row in tomllib.loads(text).items()}
