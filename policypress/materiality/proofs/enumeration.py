"""A rule on lists inside a sentence: the same members in another order."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

from policypress.materiality.proofs.evidence import links

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policypress.materiality.proofs.evidence import Evidence

_PIECE = re.compile(r"[,;]|[^\s,;]+")
_DIGITS = re.compile(r"\d")
#: A longer member may say what happens to whom, and then its place matters.
_MEMBER = 3


def reordered(evidence: Evidence) -> bool:
    """The members of a list in a sentence stand in another order; a person should see that no order was meant."""
    if evidence.pair.kind not in ("reworded", "moved") or sorted(links(evidence.old)) != sorted(links(evidence.new)):
        return False
    old, new = (_PIECE.findall(text) for text in (evidence.old_shown, evidence.new_shown))
    if sorted(map(str.casefold, old)) != sorted(map(str.casefold, new)):
        return False
    start = _shared(old, new)
    end = _shared(old[:start:-1], new[:start:-1])
    olds, news = (_members(side[start : len(side) - end], evidence) for side in (old, new))
    return len(olds) > 1 and sorted(map(str.casefold, olds)) == sorted(map(str.casefold, news))


def _shared(one: Sequence[str], two: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, two, strict=False)))


def _joins(piece: str, evidence: Evidence) -> bool:
    return piece in (",", ";") or piece.casefold() in evidence.lexicon.conjunctions


def _members(pieces: Sequence[str], evidence: Evidence) -> list[str]:
    """Return the members of a list; none where one is long, weighs or holds a figure."""
    members = [""]
    for piece in pieces:
        if _joins(piece, evidence):
            members.append("")
        else:
            members[-1] = f"{members[-1]} {piece}".strip()
    members = [member for member in members if member]
    heavy = any(_DIGITS.search(one) or evidence.lexicon.veto.search(one) for one in members)
    return [] if heavy or any(len(one.split()) > _MEMBER for one in members) else members
