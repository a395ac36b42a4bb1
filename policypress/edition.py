"""A release in every locale, held against the one before, rendered: makes the Bundle."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from pydantic import Field

from policypress.bundle import Bundle, Change, LocalChange, LocaleText, Model, Summary, Tag, Urls
from policypress.cache import NOTHING, Cache
from policypress.document import plain
from policypress.errors import Problem, ProblemsError
from policypress.localise import direction, format_date, language_name, load_words
from policypress.redline import marked, redline
from policypress.release import Record, Step, load, step
from policypress.render import Marks, redlined, text
from policypress.settings import PATH as SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping
    from datetime import date

    from policypress.changes import Pair
    from policypress.document import Document, Outline
    from policypress.localise import Words
    from policypress.materiality import Finding
    from policypress.release import Print
    from policypress.settings import Settings
    from policypress.source import Source


class Section(NamedTuple):
    """A section with changes, as one locale's page of changes names it."""

    anchor: str
    heading: str
    changes: int


@dataclass(frozen=True, kw_only=True)
class Edition:
    """One printed release, ready for pages and for the post."""

    printed: Print
    record: Record
    #: None for the first release.
    step: Step | None
    #: The bundle but for the changes, which are too many words to be held of every release.
    brief: Bundle
    #: By locale, the sections with changes in it.
    sections: Mapping[str, tuple[Section, ...]]
    #: Reads the changes.
    tell: Callable[[], Told] = field(compare=False, repr=False)

    @property
    def bundle(self) -> Bundle:
        """Return the bundle; read anew each time."""
        told, brief = self.tell(), self.brief
        locales = {
            tag: text.model_copy(update={"changes": told.locales.get(tag, ())}) for tag, text in brief.locales.items()
        }
        return brief.model_copy(update={"changes": told.changes, "locales": locales})

    def count(self, locale: str) -> int:
        """Return how many changes a locale has."""
        return sum(section.changes for section in self.sections.get(locale, ()))

    @property
    def locales(self) -> Container[str]:
        """Return the locales that have a text in this release; reads none of them."""
        return self.printed.documents

    def outline(self, locale: str) -> Outline:
        """Return the title and the headings of the text in a locale; raise `KeyError` where there is none."""
        return self.printed.outlines[locale]

    @property
    def made_of(self) -> tuple[str, ...]:
        """Return all that anything made of its text and of what changed in it looks at, for `Cache.keep`."""
        return self.step.made_of if self.step else self.printed.made_of

    def document(self, locale: str) -> Document | None:
        """Return the printed text of a locale, None where this release had none."""
        return self.printed.documents.get(locale)

    def compared(self, locale: str) -> bool:
        """Return whether a locale has a page of changes: its text stands in this release and in the one before."""
        return self.step is not None and self.step.in_both(locale)


@dataclass(frozen=True, kw_only=True)
class Editions:
    """All printed releases of a policy, oldest first, with what pages need beside them."""

    settings: Settings
    words: Mapping[str, Words]
    editions: tuple[Edition, ...]
    #: Where what was made of releases is kept.
    cache: Cache = field(default=NOTHING, compare=False, repr=False)

    @cached_property
    def records(self) -> tuple[Record, ...]:
        """Return every release's record."""
        return tuple(edition.record for edition in self.editions)

    def get(self, release: str) -> Edition:
        """Return a release by id; raise `KeyError`."""
        return self._by_id[release]

    @cached_property
    def _by_id(self) -> dict[str, Edition]:
        return {edition.record.id: edition for edition in self.editions}


