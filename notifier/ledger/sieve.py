"""Tells in flat memory which texts may have come before; never misses one, and is sure of none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Places: a million texts are taken for an earlier one in 1.5 % of the cases, ten million in 14 %.
PLACES = 1 << 25


@dataclass(frozen=True, slots=True)
class Sieve:
    """One byte a place; a text that falls on a taken place may be one of those before."""

    _taken: bytearray = field(default_factory=lambda: bytearray(PLACES))

    def seen(self, texts: Iterable[str]) -> list[str]:
        """Return the texts that may have come before, and remember all."""
        taken, mask, found = self._taken, PLACES - 1, []
        texts = list(texts)
        for text, place in zip(texts, map(mask.__and__, map(hash, texts)), strict=True):
            if taken[place]:
                found.append(text)
            else:
                taken[place] = 1
        return found
