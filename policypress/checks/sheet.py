"""The fact sheet `practices.toml` on its own: terms, ids and anchors; does not read what the clauses say."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from policypress.checks.desk import Passage
from policypress.checks.languages import vocabulary
from policypress.checks.places import key_line, value_lines
from policypress.source import PRACTICES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policypress.checks.desk import Desk
    from policypress.errors import Problem
    from policypress.practices import Practices

#: In which table of the vocabulary the own terms of a kind hang; recipients have none.
_ROOMS = {"data": "data", "purpose": "purposes", "right": "rights", "legal_basis": "legal_basis"}
_SHORT_NAME = re.compile(r"[A-Z]\w+")


def at(desk: Desk, table: str, key: str = "", index: int = 0) -> Passage:
    """Return the place of a key in the fact sheet."""
    line = key_line(desk.source.practices, table, key, index)
    return Passage(locale="", text="", file=PRACTICES, line=line)


def unknown_dpv_term(desk: Desk) -> Iterator[Problem]:
    """Report a term of the fact sheet that is neither a W3C DPV concept nor an own term.

    Changes of the fact sheet are judged by its terms, and other tools read them; a misspelt one is a new kind of
    data to a machine. Use the short name of a concept (https://w3id.org/dpv), or declare the term under
    [[own_terms]] with the broader concept that it hangs under.
    """
    sheet = desk.practices
    if sheet is None:
        return
    for place, kind, term in (*_used(desk, sheet), *_broader(desk, sheet), *_safeguards(desk, sheet)):
        known = _known(sheet, kind)
        if term not in known:
            near = get_close_matches(term, known, n=1)
            way_out = f"Perhaps {near[0]}" if near else "Use a DPV concept, or declare it under [[own_terms]]"
            yield place.problem("unknown-dpv-term", f"{term!r} is no term for {kind}", way_out)


def _known(sheet: Practices, kind: str) -> set[str]:
    own = {term.id for term in sheet.own_terms if _ROOMS.get(term.kind) == kind}
    concepts = vocabulary().get(kind.removeprefix("broader "), {})
    # ids in the sheet are in small letters, so that A15 is named a15 there
    return {*concepts, *own, *(name.lower() for name in concepts if kind == "rights")}


def _used(desk: Desk, sheet: Practices) -> Iterator[tuple[Passage, str, str]]:
    for index, practice in enumerate(sheet.practices):
        for kind in ("data", "purposes", "legal_basis"):
            for term in getattr(practice, kind):
                yield at(desk, "practices", kind, index), kind, term
    for index, right in enumerate(sheet.rights):
        yield at(desk, "rights", "id", index), "rights", right.id


def _broader(desk: Desk, sheet: Practices) -> Iterator[tuple[Passage, str, str]]:
    for index, term in enumerate(sheet.own_terms):
        if room := _ROOMS.get(term.kind):
            yield at(desk, "own_terms", "broader", index), f"broader {room}", term.broader


def _safeguards(desk: Desk, sheet: Practices) -> Iterator[tuple[Passage, str, str]]:
    """A safeguard is a concept, or free text; only what looks like a concept is looked up."""
    for index, transfer in enumerate(sheet.transfers):
        if _SHORT_NAME.fullmatch(transfer.safeguard):
            yield at(desk, "transfers", "safeguard", index), "safeguards", transfer.safeguard


def practices_section(desk: Desk) -> Iterator[Problem]:
    """Report a section that the fact sheet names and the text lacks.

    Each entry of practices.toml says in which section the policy speaks of it; a change of the entry is reported
    there. Correct the anchor, or write the section.
    """
    if desk.practices is None:
        return
    known = {section.anchor for section in desk.document.sections if section.level}
    for anchor in desk.practices.sections():
        if anchor not in known:
            for line in value_lines(desk.source.practices, "section", anchor) or [0]:
                place = Passage(locale="", text="", file=PRACTICES, line=line)
                message = f"no heading has the anchor {anchor!r}"
                yield place.problem("practices-section", message, "Correct the anchor, or write the section")


def practices_recipient(desk: Desk) -> Iterator[Problem]:
    """Report a practice that passes data on to a recipient which is not described.

    Who receives data, and as what, decides whether a change asks for consent. Describe the recipient under
    [[recipients]], or correct its id.
    """
    if desk.practices is None:
        return
    known = {recipient.id for recipient in desk.practices.recipients}
    for index, practice in enumerate(desk.practices.practices):
        for one in practice.recipients:
            if one not in known:
                place = at(desk, "practices", "recipients", index)
                message = f"{practice.id}: no recipient {one!r}"
                yield place.problem("practices-recipient", message, "Describe it under [[recipients]]")


def practices_retention(desk: Desk) -> Iterator[Problem]:
    """Report a practice that is kept by a retention rule which does not exist.

    How long data are kept is said by that rule alone. Describe it under [[retention]] with a period or a criterion,
    or correct its id.
    """
    if desk.practices is None:
        return
    known = {rule.id for rule in desk.practices.retention}
    for index, practice in enumerate(desk.practices.practices):
        if practice.retention is not None and practice.retention not in known:
            place = at(desk, "practices", "retention", index)
            message = f"{practice.id}: no retention rule {practice.retention!r}"
            yield place.problem("practices-retention", message, "Describe it under [[retention]]")
