"""Search in the page's language; what is searched is a file of its own (`exports.search`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policypress.pages.page import Page
    from policypress.pages.room import Room


def pages(room: Room) -> Iterator[Page]:
    """Yield the page of search; without a script it leads to the text."""
    yield room.page(
        "search", ("search",), room.words.say("search-policy"), "search.html", counts=room.words.forms("n-results")
    )
