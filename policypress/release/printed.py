"""A release as printed, read back and held to its digests; the draft compiled from the source."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, TypeVar

from policypress.cache import NOTHING, Cache
from policypress.changes import Placed
from policypress.document import Document, Outline, parse, write
from policypress.errors import Problem, ProblemsError
from policypress.localise import (
    Catalogue,
    Filling,
    compile_locale,
    parse_catalogue,
    parse_glossary,
    read_document,
)
from policypress.localise.workflow import Unit, extract
from policypress.practices import Practices, parse_practices
from policypress.release.record import Next, Record, parse_next, parse_record
from policypress.source import GLOSSARY, NEXT, PRACTICES, catalogue_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from policypress.source import Source

#: How many texts are kept as read (some 40 kB each), and how many with their words: those of two releases in a dozen
#: languages. A build that made nothing before goes through all texts several times.
_READ, _KEPT = 1024, 32
#: The name of the draft where a release id is asked for.
DRAFT = "draft"


@lru_cache(maxsize=4096)
def digest(text: str) -> str:
    """Return `sha256:` and the hash of a text's bytes in UTF-8."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@dataclass(frozen=True, kw_only=True)
class Print:
    """The exact text of every locale of a release, and its fact sheet."""

    #: Release id, or `draft`.
    id: str
    #: Files by name: `<locale>.md` and `practices.toml`.
    files: Mapping[str, str]
    #: None for the draft.
    record: Record | None = None
    #: Where what was read of it is kept.
    cache: Cache = field(default=NOTHING, compare=False, repr=False)

    @property
    def locales(self) -> tuple[str, ...]:
        """Return the locales it has a text in; none of them is read for it."""
        return tuple(name.removesuffix(".md") for name in self.files if name.endswith(".md"))

    @cached_property
    def documents(self) -> Mapping[str, Document]:
        """Return the text of each locale."""
        return _Texts(self, _document)

    @cached_property
    def placed(self) -> Mapping[str, tuple[Placed, ...]]:
        """Return the clauses of each locale with their places."""
        return _Texts(self, _placed)

    @cached_property
    def outlines(self) -> Mapping[str, Outline]:
        """Return the title and headings of each locale's text, which is read only where that was never done."""
        return {locale: self._outline(locale) for locale in self.locales}

    def _outline(self, locale: str) -> Outline:
        def make() -> str:
            outline = self.documents[locale].outline()
            return json.dumps([outline.title, outline.sections], ensure_ascii=False)

        title, rows = json.loads(self.cache.keep("outline", [self.digests[f"{locale}.md"]], make))
        return Outline(title=title, sections=tuple((anchor, name, level) for anchor, name, level in rows))

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """Return the digest of each file."""
        return {name: digest(text) for name, text in sorted(self.files.items())}

    @cached_property
    def made_of(self) -> tuple[str, ...]:
        """Return all that anything made of it looks at, for `Cache.keep`."""
        return tuple(f"{self.id} {name} {value}" for name, value in self.digests.items())

    @cached_property
    def practices(self) -> Practices | None:
        """Return the fact sheet, None where the release has none."""
        text = self.files.get("practices.toml", "")
        return parse_practices(text, f"{self.folder}/practices.toml") if text else None

    @property
    def folder(self) -> str:
        """Return where it stands in the repository."""
        return f"policy_src/releases/{self.id}"


_T = TypeVar("_T")


class _Texts(Mapping[str, _T]):
    """Something of each text of a print, made when it is asked for: a site of many releases never holds them all."""

    def __init__(self, printed: Print, make: Callable[[str, str], _T]) -> None:
        self._make = make
        self._texts = {
            name.removesuffix(".md"): (text, f"{printed.folder}/{name}")
            for name, text in printed.files.items()
            if name.endswith(".md")
        }

    def __getitem__(self, locale: str) -> _T:
        return self._make(*self._texts[locale])

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __contains__(self, locale: object) -> bool:
        return locale in self._texts


@lru_cache(maxsize=_READ)
def _document(text: str, file: str) -> Document:
    return parse(text, file=file)


