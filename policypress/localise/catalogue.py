"""A gettext catalogue of clauses: `msgctxt` is the section's anchor, `msgid` the clause with raw placeholders."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import polib

from policypress.errors import Problem, ProblemsError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The extracted comment that `translate approve` writes.
_APPROVED = re.compile(r"^approved: ([0-9a-f]{16})$", re.MULTILINE)
#: A known false alarm that a translator declares: `except RULE: reason`, once approved `except RULE DIGEST: reason`.
EXCEPTION = re.compile(
    r"^(?P<head>except\b[ \t]*(?P<rule>[\w-]*))(?:[ \t]+(?P<digest>[0-9a-f]{16})(?=[ \t]*:))?[ \t]*:?[ \t]*(?P<reason>.*)$",
    re.MULTILINE,
)
#: Why an approval was carried over a change of the source (`translate approve --trivial`).
_CARRIED = re.compile(r"^carried over [0-9a-f]{16}: .*\n?", re.MULTILINE)
_LINE = re.compile(r"line (\d+)")
#: A line that is no comment: a keyword, a string that is closed, and no escape that gettext does not know.
_SOUND = re.compile(r'[ \t]*(?:[a-z_]+(?:\[\d+\])?)?[ \t]*"(?:[^"\\]|\\[abfnrtv"\\?0-7x])*"[ \t]*|[ \t]*(?:#.*)?')


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One clause and its translation."""

    context: str
    source: str
    translation: str
    #: A tool or an update guessed it; never printed.
    fuzzy: bool = False
    #: A person approved exactly this pair of texts.
    approved: bool = False
    #: The source it was translated from, where that has changed since.
    previous: str = ""
    #: The translator's comment.
    notes: str = ""
    #: Line of the entry in its file.
    line: int = 0

    @property
    def current(self) -> bool:
        """Return whether it may be shown: there is a translation and nobody marked it as a guess."""
        return bool(self.translation) and not self.fuzzy


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The entries of one locale by (section anchor, clause)."""

    locale: str
    file: str
    entries: Mapping[tuple[str, str], Entry]

    def find(self, context: str, source: str) -> Entry | None:
        """Return the entry of a clause."""
        return self.entries.get((context, source))


def approval(source: str, translation: str) -> str:
    """Return the digest that binds an approval to a clause and its translation."""
    return hashlib.sha256(f"{source}\x1f{translation}".encode()).hexdigest()[:16]


def read_po(text: str, file: str) -> polib.POFile:
    """Read PO text; raise `ProblemsError` with file and line where it is broken."""
    _refuse_broken_line(text, file)
    try:
        # polib looks for a second entry of a clause by reading all entries for each one
        catalogue = polib.pofile(text if text.strip() else 'msgid ""\nmsgstr ""\n', wrapwidth=0)
    except (OSError, ValueError, UnicodeError) as error:
        line = _LINE.search(str(error))
        raise ProblemsError([_broken(file, int(line[1]) if line else 0, "not a valid PO file")]) from error
    seen: set[tuple[str | None, str]] = set()
    for entry in catalogue:
        key = (entry.msgctxt, entry.msgid)
        if key in seen and not entry.obsolete:
            message = f'the entry "{entry.msgid[:40]}" stands twice'
            raise ProblemsError([_broken(file, entry.linenum or 0, message)])
        if not entry.obsolete:
            seen.add(key)
    return catalogue


def _broken(file: str, line: int, message: str) -> Problem:
    help_ = "msgfmt -c FILE shows the place"
    return Problem(rule="po-syntax", file=file, line=line, message=message, help=help_)


def _refuse_broken_line(text: str, file: str) -> None:
    """Raise `ProblemsError` for a line that polib would cut or take as it is, without a word."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not _SOUND.fullmatch(line.removesuffix("\r")):
            problem = Problem(
                rule="po-syntax",
                file=file,
                line=number,
                message=f"not a line of a PO file: {line.strip()[:40]!r}",
                help='Each string is closed on its line, a quote in it is written \\". msgfmt -c FILE shows the place',
            )
            raise ProblemsError([problem])


@lru_cache(maxsize=128)
def parse_catalogue(text: str, locale: str, file: str) -> Catalogue:
    """Read a catalogue; obsolete entries are left out."""
    entries = {}
    for found in read_po(text, file):
        if found.obsolete:
            continue
        entry = Entry(
            context=found.msgctxt or "",
            source=found.msgid,
            translation=found.msgstr,
            fuzzy=found.fuzzy,
            approved=is_approved(found),
            previous=found.previous_msgid or "",
            notes=found.tcomment or "",
            line=found.linenum or 0,
        )
        entries[entry.context, entry.source] = entry
    return Catalogue(locale=locale, file=file, entries=MappingProxyType(entries))


def is_approved(entry: polib.POEntry) -> bool:
    """Return whether the approval an entry carries is of the texts that it holds now."""
    return bool(entry.msgstr) and stamp_of(entry) == approval(entry.msgid, entry.msgstr)


def is_stamped(entry: polib.POEntry) -> bool:
    """Return whether an entry carries an approval at all, of whatever texts."""
    return bool(stamp_of(entry))


def stamp_of(entry: polib.POEntry) -> str:
    """Return the digest of the approval that an entry carries; empty where it carries none."""
    stamp = _APPROVED.search(entry.comment or "")
    return stamp[1] if stamp else ""


def bound(notes: str, digest: str) -> str:
    """Return a translator's comment with its exceptions bound to a pair of texts; those bound already stay as they are."""
    return EXCEPTION.sub(lambda one: f"{one['head']} {digest}: {one['reason']}" if _binds(one) else one[0], notes or "")


def _binds(found: re.Match[str]) -> bool:
    return bool(found["rule"] and found["reason"]) and not found["digest"]


def stamped(comment: str, digest: str | None, *, note: str = "") -> str:
    """Return an extracted comment with its approval set, or taken away where `digest` is None.

    What was carried over before is forgotten with the approval that it explained; `note` stands in its place.
    """
    rest = _CARRIED.sub("", _APPROVED.sub("", comment or "")).strip()
    return "\n".join(part for part in (rest, note, f"approved: {digest}" if digest else "") if part)
