"""Plain text -> Original: headings by their numbers or by how they stand, lists by bullets and counted items."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from policypress.document import Clause, fold
from policypress.importer.original import Original
from policypress.importer.outline import braced
from policypress.reading import literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policypress.document import Kind

_BULLET = re.compile(r"[•◦‣▪●·*–—-]\s+(?=\S)")
_NUMBER = re.compile(r"(\d{1,2}(?:\.\d{1,2})*)[.)]?\s+(?=\S)")
_COUNTED = re.compile(r"\((\d{1,2})\)\s+(?=\S)|(\d{1,2})[.)]\s+(?=\S)")
_ENDS = re.compile(r"[.;:!?…)»”\"]$")
#: Signs that no heading without a number has: it names nobody's address and counts nothing.
_NO_TITLE = re.compile(r"[\d:@/;,]")
#: Longest heading with a number and without one, in words.
_NUMBERED_WORDS, _BARE_WORDS = 25, 10
#: A paragraph worth a heading of its own, in characters.
_BODY = 80
#: Longer lines than this are paragraphs, not lines of a wrapped one.
_WRAP = 200


def read(text: str, name: str) -> Original:
    """Read text: blocks between blank lines where its lines are wrapped, else a line a block."""
    lines = tuple((number, line.strip()) for number, line in enumerate(text.split("\n"), start=1))
    blocks = tuple(_wrapped(lines) if _is_wrapped(lines) else (one for one in lines if one[1]))
    reader = _Reader(name=name, blocks=blocks)
    return Original(blocks=tuple(reader.read()), lines=tuple(line for _, line in lines if line))


def _is_wrapped(lines: Sequence[tuple[int, str]]) -> bool:
    blank = any(not line for _, line in lines[1:-1])
    return blank and all(len(line) <= _WRAP for _, line in lines)


def _wrapped(lines: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Join the lines of a paragraph; a bullet or a number begins a new one."""
    block: list[str] = []
    start = 0
    for number, line in (*lines, (0, "")):
        if block and (not line or _BULLET.match(line) or _COUNTED.match(line)):
            yield start, " ".join(block)
            block = []
        if line:
            start = start if block else number
            block.append(line)


@dataclass(slots=True, kw_only=True)
class _Reader:
    """One pass over the blocks of a text."""

    name: str
    blocks: tuple[tuple[int, str], ...]
    #: Number of the last heading, `(3, 1, 2)`; empty before the first.
    outline: tuple[int, ...] = ()
    #: Number of the last counted item, 0 outside a counted list.
    counted: int = 0
    found: list[tuple[int, Clause]] = field(default_factory=list)

    def read(self) -> Iterator[tuple[int, Clause]]:
        for index, (line, text) in enumerate(self.blocks):
            yield self._block(index, line, text)

    def _block(self, index: int, line: int, text: str) -> tuple[int, Clause]:
        if index == 0:
            return 1, self._clause("heading", text, line)
        if number := self._heading(text):
            self.outline, self.counted = number, 0
            return 1 + len(number), self._clause("heading", text, line)
        if bullet := _BULLET.match(text):
            self.counted = 0
            return 0, self._clause("item", text[bullet.end() :], line, "-")
        if item := self._item(text):
            return 0, self._clause("item", text[item.end() :], line, f"{self.counted}.")
        self.counted = 0
        if not self.outline and self._bare_heading(index, text):
            return 2, self._clause("heading", text, line)
        return 0, self._clause("paragraph", text, line)

    def _heading(self, text: str) -> tuple[int, ...]:
        """Return the number of a heading that follows the one before: 3.1 goes to 3.1.1, 3.2 or 4."""
        found = _NUMBER.match(text)
        if not found or len(text.split()) > _NUMBERED_WORDS or text.endswith((".", ";", ":", ",")):
            return ()
        number = tuple(map(int, found[1].split(".")))
        last = self.outline
        following = {(*last[:depth], last[depth] + 1) for depth in range(len(last))} | {(*last, 1)}
        return number if number in following else ()

    def _item(self, text: str) -> re.Match[str] | None:
        found = _COUNTED.match(text)
        if found and int(found[1] or found[2]) == self.counted + 1:
            self.counted += 1
            return found
        return None

    def _bare_heading(self, index: int, text: str) -> bool:
        """Return whether a line stands like a heading: short, no sentence, behind a sentence, before a paragraph."""
        before, after = self.blocks[index - 1][1], self.blocks[index + 1 : index + 2]
        short = len(text.split()) <= _BARE_WORDS and text[:1].isupper() and not _NO_TITLE.search(text)
        stands = index == 1 or _ENDS.search(before) is not None
        body = bool(after) and len(after[0][1]) >= _BODY and len(after[0][1]) > 2 * len(text)
        return short and not _ENDS.search(text) and stands and body

    def _clause(self, kind: Kind, text: str, line: int, marker: str = "") -> Clause:
        depth = int(kind == "item")
        words = braced(literal(fold(text)))  # here, because a heading's `{#id}` would be taken for an anchor
        return Clause(kind=kind, text=words, depth=depth, marker=marker, file=self.name, line=line)