def as_known(editions: Editions, day: date) -> Editions:
    """Return the releases with the amendments and withdrawals that had been entered by a day."""
    shown = []
    for edition in editions.editions:
        moved = tuple(entry for entry in edition.record.moved if entry.on <= day)
        shown.append(replace(edition, record=edition.record.model_copy(update={"moved": moved})))
    return replace(editions, editions=tuple(shown))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What every edition is made of."""

    settings: Settings
    words: Mapping[str, Words]
    #: By release, the oldest first.
    prints: Mapping[str, Print]
    cache: Cache = NOTHING

    def edition(self, release: Print) -> Edition | None:
        """Return a release held against the one before, with its bundle; None for what has no record."""
        if release.record is None:
            return None
        change = self.step(release)
        edition = make_edition(self.settings, self.words, release, release.record, change)
        if change:
            change.let_go()
        return edition

    def step(self, release: Print) -> Step | None:
        """Return what came to a release with the one before, None where there is none."""
        record = release.record
        before = self.prints.get(record.previous or "") if record else None
        if record is None or before is None:
            return None
        source = self.settings.source_locale
        return step(before, release, source_locale=source, decisions=record.decisions, renames=record.renames)


def take_stock(source: Source, cache: Cache = NOTHING) -> Stock:
    """Read every print and the words of every language; raise `ProblemsError` where one is not as it was."""
    found = Stock(settings=source.settings, words=load_words(source), prints=load(source, cache), cache=cache)
    if lost := list(_dropped(source.settings, found.prints.values())):
        raise ProblemsError(lost)
    return found


def make_editions(source: Source, cache: Cache = NOTHING) -> Editions:
    """Read every print, hold each against the one before, and make its bundle."""
    return editions_of(take_stock(source, cache))


def editions_of(stock: Stock) -> Editions:
    """Return every release as an edition."""
    made = (stock.edition(release) for release in stock.prints.values())
    return Editions(settings=stock.settings, words=stock.words, editions=tuple(filter(None, made)), cache=stock.cache)


def _dropped(settings: Settings, prints: Iterable[Print]) -> Iterator[Problem]:
    """Yield a problem for each language that was published and is set up no more: its pages would go away."""
    published: dict[str, list[str]] = {}
    for release in prints:
        for locale in release.locales:
            if locale not in settings.locales:
                published.setdefault(locale, []).append(release.id)
    for locale, releases in published.items():
        yield Problem(
            rule="dropped-locale",
            file=SETTINGS,
            locale=locale,
            message=f"no [locales.{locale}], though these releases were published in it: {', '.join(releases)}",
            help="Put the table back, with `retired = true`: no release is made in it, and what was published stays",
        )


def make_edition(
    settings: Settings, words: Mapping[str, Words], release: Print, record: Record, change: Step | None
) -> Edition:
    """Return a release with all that a notice of it says, in every locale of its print."""
    said = {locale: one for locale, one in words.items() if locale in release.locales}
    tell = _teller(said, release, change)
    parts = _parts(said, change)
    kept = json.loads(release.cache.keep("sections", parts, lambda: json.dumps(_sections(tell())))) if change else {}
    return Edition(
        printed=release,
        record=record,
        step=change,
        brief=_brief(settings, words, release, record, change),
        sections={locale: tuple(Section(*row) for row in rows) for locale, rows in kept.items()},
        tell=tell,
    )


def _brief(
    settings: Settings, words: Mapping[str, Words], release: Print, record: Record, change: Step | None
) -> Bundle:
    """Return the bundle without its changes."""
    return Bundle(
        document=record.document,
        release=record.id,
        company=settings.company,
        site_url=settings.site_url,
        published=record.published,
        effective=record.takes_effect,
        timezone=record.timezone,
        release_class=record.release_class,
        demonstration=settings.demonstration or record.demonstration,
        historic=record.historic,
        previous=record.previous,
        source_locale=settings.source_locale,
        prevailing_locale=settings.prevailing_locale,
        countries=settings.countries,
        lead_time=record.lead_time,
        moved=record.moved,
        schedule=record.applies,
        correction=record.correction,
        locales={
            locale: _locale_text(settings, words[locale], release, record, change)
            for locale in release.locales
            if locale in words
        },
    )


class Told(Model):
    """What a release changed, as the bundle says it."""

    changes: tuple[Change, ...] = ()
    locales: dict[Tag, tuple[LocalChange, ...]] = Field(default_factory=dict)


def _teller(words: Mapping[str, Words], release: Print, change: Step | None) -> Callable[[], Told]:
    """Return what reads the changes of a release; where nothing is kept, they are made now and held."""
    if change is None or not release.cache.keeps:
        told = _told(words, change)
        return lambda: told

    def read() -> Told:
        kept = release.cache.keep(
            "told", _parts(words, change), lambda: _told(words, change).model_dump_json(by_alias=True)
        )
        return Told.model_validate_json(kept)

    return read


def _parts(words: Mapping[str, Words], change: Step | None) -> tuple[str, ...]:
    return (*change.made_of, repr({locale: marks_of(said) for locale, said in words.items()})) if change else ()


def _told(words: Mapping[str, Words], change: Step | None) -> Told:
    """Return what a release changed, in each locale of its print."""
    if change is None:
        return Told()
    return Told(
        changes=tuple(_change(finding) for finding in change.verdict.findings),
        locales={locale: tuple(_local_changes(change, locale, marks_of(said))) for locale, said in words.items()},
    )


def _sections(told: Told) -> dict[str, list[Section]]:
    return {
        locale: [Section(name, rows[0][1].heading, len(rows)) for name, rows in by_section(told.changes, changes)]
        for locale, changes in told.locales.items()
    }


def by_section(
    changes: Iterable[Change], local: Iterable[LocalChange]
) -> Iterator[tuple[str, list[tuple[Change, LocalChange]]]]:
    """Yield the sections with a locale's changes in them, the material ones first."""
    known = {change.id: change for change in changes}
    found: dict[str, list[tuple[Change, LocalChange]]] = {}
    for one in local:
        found.setdefault(known[one.id].section, []).append((known[one.id], one))
    weight = {name: max(change.change_class.weight for change, _ in rows) for name, rows in found.items()}
    yield from sorted(found.items(), key=lambda item: -weight[item[0]])


