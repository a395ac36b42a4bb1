"""The translators' workflow on PO files: extract, update, approve, import and export."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import polib

from policypress.changes import align
from policypress.document import Clause, Document, Section, parse, write
from policypress.errors import Problem, ProblemsError
from policypress.localise.catalogue import approval, bound, is_approved, read_po, stamped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

#: The context of a release summary is this and the anchor of its section.
SUMMARY = "summary:"
#: What an export shows where there is no current translation; an import takes nothing from it.
OPEN = "…"


class Unit(NamedTuple):
    """Something to translate."""

    #: Anchor of the section, or `summary:` and an anchor.
    context: str
    text: str


def extract(document: Document, summaries: Mapping[str, str]) -> tuple[Unit, ...]:
    """Return what a translator works on, in reading order, each once."""
    units = [
        Unit(section.anchor, clause.text)
        for section, clause in document.clauses()
        if clause.text and clause.kind not in ("code", "rule", "html")
    ]
    units += [Unit(f"{SUMMARY}{anchor}", text) for anchor, text in summaries.items()]
    return tuple(dict.fromkeys(units))


def template(units: Iterable[Unit]) -> str:
    """Return the POT of the units: no line numbers, stable order, so that only real changes show in git."""
    return written(_catalogue("", (_entry(unit) for unit in units)))


def update(text: str, locale: str, units: tuple[Unit, ...], file: str) -> str:
    """Return a catalogue brought to the present source; nothing a translator wrote is lost.

    A clause that stayed keeps its translation. A changed one keeps its old translation as fuzzy, with the source it
    was made from as the previous msgid. One that is gone is kept as obsolete.
    """
    catalogue = read_po(text, file)
    old = {(entry.msgctxt or "", entry.msgid): entry for entry in catalogue if not entry.obsolete}
    shelf = {(entry.msgctxt or "", entry.msgid): entry for entry in catalogue if entry.obsolete}
    gone = [Unit(*key) for key in old if Unit(*key) not in set(units)]
    guesses = _guesses(gone, [unit for unit in units if unit not in old and unit not in shelf])
    # a clause that comes back finds its translation on the shelf, and leaves the shelf
    entries = [_carried(unit, {**shelf, **old}, guesses) for unit in units]
    used = set(guesses.values())
    kept = [_obsolete(old[unit]) for unit in gone if unit not in used and old[unit].msgstr]
    kept += [entry for key, entry in shelf.items() if Unit(*key) not in set(units) and key not in old]
    return written(_catalogue(locale, [*entries, *kept]))


def _guesses(gone: list[Unit], new: list[Unit]) -> dict[Unit, Unit]:
    """Return which vanished unit each new one was most probably made from, by the aligner of releases."""
    pairs = align(_as_document(gone), _as_document(new))
    return {
        Unit(pair.new.section.anchor, pair.new.clause.text): Unit(pair.old.section.anchor, pair.old.clause.text)
        for pair in pairs
        if pair.old and pair.new and pair.old.clause.text and pair.new.clause.text
    }


def _as_document(units: Iterable[Unit]) -> Document:
    groups: dict[str, list[Clause]] = {}
    for unit in units:
        groups.setdefault(unit.context, []).append(Clause(kind="paragraph", text=unit.text))
    empty = Clause(kind="heading", text="")
    return Document(
        sections=tuple(
            Section(anchor=anchor, level=0, heading=empty, clauses=tuple(clauses)) for anchor, clauses in groups.items()
        )
    )


def _carried(unit: Unit, old: Mapping[tuple[str, str], polib.POEntry], guesses: Mapping[Unit, Unit]) -> polib.POEntry:
    if same := old.get(unit):
        return _entry(unit, same.msgstr, comment=same.comment, notes=same.tcomment, flags=same.flags, before=same)
    if (origin := guesses.get(unit)) and old[origin].msgstr:
        return _guess(unit, origin, old[origin])
    return _entry(unit)


def _guess(unit: Unit, origin: Unit, before: polib.POEntry) -> polib.POEntry:
    """Return an old translation under a changed clause, with the clause that it was made from and its approval.

    The approval is of the old pair and counts for nothing here; it says what `approve --trivial` may carry over. A
    guess that was a guess already was made from the clause before that.
    """
    entry = _entry(unit, before.msgstr, comment=before.comment, notes=before.tcomment, flags=["fuzzy"])
    again = before.fuzzy and before.previous_msgid
    context = (before.previous_msgctxt or origin.context) if again else origin.context
    entry.previous_msgctxt = context if context != unit.context else None
    entry.previous_msgid = before.previous_msgid if again else origin.text
    return entry


def _entry(
    unit: Unit,
    translation: str = "",
    *,
    comment: str = "",
    notes: str = "",
    flags: Iterable[str] = (),
    before: polib.POEntry | None = None,
) -> polib.POEntry:
    entry = polib.POEntry(msgctxt=unit.context, msgid=unit.text, msgstr=translation, comment=comment, tcomment=notes)
    entry.flags = list(flags)
    if before is not None:
        entry.previous_msgctxt, entry.previous_msgid = before.previous_msgctxt, before.previous_msgid
    return entry


def _obsolete(entry: polib.POEntry) -> polib.POEntry:
    entry.obsolete = True
    return entry


def _catalogue(locale: str, entries: Iterable[polib.POEntry]) -> polib.POFile:
    catalogue = polib.POFile(wrapwidth=0)
    catalogue.metadata = {
        "Project-Id-Version": "policypress",
        "Language": locale.replace("-", "_"),
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
    }
    catalogue.extend(entries)
    return catalogue


def written(catalogue: polib.POFile) -> str:
    """Return a catalogue as text."""
    return f"{str(catalogue).rstrip()}\n"


def approve(text: str, file: str, wanted: Callable[[str, str], bool]) -> tuple[str, int]:
    """Stamp every current translation that is wanted; return the catalogue and how many were stamped anew.

    Exceptions declared beside them are bound to the pair of texts, and die with an edit of either.
    """
    catalogue = read_po(text, file)
    count = 0
    for entry in catalogue:
        ready = entry.msgstr and not entry.fuzzy and not entry.obsolete
        if not ready or not wanted(entry.msgctxt or "", entry.msgid):
            continue
        digest = approval(entry.msgid, entry.msgstr)
        entry.tcomment = bound(entry.tcomment, digest)
        if not is_approved(entry):
            entry.comment = stamped(entry.comment, digest)
            count += 1
    return written(catalogue), count


def export(document: Document, text: str, file: str) -> str:
    """Return the translation as Markdown of the source's shape, for a reader; what is missing is `OPEN`."""
    found = {(entry.msgctxt or "", entry.msgid): entry for entry in read_po(text, file) if not entry.obsolete}

    def translated(section: Section, clause: Clause) -> Clause:
        entry = found.get((section.anchor, clause.text))
        return replace(clause, text=entry.msgstr if entry and entry.msgstr and not entry.fuzzy else OPEN)

    return write(
        Document(
            sections=tuple(
                replace(
                    section,
                    heading=translated(section, section.heading) if section.heading.text else section.heading,
                    clauses=tuple(translated(section, clause) for clause in section.clauses),
                )
                for section in document.sections
            )
        )
    )


