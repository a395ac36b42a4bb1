"""How far each locale is: every clause in one state, counted as a whole, by section and by the weight of its change."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from policypress.localise.catalogue import is_approved, is_stamped, read_po
from policypress.localise.workflow import SUMMARY, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import polib


class State(StrEnum):
    """What stands in a catalogue for a clause."""

    #: A person read exactly this pair of texts.
    APPROVED = "approved"
    #: Translated, and never approved.
    UNAPPROVED = "unapproved"
    #: Translated, and approved with other words: the clause or its translation was edited since.
    STALE = "stale"
    #: Made of another clause or by a tool; never printed.
    FUZZY = "fuzzy"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many clauses are in each state; they add up to the total."""

    total: int
    approved: int = 0
    unapproved: int = 0
    stale: int = 0
    fuzzy: int = 0
    missing: int = 0

    @property
    def done(self) -> bool:
        """Return whether nothing is left to do."""
        return self.approved == self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How far a locale is."""

    locale: str
    counts: Counts
    #: By anchor, in reading order; a summary counts with its section.
    sections: Mapping[str, Counts]
    #: By the class of the change that a clause is part of; `unchanged` where it stands as it was released.
    changes: Mapping[str, Counts]


def status(
    text: str, locale: str, units: tuple[Unit, ...], file: str, *, weights: Mapping[Unit, str] | None = None
) -> Status:
    """Count how far a locale is with the present source; `weights` are classes of changed clauses."""
    states = states_of(text, units, file)
    classes = weights or {}
    return Status(
        locale=locale,
        counts=_count(states.values()),
        sections=_grouped(states, lambda unit: unit.context.removeprefix(SUMMARY)),
        changes=_grouped(states, lambda unit: classes.get(unit, "unchanged")) if weights is not None else {},
    )


def states_of(text: str, units: tuple[Unit, ...], file: str) -> dict[Unit, State]:
    """Return what stands in a catalogue for each unit."""
    found = {(entry.msgctxt or "", entry.msgid): entry for entry in read_po(text, file) if not entry.obsolete}
    return {unit: _state(found.get(unit)) for unit in units}


def _state(entry: polib.POEntry | None) -> State:
    if entry is None or not entry.msgstr:
        return State.MISSING
    if entry.fuzzy:
        return State.FUZZY
    if is_approved(entry):
        return State.APPROVED
    return State.STALE if is_stamped(entry) else State.UNAPPROVED


def _grouped(states: Mapping[Unit, State], key: Callable[[Unit], str]) -> dict[str, Counts]:
    groups: dict[str, list[State]] = {}
    for unit, state in states.items():
        groups.setdefault(key(unit), []).append(state)
    return {name: _count(group) for name, group in groups.items()}


def _count(states: Iterable[State]) -> Counts:
    counts = Counter(state.value for state in states)
    return Counts(total=counts.total(), **counts)
