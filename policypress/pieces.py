"""Markdown cut where no block runs on, so that what many texts share is read once; knows no block and no document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What runs on over empty lines: fences and raw HTML. An address in `<…>` is none.
_RUNS_ON = re.compile(r"```|~~~|<(?:[/!?]|[a-zA-Z](?![^<>\s]*[@:]))")
#: Empty lines, and then a line that is neither indented nor an item of a list (CommonMark 0.31.2, 5.2 and 5.3).
_CUT = re.compile(r"\n(?:[ \t]*\n)+(?![ \t\n\d]|[-*+](?:[ \t\n]|\Z))")


def pieces(text: str) -> Iterator[tuple[int, str]]:
    """Yield the parts of a Markdown text, each with the number of lines before it.

    To read them one by one, one after the other, is to read the whole: a block that stands at the left edge behind an
    empty line closes whatever was open. A text with something that runs on over empty lines is one piece.
    """
    if _RUNS_ON.search(text):
        yield 0, text
        return
    start = lines = 0
    for found in _CUT.finditer(text):
        yield lines, text[start : found.start() + 1]
        lines += text.count("\n", start, found.end())
        start = found.end()
    if start < len(text):
        yield lines, text[start:]
