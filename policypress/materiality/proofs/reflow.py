"""Clauses parted or put together otherwise: the same words in the same order, in other paragraphs, items and rows."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from policypress.materiality.proofs.evidence import links, shown, told, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policypress.changes import Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What a clause says, where it stands in its text, and in which pair."""

    index: int
    place: int
    first: str
    #: Its words without what parts them: a seam may fall where the old text forgot a space.
    letters: str
    figures: list[str]
    links: list[str]


def _said(index: int, place: int, text: str) -> _Said:
    seen = shown(text)
    found = words(seen)
    return _Said(
        index=index,
        place=place,
        first=next(iter(found), ""),
        letters="".join(found),
        figures=re.findall(r"\d+", seen),
        links=[link.address for link in links(told(text))],
    )


def reflowed(pairs: Sequence[Pair]) -> set[int]:
    """Return the places, in `pairs`, of clauses that were parted or put together and lost or gained no word.

    One clause became two, two became one, a sentence became a list: neighbours on one side have the words of
    neighbours on the other, in their order, with the same figures and the same addresses behind them.
    """
    sides = [(place, pair) for place, pair in enumerate(pairs) if pair.kind != "duplicate"]
    olds = sorted((_said(p.old.index, at, p.old_text) for at, p in sides if p.old), key=lambda one: one.index)
    news = sorted((_said(p.new.index, at, p.new_text) for at, p in sides if p.new), key=lambda one: one.index)
    starts: dict[str, list[int]] = defaultdict(list)
    for position, one in enumerate(news):
        starts[one.first].append(position)
    kept: tuple[set[int], set[int]] = (set(), set())
    for position, one in enumerate(olds):
        for start in starts[one.first] if one.first else ():
            if run := _run(olds, position, news, start):
                kept[0].update(run[0])
                kept[1].update(run[1])
                break
    return {
        place
        for place, pair in enumerate(pairs)
        if (not pair.old or place in kept[0]) and (not pair.new or place in kept[1])
    }


def _run(
    olds: Sequence[_Said], old_from: int, news: Sequence[_Said], new_from: int
) -> tuple[list[int], list[int]] | None:
    """Return the places of the shortest runs from one clause of each side that say the same; else None."""
    if not _opens(olds[old_from].letters, news[new_from].letters):
        return None
    old, new = _Side(olds, old_from), _Side(news, new_from)
    more = True
    while more and not old.says_as(new):
        short, long = (old, new) if len(old.letters) <= len(new.letters) else (new, old)
        more = long.letters.startswith(short.letters) and short.take()
    # one clause for one is no reflow
    return (old.places, new.places) if more and len(old.places) + len(new.places) > 2 else None  # noqa: PLR2004


def _opens(one: str, two: str) -> bool:
    return one.startswith(two) or two.startswith(one)


class _Side:
    """Neighbouring clauses of one text, taken one by one."""

    def __init__(self, clauses: Sequence[_Said], start: int) -> None:
        self._clauses = clauses
        self._start = start
        self.places: list[int] = []
        self.letters = ""
        self.figures: list[str] = []
        self.links: list[str] = []
        self.take()

    def says_as(self, other: _Side) -> bool:
        """Return whether both say the same, figure by figure and address by address."""
        same = self.letters == other.letters and self.links == other.links
        return same and self.figures == other.figures

    def take(self) -> bool:
        """Take the next clause; return whether there is one that stands directly behind."""
        taken = len(self.places)
        at = self._start + taken
        if at >= len(self._clauses) or self._clauses[at].index != self._clauses[self._start].index + taken:
            return False
        one = self._clauses[at]
        self.places.append(one.place)
        self.letters += one.letters
        self.figures += one.figures
        self.links += one.links
        return True
