"""Everything the checks read, prepared once from a `Source`; finds nothing itself but what cannot be read at all."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from policypress.checks.places import key_line
from policypress.document import PLACEHOLDER, visible
from policypress.errors import Problem, ProblemsError, Severity, UsageError
from policypress.localise import (
    Filling,
    Glossary,
    compile_locale,
    direction,
    format_date,
    load_words,
    parse_catalogue,
    parse_glossary,
    read_document,
)
from policypress.localise.workflow import SUMMARY, extract
from policypress.practices import parse_practices
from policypress.settings import PATH as SETTINGS
from policypress.source import GLOSSARY, NEXT, PRACTICES, catalogue_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from policypress.document import Clause, Document
    from policypress.localise import Catalogue, Entry, Words
    from policypress.practices import Practices
    from policypress.settings import Settings
    from policypress.source import Source

ResultT = TypeVar("ResultT")

#: Stands for a placeholder in text that is compared or searched.
ATOM = "\N{OBJECT REPLACEMENT CHARACTER}"
#: Any day will do: the checks ask whether a date can be printed, not what it prints.
_DAY = date(2000, 1, 31)
_TERM = re.compile(r"""term\(\s*["']([^"']+)["']\s*\)""")
_ADDRESS = re.compile(r"<[^<>\s]+>|https?://[^\s<>()«»“”]+|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


@lru_cache(maxsize=65536)
def prose(text: str) -> str:
    """Return a clause's words: no mark-up, no addresses, `ATOM` for each placeholder."""
    return _ADDRESS.sub(" ", visible(PLACEHOLDER.sub(ATOM, text)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of text in one language, and where it stands."""

    locale: str
    #: Inline Markdown with raw placeholders.
    text: str
    file: str
    #: 1-based; 0 where it is not known.
    line: int

    def problem(self, rule: str, message: str, help_: str, severity: Severity = Severity.ERROR) -> Problem:
        """Return a problem that stands here."""
        return Problem(
            rule=rule,
            message=message,
            severity=severity,
            file=self.file,
            line=self.line,
            locale=self.locale,
            help=help_,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A clause of the source and its current translation."""

    source: str
    #: The translation, at its entry.
    target: Passage
    #: Anchor of the section.
    anchor: str
    approved: bool
    #: The translator's comment.
    notes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A policy repository, read as far as it can be read."""

    source: Source
    document: Document
    catalogues: Mapping[str, Catalogue]
    glossary: Glossary
    #: None where there is no fact sheet, or none that can be read.
    practices: Practices | None
    #: The source's clauses with text, headings included.
    clauses: tuple[Passage, ...]
    #: Every translation that would be printed.
    pairs: tuple[Pair, ...]
    #: Facts, glossary words and the fixed words of the notices.
    words: tuple[Passage, ...]
    #: What the readers of the files reported.
    unread: tuple[Problem, ...]
    #: Placeholders that a locale cannot fill.
    unfilled: tuple[Problem, ...]

    @property
    def settings(self) -> Settings:
        """Return the settings of the policy."""
        return self.source.settings

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Return every text that a reader may see, in every language."""
        return (*self.clauses, *(pair.target for pair in self.pairs), *self.words)

    @property
    def raw(self) -> tuple[Passage, ...]:
        """Return the same, the editors' files line by line as they were saved."""
        return (*_lines(self.source), *(pair.target for pair in self.pairs), *self.words)

    def texts(self) -> dict[str, list[Passage]]:
        """Return the clauses by locale, the source first."""
        by_locale: dict[str, list[Passage]] = {locale: [] for locale in self.settings.order}
        for place in (*self.clauses, *(pair.target for pair in self.pairs)):
            by_locale[place.locale].append(place)
        return by_locale

    def filled(self, text: str) -> str:
        """Return a clause of the source as a reader sees it, as far as facts and terms go."""
        return visible(self.filled_markup(text))

    def filled_markup(self, text: str) -> str:
        """Return the same with its Markdown; `ATOM` for what is not known before printing."""
        locale = self.settings.source_locale
        facts = self.settings.facts_in(locale)

        def value(found: re.Match[str]) -> str:
            kind, _, name = found[1].partition(".")
            if kind == "facts":
                return facts.get(name, ATOM)
            term = _TERM.fullmatch(found[1])
            return (self.glossary.word(term[1], locale) if term else None) or ATOM

        return PLACEHOLDER.sub(value, text)


def prepare(source: Source) -> Desk:
    """Read everything; what cannot be read is reported and stands empty."""
    problems: list[Problem] = []
    document = read_document(source)
    catalogues = _catalogues(source, problems)
    glossary = _read(problems, lambda: parse_glossary(source.glossary, GLOSSARY), Glossary())
    practices = _read(
        problems, lambda: parse_practices(source.practices, PRACTICES) if source.practices else None, None
    )
    notices = _notices(source, problems)
    return Desk(
        source=source,
        document=document,
        catalogues=catalogues,
        glossary=glossary,
        practices=practices,
        clauses=tuple(passage(clause, source) for _, clause in document.clauses() if clause.text),
        pairs=tuple(_pairs(document, catalogues)),
        words=(*_facts(source), *_terms(source, glossary), *notices),
        unread=tuple(dict.fromkeys(problems)),
        unfilled=tuple(_unfilled(source, document, catalogues, glossary)),
    )


def passage(clause: Clause, source: Source) -> Passage:
    """Return a clause of the source with its place."""
    return Passage(locale=source.settings.source_locale, text=clause.text, file=clause.file, line=clause.line)


def printable(locale: str, settings: Settings) -> str:
    """Return why CLDR cannot write a locale's dates, nothing where it can."""
    try:
        direction(locale)
        format_date(_DAY, locale, settings.locales[locale].date)
    except (UsageError, ValueError, AttributeError, KeyError, TypeError) as error:
        return str(error)
    return ""


def _read(problems: list[Problem], read: Callable[[], ResultT], instead: ResultT) -> ResultT:
    try:
        return read()
    except ProblemsError as error:
        problems += error.problems
        return instead


def _catalogues(source: Source, problems: list[Problem]) -> dict[str, Catalogue]:
    found = {}
    for locale, text in source.policy_catalogues.items():
        file = catalogue_path(locale, "policy")
        empty = parse_catalogue("", locale, file)
        found[locale] = _read(problems, lambda t=text, x=locale, f=file: parse_catalogue(t, x, f), empty)  # type: ignore[misc]
    return found


def _pairs(document: Document, catalogues: Mapping[str, Catalogue]) -> Iterator[Pair]:
    alive = set(extract(document, {}))
    for locale, catalogue in catalogues.items():
        for key, entry in catalogue.entries.items():
            if entry.current and (key in alive or entry.context.startswith(SUMMARY)):
                yield _pair(entry, locale, catalogue.file)


def _pair(entry: Entry, locale: str, file: str) -> Pair:
    target = Passage(locale=locale, text=entry.translation, file=file, line=entry.line)
    return Pair(source=entry.source, target=target, anchor=entry.context, approved=entry.approved, notes=entry.notes)


def _facts(source: Source) -> Iterator[Passage]:
    settings, text = source.settings, source.settings_text
    rooms = {settings.source_locale: ("facts", settings.facts)}
    rooms |= {tag: (f"locales.{tag}.facts", found.facts) for tag, found in settings.locales.items() if found.facts}
    for locale, (table, facts) in rooms.items():
        for name, value in facts.items():
            yield Passage(locale=locale, text=value, file=SETTINGS, line=key_line(text, table, name))


def _terms(source: Source, glossary: Glossary) -> Iterator[Passage]:
    for name, term in glossary.terms.items():
        for locale, word in term.words.items():
            if locale in source.settings.locales:
                line = key_line(source.glossary, f"terms.{name}", locale)
                yield Passage(locale=locale, text=word, file=GLOSSARY, line=line)


def _notices(source: Source, problems: list[Problem]) -> tuple[Passage, ...]:
    """Return the fixed words of each locale; report those that are missing or have other slots."""
    none: dict[str, Words] = {}
    words = _read(problems, lambda: load_words(source), none)
    found = []
    for locale, text in source.notice_catalogues.items():
        file = catalogue_path(locale, "notice")
        try:
            entries = parse_catalogue(text, locale, file).entries.values()
        except ProblemsError:
            continue  # load_words has reported it
        spoken = words[locale].words if locale in words else {}
        for entry in entries:
            said = spoken.get(entry.context) or entry.translation
            if said and not entry.fuzzy:
                found.append(Passage(locale=locale, text=said, file=file, line=entry.line))
    return tuple(found)


def _lines(source: Source) -> Iterator[Passage]:
    locale = source.settings.source_locale
    plain = {**source.texts, SETTINGS: source.settings_text, PRACTICES: source.practices, NEXT: source.next}
    for file, text in plain.items():
        for number, line in enumerate(text.split("\n"), start=1):
            yield Passage(locale=locale, text=line, file=file, line=number)


def _unfilled(
    source: Source, document: Document, catalogues: Mapping[str, Catalogue], glossary: Glossary
) -> Iterator[Problem]:
    """Yield each placeholder that cannot be filled, once: in the first locale that cannot."""
    settings = source.settings
    filling = Filling(settings=settings, glossary=glossary, release={"published": _DAY, "effective": _DAY})
    seen: set[Problem] = set()
    for locale in settings.order:
        if printable(locale, settings):
            continue
        try:
            compile_locale(document, locale, catalogues=catalogues, filling=filling)
        except ProblemsError as error:
            for problem in error.problems:
                bare = replace(problem, locale="", message="")
                if bare not in seen or locale == settings.source_locale:
                    yield problem
                seen.add(bare)
