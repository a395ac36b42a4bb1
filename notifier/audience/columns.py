"""Which columns of a source are whose: names, the operator's mapping of them, and what is left unused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from notifier.audience.holder import COLUMNS, CONTACTS
from notifier.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


#: Characters of a column's name in a message.
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What a source's header says."""

    #: Place of each column of COLUMNS that the source has.
    places: Mapping[str, int]
    #: How many columns there are.
    width: int
    #: Names that are not used.
    unused: tuple[str, ...] = ()
    #: What parts the columns, where it is not a comma.
    delimiter: str = ","


def parse(text: str) -> dict[str, str]:
    """Return the source's column by ours out of `account_id=id,email=mail`; InputError if it says anything else."""
    mapping: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        ours, sign, theirs = (part.strip() for part in pair.partition("="))
        if not sign or not theirs or ours not in COLUMNS or ours in mapping:
            message = f"--columns {pair}: write OURS=THEIRS once for each, ours being one of {', '.join(COLUMNS)}"
            raise InputError(message)
        mapping[ours] = theirs
    return mapping


def heading(names: Sequence[str], mapping: Mapping[str, str], where: str, delimiter: str = ",") -> Heading:
    """Return what is where; InputError, beginning with `where`, if the source cannot be an audience."""
    theirs = {name: mapping.get(name, name) for name in COLUMNS}
    found = ", ".join(filter(None, map(_shown, names)))[:200] or "nothing"
    missing = next((name for name in mapping.values() if name not in names), None)
    if missing:
        message = f"{where}: no column {missing}, which --columns names (found: {found})"
        raise InputError(message)
    if theirs["account_id"] not in names:
        message = (
            f"{where}: no column account_id (found: {found}); name it account_id, or say --columns account_id=NAME"
        )
        raise InputError(message)
    if not any(theirs[name] in names for name in CONTACTS):
        message = f"{where}: no contact to write to (found: {found}); one of {', '.join(CONTACTS)} is needed"
        raise InputError(message)
    twice = next((name for name in theirs.values() if names.count(name) > 1), None)
    if twice:
        message = f"{where}: the column {twice} stands twice; remove one"
        raise InputError(message)
    return Heading(
        places={ours: names.index(name) for ours, name in theirs.items() if name in names},
        width=len(names),
        unused=tuple(name for name in names if name not in theirs.values()),
        delimiter=delimiter,
    )


def _shown(name: str) -> str:
    """Return a name as a message may have it: without a header the first row stands there, which is a person's."""
    return name if "@" not in name and len(name) <= LONGEST_NAME else "…"
