"""Each text as JSON, clause by clause in words: what the site's comparison and search read in the browser."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from policypress.document import plain
from policypress.localise import direction
from policypress.redline import stop_words, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policypress.document import Document
    from policypress.edition import Edition
    from policypress.lineage import Lineage

#: The name and version of the format.
FORMAT = "policypress.text/1"


def files(editions: Iterable[Edition], lineage: Lineage) -> Iterator[tuple[str, str]]:
    """Yield the texts of published releases, a file for each release and locale, with their path on the site."""
    for edition in editions:
        for locale in edition.printed.locales:
            if locale in edition.brief.locales:
                yield f"releases/{edition.record.id}/{locale}.json", _kept(edition, locale, lineage)


def _kept(edition: Edition, locale: str, lineage: Lineage) -> str:
    record, release = edition.record, edition.printed
    parts = (record.document, record.id, locale, release.digests[f"{locale}.md"], repr(lineage.numbers[record.id]))
    return release.cache.keep("words", parts, lambda: _dump(_text(edition, locale, release.documents[locale], lineage)))


def _text(edition: Edition, locale: str, document: Document, lineage: Lineage) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "document": edition.record.document,
        "release": edition.record.id,
        "locale": locale,
        "dir": direction(locale),
        "title": document.title,
        # between two changes these do not keep them apart
        "stop": sorted(stop_words(locale)),
        "clauses": list(_clauses(edition, document, lineage)),
    }


def _clauses(edition: Edition, document: Document, lineage: Lineage) -> Iterator[dict[str, Any]]:
    numbers = lineage.numbers[edition.record.id]
    for number, (section, clause) in zip(numbers, document.clauses(), strict=True):
        row = {
            "n": number,
            "kind": clause.kind,
            "section": section.anchor,
            "level": section.level if clause.kind == "heading" else 0,
            "number": section.number if clause.kind == "heading" else "",
            "depth": clause.depth,
            "marker": clause.marker,
            "lang": clause.lang,
            "words": _words(clause.text),
        }
        yield {name: value for name, value in row.items() if value}


@lru_cache(maxsize=2048)
def _words(text: str) -> tuple[str, ...]:
    """Return a clause's words; most clauses of most releases are the same."""
    return tuple(tokens(plain(text)))


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
