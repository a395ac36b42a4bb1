"""On which line of a TOML file a key stands; knows nothing of what the file means."""

from __future__ import annotations

import re
from functools import lru_cache

from policypress.settings import line_of

_HEADER = re.compile(r"^\s*\[\[?([^\[\]]+)\]\]?\s*(?:#.*)?$")


@lru_cache(maxsize=64)
def _layout(text: str) -> tuple[tuple[str, ...], tuple[tuple[int, str], ...]]:
    """Return the lines of a file, and (line, name) of each table's header."""
    lines = tuple(text.split("\n"))
    found = ((number, _HEADER.match(line)) for number, line in enumerate(lines, start=1))
    return lines, tuple((number, header[1].replace('"', "").strip()) for number, header in found if header)


def key_line(text: str, table: str, key: str = "", index: int = 0) -> int:
    """Return the line (1-based) of a key in the table of that name, the `index`-th where there are several.

    Falls back to the table's own line, then to where a key of that name stands at all.
    """
    lines, headers = _layout(text)
    starts = [number for number, name in headers if name == table]
    if index >= len(starts):
        return line_of(text, (table.rpartition(".")[2], key or table))
    start = starts[index]
    end = next((number for number, _ in headers if number > start), len(lines) + 1)
    wanted = re.compile(rf'\s*"?{re.escape(key)}"?\s*=')
    return next(
        (start + place for place, line in enumerate(lines[start : end - 1], start=1) if key and wanted.match(line)),
        start,
    )


def value_lines(text: str, key: str, value: str) -> list[int]:
    """Return every line on which a key is given a text."""
    wanted = re.compile(rf'\s*{re.escape(key)}\s*=\s*["\']{re.escape(value)}["\']')
    return [number for number, line in enumerate(text.split("\n"), start=1) if wanted.match(line)]