@lru_cache(maxsize=_KEPT)
def _placed(text: str, file: str) -> tuple[Placed, ...]:
    """Return a text's clauses with their places: made once, since every comparison asks for them."""
    return tuple(
        Placed(index, section, clause) for index, (section, clause) in enumerate(_document(text, file).clauses())
    )


def load(source: Source, cache: Cache = NOTHING) -> dict[str, Print]:
    """Return every printed release by id, oldest first; raise `ProblemsError` where one is not as recorded."""
    problems: list[Problem] = []
    prints = {}
    for release, files in sorted(source.releases.items()):
        folder = f"policy_src/releases/{release}"
        if "record.toml" not in files:
            help_ = "Restore the folder from git, or remove it"
            problems.append(Problem(rule="missing-file", file=f"{folder}/record.toml", message="missing", help=help_))
            continue
        record = parse_record(files["record.toml"], f"{folder}/record.toml")
        texts = {name: text for name, text in files.items() if name != "record.toml"}
        problems += _held(release, record, texts)
        prints[release] = Print(id=release, files=texts, record=record, cache=cache)
    if problems:
        raise ProblemsError(problems)
    return prints


def newest(prints: Mapping[str, Print]) -> Print | None:
    """Return the newest release that stands: a withdrawn one never applied, so nothing is held against it."""
    standing = [release for release in prints.values() if release.record and not release.record.withdrawn]
    return max(standing, key=lambda release: release.id, default=None)


def _held(release: str, record: Record, files: Mapping[str, str]) -> list[Problem]:
    """Hold the files of a release against the digests of its record."""
    folder = f"policy_src/releases/{release}"
    back = f"A print is never edited: git checkout -- {folder}"
    found = []
    if record.id != release:
        found.append(_broken(f"{folder}/record.toml", f"says it is {record.id}", back))
    for name in sorted({*record.digests, *files}):
        path = f"{folder}/{name}"
        if name not in files:
            found.append(_broken(path, "missing, though the record lists it", back))
        elif name not in record.digests:
            found.append(_broken(path, "not in the record", back))
        elif digest(files[name]) != record.digests[name]:
            found.append(_broken(path, "its digest is not the one in record.toml", back))
    return found


def _broken(path: str, message: str, help_: str) -> Problem:
    return Problem(rule="print-digest", file=path, message=message, help=help_)


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """The source read once: document, catalogues, glossary, and the record that is being prepared."""

    source: Source
    document: Document
    catalogues: Mapping[str, Catalogue]
    next: Next

    def filling(self, published: date, effective: date) -> Filling:
        """Return what placeholders print for a release of these dates."""
        return Filling(
            settings=self.source.settings,
            glossary=parse_glossary(self.source.glossary, GLOSSARY),
            release={"published": published, "effective": effective},
        )

    def compile(self, published: date, effective: date, release: str = DRAFT) -> Print:
        """Compile every locale of the source as it would be printed."""
        filling = self.filling(published, effective)
        files = {}
        for locale in self.source.settings.order:
            document = compile_locale(self.document, locale, catalogues=self.catalogues, filling=filling)
            files[f"{locale}.md"] = unicodedata.normalize("NFC", write(document))
        if self.source.practices:
            parse_practices(self.source.practices, PRACTICES)
            files["practices.toml"] = unicodedata.normalize("NFC", self.source.practices)
        return Print(id=release, files=files)


def translation_units(source: Source) -> tuple[Unit, ...]:
    """Return what translators work on: every clause, and the summaries of the release that is being prepared."""
    summaries = {summary.section: summary.text for summary in parse_next(source.next, NEXT).summaries}
    return extract(read_document(source), summaries)


def workshop(source: Source) -> Workshop:
    """Read the source's parts; raise `ProblemsError` for one that cannot be read."""
    return Workshop(
        source=source,
        document=read_document(source),
        catalogues={
            locale: parse_catalogue(text, locale, catalogue_path(locale, "policy"))
            for locale, text in source.policy_catalogues.items()
        },
        next=parse_next(source.next, NEXT),
    )
