"""The printed page held against the original, line by line, but for numbering and white space; knows no file."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from policypress.importer.original import html_lines
from policypress.render import assemble, clause_block, heading_block, inline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policypress.document import Document
    from policypress.render import Block

#: Numbers of headings and items, and bullets.
_NUMBERING = re.compile(r"(?:[•◦‣▪●·*–—-]|\(?\d{1,2}(?:\.\d{1,2})*[.)]?)")
_LINE_NUMBER = re.compile(r"\s*(?:[•◦‣▪●·*–—-]|\(?\d{1,2}(?:\.\d{1,2})*[.)]?)\s+(?=\S)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What came of holding a page against its original."""

    #: Lines of the original that the page lacks.
    lost: tuple[str, ...]
    #: What the page says between them and the original does not.
    added: tuple[str, ...]

    @property
    def lossless(self) -> bool:
        """Return whether the page says the same."""
        return not self.lost and not self.added


def printed_lines(document: Document) -> tuple[str, ...]:
    """Return the lines of a printed document as the page shows them."""
    return html_lines(assemble(tuple(_blocks(document))))


def _blocks(document: Document) -> Iterator[Block]:
    for section in document.sections:
        if section.level:
            yield heading_block(section, inline(section.heading.text), "")
        for clause in section.clauses:
            yield clause_block(clause)


def hold(original: Iterable[str], printed: Iterable[str]) -> Held:
    """Find each line of the original on the page, in order; what is skipped must be numbering."""
    pieces = tuple(map(_bare, printed))
    page, ends = "".join(pieces), tuple(accumulate(map(len, pieces)))
    lost, added = [], []
    place = 0
    for line in original:
        bare, found = _found(line, page, place, ends)
        if found < 0:
            # a line that is a number and nothing else is numbering, which the machine prints
            if not _NUMBERING.fullmatch(_bare(line)):
                lost.append(line)
            continue
        added.append(page[place:found])
        place = found + len(bare)
    added.append(page[place:])
    return Held(lost=tuple(lost), added=tuple(one for one in added if one and not _NUMBERING.fullmatch(one)))


def _found(line: str, page: str, place: int, ends: tuple[int, ...]) -> tuple[str, int]:
    """Return a line as found and where: as it is, else without the number it begins with.

    Of two at one place the longer one counts, unless it is put together from two printed lines.
    """
    whole, words = _bare(line), _bare(_LINE_NUMBER.sub("", line, count=1))
    spots = [(one, page.find(one, place)) for one in dict.fromkeys((whole, words))]
    there = [spot for spot in spots if spot[1] >= 0]
    return min(there, key=lambda spot: (spot[1], _parted(spot, ends), -len(spot[0]))) if there else (whole, -1)


def _parted(spot: tuple[str, int], ends: tuple[int, ...]) -> bool:
    """Return whether a line as found goes over the end of a printed one."""
    words, start = spot
    return bisect_right(ends, start) != bisect_left(ends, start + len(words))


def _bare(line: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFC", line)).replace("¶", "")