_Kind = Literal["added", "removed", "reworded", "moved", "duplicate", "fact"]


def _change(finding: Finding) -> Change:
    return Change(
        id=finding.fingerprint,
        section=finding.section,
        kind=cast("_Kind", finding.kind),
        change_class=finding.change_class,
        categories=finding.categories,
        consent=finding.consent,
        reasons=finding.reasons,
        only=finding.only,
    )


def _locale_text(settings: Settings, words: Words, release: Print, record: Record, change: Step | None) -> LocaleText:
    locale = words.locale
    outline = release.outlines[locale]
    setup = settings.locales.get(locale)
    return LocaleText(
        tag=locale,
        name=language_name(locale),
        dir="rtl" if direction(locale) == "rtl" else "ltr",
        fallback=settings.fallbacks(locale) if locale != settings.source_locale else (),
        title=outline.title,
        published=written(record.published, locale, settings),
        effective=written(record.takes_effect, locale, settings),
        digest=record.digests[f"{locale}.md"],
        urls=addresses(settings.site_url, locale, record.id, compared=bool(change and locale in change.old.documents)),
        summaries=tuple(_summaries(settings, outline, record, words)) if setup else (),
        words=dict(words.words),
    )


def written(day: date, locale: str, settings: Settings) -> str:
    """Return a day as the readers of a locale write it."""
    return format_date(day, locale, settings.locales[locale].date)


def addresses(site: str, locale: str, release: str, *, compared: bool = True) -> Urls:
    """Return where a locale's pages of a release stand; without a text to compare with, changes are read in the text."""
    base = f"{site}{locale}/"
    changes = f"{base}changes/{release}/" if compared else f"{base}archive/{release}/"
    return Urls(
        policy=base,
        release=f"{base}archive/{release}/",
        changes=changes,
        comparison=f"{changes}#comparison" if compared else changes,
        archive=f"{base}archive/",
        feed=f"{base}feed.xml",
    )


def _summaries(settings: Settings, outline: Outline, record: Record, words: Words) -> list[Summary]:
    found, locale = [], words.locale
    for summary in record.summaries:
        if locale in summary.text:
            title = outline.heading(summary.section) or summary.section
            found.append(
                Summary(
                    section=summary.section,
                    heading=title,
                    text=summary.text[locale],
                    starts=summary.starts,
                    dates=tuple(
                        words.say(f"effective-{row.accounts}", date=written(row.effective, locale, settings))
                        for row in record.applies
                        if row.section == summary.section
                    ),
                )
            )
    return found


def marks_of(words: Words) -> Marks:
    """Return the words that screen readers say around marks."""
    return Marks(added=words.say("sr-added"), removed=words.say("sr-removed"), end=words.say("sr-change-end"))


def local_pair(change: Step, finding: Finding, locale: str) -> Pair | None:
    """Return a finding's clause in a locale's two texts, None where that locale was not touched."""
    if finding.pair is None or (finding.only and finding.only != locale) or _told_apart(change, finding, locale):
        return None
    both = (change.old.documents, change.new.documents)
    if any(locale not in documents for documents in both):
        return None
    pair = finding.pair if finding.only else change.local(finding.pair, locale)
    # a slip in the source that this translation never had
    return None if finding.kind == "reworded" and pair.old_text == pair.new_text else pair


def _told_apart(change: Step, finding: Finding, locale: str) -> bool:
    """Return whether this locale's own change of the same clause is judged by itself."""
    place = finding.pair.new.index if finding.pair and finding.pair.new else None
    return finding.only is None and any(
        other.only == locale and other.pair and other.pair.new and other.pair.new.index == place
        for other in change.verdict.findings
    )


def _local_changes(change: Step, locale: str, marks: Marks) -> list[LocalChange]:
    found = []
    for finding in change.verdict.findings:
        pair = local_pair(change, finding, locale)
        if pair is None:
            continue
        runs = redline(plain(pair.old_text), plain(pair.new_text), locale=locale)
        found.append(
            LocalChange(
                id=finding.fingerprint,
                heading=pair.section.title,
                old=text(pair.old_text),
                new=text(pair.new_text),
                html=redlined(runs, marks),
                text=marked(runs),
            )
        )
    return found
