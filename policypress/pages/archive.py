"""The archive: every release with its state, dates and changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policypress.pages.status import statuses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policypress.pages.page import Page
    from policypress.pages.room import Room


def pages(room: Room) -> Iterator[Page]:
    """Yield the list of all releases."""
    rows = [
        {
            "statuses": statuses(room, edition),
            "path": room.path("archive", edition.record.id),
            "changes": room.path("changes", edition.record.id) if edition.compared(room.locale) else "",
            "title": room.words.say("version-of", date=room.date(edition.record.published)),
            "class": room.words.say(f"class-{edition.record.release_class}") if edition.step else "",
            "count": room.words.count("n-changes", edition.count(room.locale)),
        }
        for edition in room.published
    ]
    yield room.page("archive", ("archive",), room.words.say("all-versions"), "archive.html", rows=rows)
