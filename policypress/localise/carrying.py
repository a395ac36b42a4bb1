"""Approvals carried over a source's change that is proved editorial; nothing is carried because texts look alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from policypress.bundle import ChangeClass
from policypress.changes import Pair, Placed
from policypress.document import Clause, Section, placeholders
from policypress.localise.catalogue import EXCEPTION, approval, read_po, stamp_of, stamped
from policypress.localise.workflow import written
from policypress.materiality import judge

if TYPE_CHECKING:
    from collections.abc import Callable

    import polib


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """One approval that was carried over."""

    context: str
    #: The clause as it is now.
    source: str
    #: Names of the proofs that hold.
    proofs: tuple[str, ...]


def carry(text: str, file: str, locale: str, wanted: Callable[[str, str], bool]) -> tuple[str, tuple[Carried, ...]]:
    """Approve each fuzzy translation that was approved before its clause changed, where that change is proved editorial.

    `locale` is the source's. The entry says by which proof, and over which approval. A translation that was edited
    since, a proof that asks a person to look, and other placeholders all leave the entry as it is.
    """
    catalogue = read_po(text, file)
    found = []
    for entry in catalogue:
        if not _was_approved(entry) or not wanted(entry.msgctxt or "", entry.msgid):
            continue
        if proofs := _proofs(entry.previous_msgid or "", entry.msgid, locale):
            note = f"carried over {stamp_of(entry)}: {', '.join(proofs)}"
            entry.flags = [flag for flag in entry.flags if flag != "fuzzy"]
            entry.comment = stamped(entry.comment, approval(entry.msgid, entry.msgstr), note=note)
            entry.previous_msgid = entry.previous_msgctxt = None
            found.append(Carried(context=entry.msgctxt or "", source=entry.msgid, proofs=proofs))
    return written(catalogue), tuple(found)


def _was_approved(entry: polib.POEntry) -> bool:
    """Return whether a fuzzy entry still holds the translation that was approved for the clause before."""
    if not entry.fuzzy or entry.obsolete or not entry.previous_msgid or not entry.msgstr:
        return False
    if EXCEPTION.search(entry.tcomment or ""):  # it was declared for the clause before; somebody has to look
        return False
    return stamp_of(entry) == approval(entry.previous_msgid, entry.msgstr)


def _proofs(before: str, after: str, locale: str) -> tuple[str, ...]:
    if sorted(placeholders(before)) != sorted(placeholders(after)):
        return ()
    (finding,) = judge(
        [Pair(kind="reworded", old=_placed(before), new=_placed(after))], locale=locale, facts=()
    ).findings
    editorial = finding.change_class.weight <= ChangeClass.EDITORIAL.weight
    return finding.proofs if editorial and not finding.review else ()


def _placed(text: str) -> Placed:
    """Return a clause on its own: what needs the whole text to be proved is not proved here."""
    clause = Clause(kind="paragraph", text=text)
    return Placed(0, Section(anchor="", level=0, heading=Clause(kind="heading", text="")), clause)
