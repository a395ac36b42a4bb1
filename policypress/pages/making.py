"""Every page of the site on a day, each with its twins in the other languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policypress.edition import as_known
from policypress.lineage import trace
from policypress.pages import archive, changes, chooser, compare, on, search, text
from policypress.pages.room import Room
from policypress.pages.twins import with_twins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from policypress.edition import Editions
    from policypress.lineage import Lineage
    from policypress.pages.page import Page

#: The kinds of page that each locale has.
KINDS: tuple[Callable[[Room], Iterable[Page]], ...] = (
    text.pages,
    archive.pages,
    changes.pages,
    compare.pages,
    on.pages,
    search.pages,
)


def make_pages(editions: Editions, day: date, lineage: Lineage | None = None) -> tuple[Page, ...]:
    """Return every page of the site as it stands on a day; `lineage` where it is at hand already."""
    lineage = lineage or trace(editions.editions)
    editions = as_known(editions, day)
    rooms = [Room(editions, words, day, lineage) for words in editions.words.values()]
    pages = [page for room in rooms for kind in KINDS for page in kind(room)]
    return (chooser.page(editions, day), *with_twins(pages))
