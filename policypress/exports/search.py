"""What the site's search reads: one file a language for the texts that apply or are announced, one for the archive."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from importlib.resources import files as resources
from typing import TYPE_CHECKING, Any

from policypress.document import visible
from policypress.edition import as_known, written
from policypress.release import announced, in_force

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from policypress.edition import Edition, Editions
    from policypress.localise import Words

#: The name and version of the format.
FORMAT = "policypress.search/1"


def files(editions: Editions, day: date) -> Iterator[tuple[str, str]]:
    """Yield the files of search of every language as they stand on a day, with their path on the site."""
    editions = as_known(editions, day)
    for locale, words in editions.words.items():
        shelf = _Shelf(editions, words, day)
        yield f"{locale}/search.json", shelf.index(shelf.standing)
        yield f"{locale}/archive/search.json", shelf.index(shelf.archived, seen=shelf.standing)


class _Shelf:
    """The texts of one language on a day."""

    def __init__(self, editions: Editions, words: Words, day: date) -> None:
        self.words, self.settings, self.cache = words, editions.settings, editions.cache
        locale, records = words.locale, editions.records
        published = [e for e in editions.editions if e.record.published <= day and locale in e.locales]
        applying = in_force(records, day)
        waiting = [record.id for record in announced(records, day)]
        wanted = [*([applying.id] if applying else []), *waiting]
        by_id = {edition.record.id: edition for edition in published}
        #: What applies first, then what is announced.
        self.standing = tuple(by_id[release] for release in wanted if release in by_id)
        self.archived = tuple(edition for edition in reversed(published) if edition.record.id not in wanted)
        self.paths = {applying.id: ""} if applying else {}
        if waiting:
            self.paths[waiting[0]] = "upcoming/"

    def index(self, editions: Sequence[Edition], seen: Sequence[Edition] = ()) -> str:
        """Return an index of texts: each clause once, where it stands first; not what stands in `seen` already."""
        pages = [self._page(edition) for edition in editions]
        texts = (self._digest(edition) for edition in (*editions, *seen))
        parts = (self.words.locale, repr(pages), str(len(seen)), *texts)
        return self.cache.keep("search", parts, lambda: _dump(self._index(editions, seen, pages)))

    def _index(self, editions: Sequence[Edition], seen: Sequence[Edition], pages: list[list[str]]) -> dict[str, Any]:
        known = {(anchor, text) for edition in seen for anchor, _, text in self._rows(edition)}
        rows: list[list[Any]] = []
        for place, edition in enumerate(editions):
            for anchor, heading, text in self._rows(edition):
                if (anchor, text) not in known:
                    known.add((anchor, text))
                    rows.append([place, anchor, heading, text])
        return {"format": FORMAT, **_tongue(self.words.locale), "pages": pages, "rows": rows}

    def _page(self, edition: Edition) -> list[str]:
        record, locale = edition.record, self.words.locale
        path = self.paths.get(record.id, f"archive/{record.id}/")
        title = {"": "status-in-force", "upcoming/": "upcoming-version"}.get(path)
        words = self.words.say(title) if title else ""
        return [
            f"{locale}/{path}",
            words or self.words.say("version-of", date=written(record.published, locale, self.settings)),
        ]

    def _digest(self, edition: Edition) -> str:
        return edition.printed.digests[f"{self.words.locale}.md"]

    def _rows(self, edition: Edition) -> list[list[str]]:
        """Return anchor, heading and words of each clause."""
        kept = self.cache.keep("rows", [self._digest(edition)], lambda: json.dumps(list(self._read(edition))))
        rows: list[list[str]] = json.loads(kept)
        return rows

    def _read(self, edition: Edition) -> Iterator[tuple[str, str, str]]:
        document = edition.document(self.words.locale)
        for section in document.sections if document else ():
            # a section without clauses is still found by its heading
            for clause in section.clauses or (section.heading,):
                if clause.kind != "rule":
                    yield section.anchor, section.title, visible(clause.text) if section.clauses else ""


@cache
def _tongues() -> dict[str, dict[str, Any]]:
    return tomllib.loads((resources("policypress.exports") / "search.toml").read_text(encoding="utf-8"))


def _tongue(locale: str) -> dict[str, Any]:
    """Return the letters, beginnings and endings of a language, the longest first."""
    found = _tongues().get(locale.partition("-")[0], {})
    parts = {name: sorted(found.get(name, ()), key=lambda part: (-len(part), part)) for name in ("prefixes", "endings")}
    return {"letters": found.get("letters", {}), **parts}


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
