"""Named blocks of SQL out of the .sql files, in the words of a dialect; runs none of them."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Files of statements that a transaction can run; a name stands in one of them only.
FILES = (
    "queries.sql", "plans.sql", "evidence.sql", "reach.sql", "events.sql", "consent.sql", "moving.sql", "approvals.sql",
    "refresh.sql", "restored.sql", "crew.sql", "allowances.sql",
)  # fmt: skip

_NAME = re.compile(r"^-- ([a-z_]+) --$", re.MULTILINE)
_TABLE = re.compile(r"^CREATE (?:\{unlogged\} )?TABLE", re.MULTILINE)
_WORD = re.compile(r"\{([a-z_]+)\}")


@cache
def blocks(file: str) -> dict[str, str]:
    """Return the statements of a file of this package by name, in its order."""
    text = files(__package__).joinpath(file).read_text(encoding="utf-8")
    parts = _NAME.split(text)[1:]
    return {name: sql.strip() for name, sql in zip(parts[::2], parts[1::2], strict=True)}


@cache
def statements() -> dict[str, str]:
    """Return every statement by name, as written; ValueError if two files have the same name."""
    found: dict[str, str] = {}
    for file in FILES:
        twice = found.keys() & blocks(file).keys()
        if twice:
            message = f"{file}: names that another file has: {', '.join(sorted(twice))}"
            raise ValueError(message)
        found |= blocks(file)
    return found


def tables() -> list[str]:
    """Return the names of the ledger's tables, in the order of schema.sql."""
    return [name for name, sql in blocks("schema.sql").items() if _TABLE.search(sql)]


def worded(sql: str, words: Mapping[str, str]) -> str:
    """Return a statement with the dialect's words in place of those in braces; others stay."""
    return _WORD.sub(lambda found: words.get(found[1], found[0]), sql).strip()
