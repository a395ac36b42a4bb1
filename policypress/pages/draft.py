"""The draft in every locale, for a preview: its text, its redline and what is wrong with it; never part of the site."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from policypress.edition import as_known
from policypress.errors import Severity
from policypress.lineage import Lineage
from policypress.pages.changes import comparison, groups
from policypress.pages.page import Heading, Link
from policypress.pages.room import Room
from policypress.pages.text import contents, language_of
from policypress.pages.twins import with_twins
from policypress.render import assemble, clause_block, heading_block, inline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from policypress.document import Document
    from policypress.drafting import Draft
    from policypress.edition import Edition, Editions
    from policypress.pages.page import Page
    from policypress.render import Block

#: Where the draft stands below a locale.
FOLDER = "draft"
#: So many problems are listed on a page; `policypress check` lists the rest.
_SHOWN = 100
_NONE = Lineage(numbers={}, since={}, former={})


def make_draft_pages(editions: Editions, draft: Draft, day: date) -> tuple[Page, ...]:
    """Return the draft's pages: its text, and one for each release that it is held against."""
    known = as_known(editions, day)
    rooms = [Room(known, words, day, _NONE) for locale, words in editions.words.items() if locale in draft.documents]
    pages = [page for room in rooms for page in _pages(room, draft)]
    return tuple(with_twins(pages))


def _pages(room: Room, draft: Draft) -> Iterator[Page]:
    compared = [edition for edition in draft.editions if edition.compared(room.locale)]
    redlines = [_redline(room, edition, first=place == 0) for place, edition in enumerate(compared)]
    nav = (
        Link(title=room.words.say("draft"), path=room.path(FOLDER)),
        *(Link(title=page.title, path=page.path) for page in redlines[:1]),
    )
    said = [_against(room, edition, page) for edition, page in zip(compared, redlines, strict=True)]
    for page in (_text(room, draft, said), *redlines):
        shown = {"draft": True, "announcements": (), "nav": (*nav, *page.meta["nav"])}
        yield replace(page, meta={**page.meta, **shown})


def _text(room: Room, draft: Draft, said: list[dict[str, Any]]) -> Page:
    document = draft.documents[room.locale]
    errors = sum(problem.severity is Severity.ERROR for problem in draft.problems)
    # first what stands in this language's own files
    problems = sorted(draft.problems, key=lambda one: (one.severity is not Severity.ERROR, one.locale != room.locale))
    return room.page(
        FOLDER,
        (FOLDER,),
        document.title,
        "draft.html",
        headings=contents(document.outline()),
        blocks=Markup(assemble(tuple(_blocks(room, document)))),  # noqa: S704 (made by `render`: raw HTML is off)
        against=said,
        problems=problems[:_SHOWN],
        errors=errors,
        more=len(problems) - len(problems[:_SHOWN]),
        count=room.words.count("draft-problems", len(problems)),
        lacks=draft.lacks,
    )


def _blocks(room: Room, document: Document) -> Iterator[Block]:
    permalink = room.words.say("permalink")
    for section, clause in document.clauses():
        attributes, note = language_of(room, clause)
        if clause.kind == "heading":
            yield heading_block(section, inline(clause.text), permalink, attributes)
            yield from note
        else:
            yield from note
            yield clause_block(clause, attributes=attributes)


def _against(room: Room, edition: Edition, page: Page) -> dict[str, Any]:
    """Return what is said of one release that the draft is held against."""
    changes = edition.count(room.locale)
    return {
        "words": _version(room, edition),
        "count": room.words.count("n-changes", changes),
        "class": edition.record.release_class,
        "label": room.words.say(f"class-{edition.record.release_class}"),
        "changed": bool(changes),
        "path": page.path,
    }


def _version(room: Room, edition: Edition) -> str:
    before = room.editions.get(edition.record.previous or "")
    return room.words.say("draft-against", date=room.date(before.record.published))


def _redline(room: Room, edition: Edition, *, first: bool) -> Page:
    """Return the page of changes against one release; the first has the shorter address."""
    parts = (FOLDER, "changes") if first else (FOLDER, "changes", edition.record.previous or "")
    rows, say = tuple(groups(room, edition)), room.words.say
    changes = edition.count(room.locale)
    return room.page(
        FOLDER,
        parts,
        say("draft-changes"),
        "draft-changes.html",
        headings=(
            Heading(anchor="summary", title=say("summary-of-changes"), level=2),
            *(Heading(anchor=group["anchor"], title=group["heading"], level=3) for group in rows),
            Heading(anchor="comparison", title=say("full-comparison"), level=2),
        ),
        draft_path=room.path(FOLDER),
        against=_version(room, edition),
        groups=rows,
        summaries={summary.section: summary for summary in edition.brief.locales[room.locale].summaries},
        comparison=Markup(assemble(tuple(comparison(room.words, edition.step)))) if edition.step else "",  # noqa: S704 (as above)
        count=room.words.count("n-changes", changes),
        changed=bool(changes),
    )
