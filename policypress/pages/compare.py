"""Any two releases and any two languages side by side; the browser sets them against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policypress.edition import marks_of
from policypress.localise import direction, language_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policypress.pages.page import Page
    from policypress.pages.room import Room


def pages(room: Room) -> Iterator[Page]:
    """Yield the page that compares; without a script it leads to the comparisons that are printed."""
    releases = [
        {
            "id": edition.record.id,
            "title": room.words.say("version-of", date=room.date(edition.record.published)),
            "changes": room.path("changes", edition.record.id) if edition.compared(room.locale) else "",
            "locales": " ".join(sorted(edition.brief.locales)),
        }
        for edition in reversed(room.published)
    ]
    languages = [
        {
            "tag": tag,
            "name": language_name(tag),
            "dir": direction(tag),
            "missing": room.words.say("compare-missing", language=language_name(tag, room.locale)),
        }
        for tag in room.editions.words
    ]
    yield room.page(
        "compare",
        ("compare",),
        room.words.say("compare-versions"),
        "compare.html",
        releases=releases,
        languages=languages,
        marks={tag: marks_of(words) for tag, words in room.editions.words.items()},
        clause_words=room.words.words["compare-clause"],
        counts=room.words.forms("n-changes"),
    )
