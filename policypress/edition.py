"""A release in every locale, held against the one before, rendered: makes the Bundle."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, cast

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
    from collections.abc import Container, Iterable, Iterator, Mapping
    from datetime import date

    from policypress.changes import Pair
    from policypress.document import Document, Outline
    from policypress.localise import Words
    from policypress.materiality import Finding
    from policypress.release import Print
    from policypress.settings import Settings
    from policypress.source import Source


@dataclass(frozen=True, kw_only=True)
class Edition:
    """One printed release, ready for pages and for the post."""

    printed: Print
    record: Record
    #: None for the first release.
    step: Step | None
    bundle: Bundle

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
        return self.step is not None and locale in self.step.old.documents and locale in self.locales


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


def make_editions(source: Source, cache: Cache = NOTHING) -> Editions:
    """Read every print, hold each against the one before, and make its bundle."""
    words = load_words(source)
    prints = load(source, cache)
    if lost := list(_dropped(source.settings, prints.values())):
        raise ProblemsError(lost)
    made: list[Edition] = []
    for release in prints.values():
        if release.record is None:
            continue
        before = prints.get(release.record.previous or "")
        change = None
        if before:
            change = step(
                before,
                release,
                source_locale=source.settings.source_locale,
                decisions=release.record.decisions,
                renames=release.record.renames,
            )
        bundle = make_bundle(source.settings, words, release, release.record, change)
        made.append(Edition(printed=release, record=release.record, step=change, bundle=bundle))
    return Editions(settings=source.settings, words=words, editions=tuple(made), cache=cache)


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


def make_bundle(
    settings: Settings, words: Mapping[str, Words], release: Print, record: Record, change: Step | None
) -> Bundle:
    """Return everything that a notice of a release says, in every locale of its print."""
    told = _tell(words, release, change)
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
        changes=told.changes,
        moved=record.moved,
        schedule=record.applies,
        correction=record.correction,
        locales={
            locale: _locale_text(settings, words[locale], release, record, change, told)
            for locale in release.locales
            if locale in words
        },
    )


class _Told(Model):
    """What a release changed, as the bundle says it."""

    changes: tuple[Change, ...] = ()
    locales: dict[Tag, tuple[LocalChange, ...]] = Field(default_factory=dict)


def _tell(words: Mapping[str, Words], release: Print, change: Step | None) -> _Told:
    """Return what a release changed, in each locale of its print."""
    if change is None:
        return _Told()
    marks = {locale: marks_of(words[locale]) for locale in release.locales if locale in words}

    def make() -> str:
        changes = tuple(_change(finding) for finding in change.verdict.findings)
        local = {locale: tuple(_local_changes(change, locale, said)) for locale, said in marks.items()}
        return _Told(changes=changes, locales=local).model_dump_json(by_alias=True)

    return _Told.model_validate_json(release.cache.keep("told", (*change.made_of, repr(marks)), make))


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


def _locale_text(
    settings: Settings, words: Words, release: Print, record: Record, change: Step | None, told: _Told
) -> LocaleText:
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
        changes=told.locales.get(locale, ()),
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
