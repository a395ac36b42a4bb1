"""Named blocks of SQL out of the .sql files; runs none of them."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_NAME = re.compile(r"^-- ([a-z_]+) --$", re.MULTILINE)


@cache
def blocks(file: str) -> dict[str, str]:
    """Return the statements of a file of this package by name, in its order."""
    text = files(__package__).joinpath(file).read_text(encoding="utf-8")
    parts = _NAME.split(text)[1:]
    return {name: sql.strip() for name, sql in zip(parts[::2], parts[1::2], strict=True)}
