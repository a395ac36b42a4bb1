"""Everything a site has on a day, made piece by piece as it is asked for; writes no file, knows no site generator."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from policypress.ahead import make_ahead
from policypress.cache import NOTHING, Cache
from policypress.edition import as_known, editions_of, take_stock
from policypress.exports.data import files as data_files
from policypress.exports.feed import atom
from policypress.exports.hosting import hosting
from policypress.exports.linked import head
from policypress.exports.pdf import pdf, pdf_path
from policypress.exports.search import files as search_files
from policypress.exports.texts import files as text_files
from policypress.lineage import trace
from policypress.pages import make_pages
from policypress.release import in_force, today

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from policypress.edition import Edition, Editions
    from policypress.lineage import Lineage
    from policypress.pages import Page
    from policypress.source import Source


@dataclass(frozen=True, kw_only=True)
class Output:
    """The pages and the files of a site on a day; none of them is held."""

    editions: Editions
    day: date
    #: Where PDFs are kept; None where none are made.
    prints: Path | None = None

    @cached_property
    def lineage(self) -> Lineage:
        """Return the clauses of all releases, followed."""
        return trace(self.editions.editions)

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """Return every page; its HTML is made when it is asked for."""
        return make_pages(self.editions, self.day, self.lineage)

    def headed(self, page: Page) -> Page:
        """Return a page with what its head says to machines."""
        meta = {**page.meta, **head(self.editions, page, self.day, self._pdfs)}
        return replace(page, meta=meta)

    def files(self) -> Iterator[tuple[str, str | bytes]]:
        """Yield what stands beside the pages, each with its path on the site."""
        published = [edition for edition in self.editions.editions if edition.record.published <= self.day]
        yield from data_files(published)
        yield from text_files(published, self.lineage)
        yield from search_files(self.editions, self.day)
        for locale, words in self.editions.words.items():
            yield f"{locale}/feed.xml", atom(self.editions, words, self.day)
        yield from hosting(self.editions, self.pages, self.day).items()
        for path, (edition, locale) in self._pdfs.items():
            if self.prints:
                yield path, pdf(self.editions, edition, self.editions.words[locale], self.prints)

    @cached_property
    def _pdfs(self) -> dict[str, tuple[Edition, str]]:
        """Return the PDFs: each published release in each language, and the one in force."""
        known = as_known(self.editions, self.day)
        applying = in_force(known.records, self.day)
        found = {}
        for edition in known.editions if self.prints else ():
            for locale in self.editions.words:
                if edition.record.published <= self.day and locale in edition.locales:
                    found[pdf_path(locale, edition.record.id)] = edition, locale
                    if applying and applying.id == edition.record.id:
                        found[f"{locale}/policy.pdf"] = edition, locale
        return found


def make_output(source: Source, day: date | None = None, prints: Path | None = None, cache: Cache = NOTHING) -> Output:
    """Return everything of a site; the day is today in the policy's time zone where none is given."""
    stock = take_stock(source, cache)
    make_ahead(stock)
    return Output(editions=editions_of(stock), day=day or today(source), prints=prints)
