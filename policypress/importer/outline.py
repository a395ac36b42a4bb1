"""Blocks as found -> a Document as editors write it: one title, numbers left to the machine, anchors, sound clauses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from policypress.document import Clause, Document, Section, fold, group, parse, split_attributes, visible, write
from policypress.importer.anchors import ANCHOR, anchor, unique
from policypress.reading import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TYPED = re.compile(r"(\d{1,2}(?:\.\d{1,2})*)[.)]?\s+(?=\S)")
#: What would make a number or another block of the first characters of a clause.
_OPENING = re.compile(
    r"([#>~|]|[-+=](?=[\s=-]|$))|\d{1,9}(?=[.)](?:\s|$))|\d{1,2}(?=(?:\.\d{1,2})+[.)]?\s)|[IVX]+(?=\.\s)"
)
_TAIL = re.compile(r"#+$")
#: White space is folded when a clause is printed, and with it an empty cell.
_EMPTY_CELL = "&nbsp;"
_BRACE = re.compile(r"\\.|([{}])", re.DOTALL)
_DEEPEST = 6
#: Lists nested deeper are drawn up to here; no policy means it.
_NESTED = 10


@dataclass(slots=True, kw_only=True)
class Outline:
    """One pass over the blocks of an original."""

    #: Numbers typed where the machine would print others, and so kept as they are.
    kept: list[str] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)
    _levels: list[int] = field(default_factory=list)
    _counts: list[int] = field(default_factory=list)

    def document(self, blocks: Iterable[tuple[int, Clause]]) -> Document:
        """Return the document of the blocks; what `parse` would not read back becomes plain words."""
        settled = tuple(_settled(self._titled(tuple(blocks))))
        return group((level, self._heading(level, clause) if level else _sound(clause)) for level, clause in settled)

    def _titled(self, blocks: tuple[tuple[int, Clause], ...]) -> Iterator[tuple[int, Clause]]:
        """Make a title of the first block and put every other heading below it."""
        for place, (level, clause) in enumerate(blocks):
            if place == 0:
                yield 1, replace(clause, kind="heading", marker="", depth=0)
            else:
                yield (self._level(level), clause) if level else (0, clause)

    def _level(self, level: int) -> int:
        """Return the level of a heading below the title, without gaps: h2, h4 and h4 are 2, 3 and 3."""
        while self._levels and self._levels[-1] >= level:
            self._levels.pop()
        self._levels.append(level)
        return min(1 + len(self._levels), _DEEPEST)

    def _heading(self, level: int, clause: Clause) -> Clause:
        words, attributes = split_attributes(clause.text)
        words = _TAIL.sub(lambda sign: f"\\{sign[0]}", braced(words))
        number, title = self._number(level, words)
        given = attributes.get("id", "").casefold()
        place = number or ".".join(map(str, self._counts))
        known = ANCHOR.fullmatch(given) is not None
        name = unique(given, self._taken) if known else anchor(visible(title), place, self._taken)
        # a title bears no number in any case
        mark = "" if level == 1 or number else " .unnumbered"
        return replace(clause, text=f"{title} {{#{name}{mark}}}")

    def _number(self, level: int, words: str) -> tuple[str, str]:
        """Split a typed number off where the machine prints the same; another one is kept as typed."""
        found, depth = _TYPED.match(words), level - 1
        if not found or depth < 1:
            return "", words
        counts = [*self._counts[:depth], *[0] * (depth - len(self._counts))]
        counts[-1] += 1
        if ".".join(map(str, counts)) == found[1]:
            self._counts = counts
            return found[1], _guarded(words[found.end() :])
        if "." in found[0] or ")" in found[0]:
            self.kept.append(f"number kept as typed: {fold(words)}")
        return "", words


def braced(text: str) -> str:
    """Return inline Markdown without placeholders: braces that show as themselves."""
    return _BRACE.sub(lambda sign: f"\\{sign[1]}" if sign[1] else sign[0], text)


def _guarded(text: str) -> str:
    """Return inline Markdown that stays one block, whatever it begins with."""
    text = braced(text)
    found = _OPENING.match(text)
    if not found:
        return text
    return f"\\{text}" if found[1] else f"{text[: found.end()]}\\{text[found.end() :]}"


def _settled(blocks: Iterable[tuple[int, Clause]]) -> Iterator[tuple[int, Clause]]:
    """Repair what HTML allows and Markdown does not: depths without a parent, tables without a header row."""
    depth = 0
    rows: list[Clause] = []
    for level, clause in blocks:
        if clause.kind == "row":
            rows.append(clause)
            continue
        if rows:
            yield from ((0, row) for row in _table(rows))
            rows, depth = [], 0
        if level:
            depth = 0
        elif clause.kind == "item":
            depth = min(max(clause.depth, 1), depth + 1, _NESTED)
        else:
            depth = min(clause.depth, depth)
        yield level, replace(clause, depth=0 if level else depth)
    yield from ((0, row) for row in _table(rows))


def _table(rows: list[Clause]) -> Iterator[Clause]:
    """Give every row as many cells as the longest has, and make the first row the header: Markdown has no other."""
    cells = [re.split(r" \| ", row.text) for row in rows]
    widest = max(map(len, cells), default=0)
    for place, (row, found) in enumerate(zip(rows, cells, strict=True)):
        text = " | ".join(_guarded(cell.strip()) or _EMPTY_CELL for cell in (*found, *[""] * (widest - len(found))))
        yield replace(row, text=text, marker="" if place else "header", depth=0)


def _sound(clause: Clause) -> Clause:
    """Return a clause that reads back as itself: as found, else with its words alone."""
    if clause.kind == "row":
        return clause
    words = visible(clause.text)
    for text in (_guarded(clause.text), _guarded(literal(words))):
        kept = replace(clause, text=text)
        if _same(kept) and visible(text) == words:
            return kept
    return replace(clause, kind="paragraph", marker="", depth=0, text=_guarded(literal(words)))


def _same(clause: Clause) -> bool:
    alone = replace(clause, depth=min(clause.depth, 1) if clause.kind == "item" else 0)
    section = Section(anchor="a", level=2, heading=Clause(kind="heading", text="A"), clauses=(alone,))
    document = Document(sections=(section,))
    return parse(write(document)) == document