def bring_in(document: Document, translation: str, text: str, file: str, origin: str) -> tuple[str, int]:
    """Put a translation written as Markdown of the source's shape into a catalogue; return it and the changed count.

    Clause n of a section translates clause n. Raises `ProblemsError` where the shapes differ, and then takes nothing.
    """
    pairs = tuple(_paired(document, parse(translation, file=origin), origin))
    catalogue = read_po(text, file)
    found = {(entry.msgctxt or "", entry.msgid): entry for entry in catalogue if not entry.obsolete}
    count = 0
    for unit, words in pairs:
        entry = found.get(unit)
        if entry is not None and words != OPEN and (entry.msgstr != words or entry.fuzzy):
            entry.msgstr, entry.flags = words, [flag for flag in entry.flags if flag != "fuzzy"]
            entry.previous_msgid = entry.previous_msgctxt = None
            entry.comment = stamped(entry.comment, None)
            count += 1
    return written(catalogue), count


def _paired(document: Document, translated: Document, origin: str) -> Iterator[tuple[Unit, str]]:
    problems: list[Problem] = []
    for section in translated.sections:
        original = document.section(section.anchor)
        if original is None:
            problems.append(_misshapen(section, origin, f"the source has no section {section.anchor!r}"))
        elif [clause.kind for clause in original.clauses] != [clause.kind for clause in section.clauses]:
            counts = f"{len(section.clauses)} clauses, the source {len(original.clauses)}"
            problems.append(_misshapen(section, origin, f"section {section.anchor!r} has {counts}, or of other kinds"))
        else:
            both = zip((original.heading, *original.clauses), (section.heading, *section.clauses), strict=True)
            yield from ((Unit(section.anchor, one.text), two.text) for one, two in both if one.text)
    if problems:
        raise ProblemsError(problems)


def _misshapen(section: Section, origin: str, message: str) -> Problem:
    return Problem(
        rule="translation-shape",
        file=origin,
        line=section.heading.line,
        message=message,
        help="A translation has the same blocks under the same anchors as the source",
    )
