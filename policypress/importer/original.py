"""What a reader of a format hands on: clauses as written, and the text line by line; knows no format."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policypress.document import Clause

#: Elements whose text no reader sees.
_UNSEEN = frozenset({"head", "script", "style", "template", "noscript", "svg", "iframe", "object", "select"})
#: Elements that stand inside a line.
_INSIDE = frozenset(
    (
        "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font",
        "i", "img", "ins", "kbd", "label", "mark", "q", "s", "small", "span", "strong", "sub",
        "sup", "time", "tt", "u", "var", "wbr",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A policy as it was found."""

    #: (heading level or 0, clause), in reading order; heading texts may end in `{#id}`.
    blocks: tuple[tuple[int, Clause], ...]
    #: The text as a reader sees it, which the printed page is held against.
    lines: tuple[str, ...]
    #: What was left behind on purpose, a line each.
    unplaced: tuple[str, ...] = ()


class _Lines(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag not in _INSIDE:
            self.lines.append("")
        elif tag == "img" and not self._unseen:
            self.lines[-1] += dict(attrs).get("alt") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag not in _INSIDE:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.lines[-1] += data


def html_lines(text: str) -> tuple[str, ...]:
    """Return the words that a reader of HTML sees, a line for each block."""
    reader = _Lines()
    reader.feed(text)
    reader.close()
    return tuple(line for line in (re.sub(r"\s+", " ", line).strip() for line in reader.lines) if line)
