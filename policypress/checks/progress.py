"""How far translations are, and what the readers of the files reported; compares no texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policypress.checks.desk import Passage
from policypress.errors import Severity
from policypress.localise.workflow import extract
from policypress.source import catalogue_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policypress.checks.desk import Desk
    from policypress.errors import Problem


def missing_translation(desk: Desk) -> Iterator[Problem]:
    """Report a clause without a translation.

    The clause is printed in the next language of `fallback`, with a note; a release waits for it where its change is
    material and the locale is required. `policypress translate update` adds the entry, a translator fills it.
    """
    units = extract(desk.document, {})
    for locale in desk.settings.translations:
        file = catalogue_path(locale, "policy")
        catalogue = desk.catalogues.get(locale)
        found = {unit: catalogue.find(*unit) if catalogue else None for unit in units}
        absent = [unit for unit, entry in found.items() if entry is None]
        if absent:
            place = Passage(locale=locale, text="", file=file, line=0)
            message = f"{len(absent)} of {len(units)} clauses are not in the catalogue, first: {absent[0].text[:40]}"
            way_out = f"policypress translate update {locale}"
            yield place.problem("missing-translation", message, way_out, Severity.WARNING)
        for unit, entry in found.items():
            if entry is not None and not entry.translation:
                place = Passage(locale=locale, text="", file=file, line=entry.line)
                message = f"not translated: {unit.text[:60]}"
                yield place.problem("missing-translation", message, "Translate it", Severity.WARNING)


def fuzzy_translation(desk: Desk) -> Iterator[Problem]:
    """Report a translation that is only a guess, because its clause changed or a tool made it.

    It is never printed. Compare it with the clause (`#| msgid` shows what it was made from), correct it and take the
    mark `fuzzy` off; one inserted "not" leaves a text nearly the same.
    """
    for locale, catalogue in desk.catalogues.items():
        for entry in catalogue.entries.values():
            if entry.fuzzy and entry.translation:
                place = Passage(locale=locale, text="", file=catalogue.file, line=entry.line)
                message = f"fuzzy: {entry.source[:60]}"
                way_out = "Correct it and take the mark off"
                yield place.problem("fuzzy-translation", message, way_out, Severity.WARNING)


def unapproved_translation(desk: Desk) -> Iterator[Problem]:
    """Report a translation that nobody approved in its present wording.

    It shows in drafts and blocks a release in a required locale: a merge in git can join a new clause to an old
    translation without a conflict. Read it and run `policypress translate approve`.
    """
    for pair in desk.pairs:
        if not pair.approved:
            message = f"not approved: {pair.target.text[:60]}"
            way_out = f"Read it, then: policypress translate approve {pair.target.locale}"
            yield pair.target.problem("unapproved-translation", message, way_out, Severity.WARNING)


def _reported(desk: Desk, rule: str) -> Iterator[Problem]:
    return (problem for problem in desk.unread if problem.rule == rule)


def missing_word(desk: Desk) -> Iterator[Problem]:
    """Report a fixed word of the site or the notices that a locale lacks.

    Nothing falls back in a notice: a mail is in one language or it is not sent. Translate the entry in notice.po.
    """
    return _reported(desk, "missing-word")


def word_slots(desk: Desk) -> Iterator[Problem]:
    """Report a fixed word whose `{slots}` are not those of the English one.

    Slots are filled with dates, names and numbers; a lost one loses the fact, an invented one cannot be filled. Use
    each slot of the English word.
    """
    return _reported(desk, "word-slots")


def po_syntax(desk: Desk) -> Iterator[Problem]:
    """Report a catalogue that cannot be read, or that translates one clause twice.

    Until it is mended none of its translations count. `msgfmt -c FILE` shows the place; a merge conflict left in the
    file is the usual cause.
    """
    return _reported(desk, "po-syntax")


def toml(desk: Desk) -> Iterator[Problem]:
    """Report a settings file that is not TOML.

    Until it is mended nothing in it counts. Strings stand in double quotes, lists in square brackets, and each key
    stands once.
    """
    return _reported(desk, "toml")


def schema(desk: Desk) -> Iterator[Problem]:
    """Report a key that is unknown, missing or has a value of the wrong kind.

    A misspelt key would otherwise be ignored without a word. The keys are described in docs/guides/editor.md.
    """
    return _reported(desk, "schema")
