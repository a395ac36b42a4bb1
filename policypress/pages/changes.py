"""What one release changed: in short, then the whole text with its marks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from policypress.document import plain
from policypress.edition import by_section, marks_of
from policypress.pages.page import Heading
from policypress.pages.room import instant
from policypress.pages.status import statuses
from policypress.redline import redline
from policypress.render import Block, assemble, clause_block, heading_block, inline, redlined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policypress.changes import Pair
    from policypress.edition import Edition
    from policypress.localise import Words
    from policypress.pages.page import Page
    from policypress.pages.room import Room
    from policypress.release import Step


def pages(room: Room) -> Iterator[Page]:
    """Yield a page for each release that stands in this locale beside the one before."""
    for edition in room.published:
        if edition.step and edition.compared(room.locale):
            yield _page(room, edition, edition.step)


def _page(room: Room, edition: Edition, step: Step) -> Page:
    """Return what one release changed: in short, then the whole text with its marks."""
    waits = edition.record.takes_effect > room.day
    title = room.words.say("what-will-change" if waits else "what-changed")
    return room.page(
        "changes",
        ("changes", edition.record.id),
        title,
        "changes.html",
        headings=(
            Heading(anchor="summary", title=room.words.say("summary-of-changes"), level=2),
            *(Heading(anchor=_anchor(row.anchor), title=row.heading, level=3) for row in edition.sections[room.locale]),
            Heading(anchor="comparison", title=room.words.say("full-comparison"), level=2),
        ),
        fill=lambda: {
            "statuses": statuses(room, edition),
            "groups": tuple(groups(room, edition)),
            "comparison": Markup(kept(room.words, step)),  # noqa: S704
        },
        edition=edition,
        summaries={summary.section: summary for summary in edition.brief.locales[room.locale].summaries},
        turned=instant(edition.record) if waits and not edition.record.withdrawn else "",
        count=room.words.count("n-changes", edition.count(room.locale)),
    )


def _anchor(section: str) -> str:
    return f"change-{section}"


def kept(words: Words, step: Step) -> str:
    """Return the comparison as HTML; the words of the page are its marks and its notes."""
    cache = step.new.cache
    return cache.keep("comparison", _parts(words, step), lambda: assemble(tuple(comparison(words, step))))


def is_kept(words: Words, step: Step) -> bool:
    """Return whether the comparison was made before."""
    return step.new.cache.knows("comparison", _parts(words, step))


def _parts(words: Words, step: Step) -> tuple[str, ...]:
    return (words.locale, words.digest, *step.made_of)


def groups(room: Room, edition: Edition) -> Iterator[dict[str, Any]]:
    """Yield the changes section by section, the material ones first."""
    bundle = edition.bundle
    for name, rows in by_section(bundle.changes, bundle.locales[room.locale].changes):
        top = max((change.change_class for change, _ in rows), key=lambda kind: kind.weight)
        yield {
            "anchor": _anchor(name),
            "section": name,
            "heading": rows[0][1].heading,
            "rows": [
                {"local": local, "change": change, "html": Markup(local.html)}  # noqa: S704
                for change, local in rows
            ],
            "class": top,
            "label": room.words.say(f"class-{top}"),
            "consent": any(change.consent for change, _ in rows),
        }


def comparison(words: Words, step: Step) -> Iterator[Block]:
    """Yield the whole document with what came and what went marked in place."""
    for place in step.places:
        yield _compared(words, step.at(place, words.locale))


def _compared(words: Words, pair: Pair) -> Block:
    # most clauses of most releases stay as they were, and have nothing to be compared
    same = pair.old_text == pair.new_text
    runs = () if same else redline(plain(pair.old_text), plain(pair.new_text), locale=words.locale)
    same = same or all(run.op == "equal" for run in runs)
    clause = pair.clause
    html = inline(clause.text) if same else redlined(runs, marks_of(words))
    kind = "" if same and pair.kind != "moved" else f' class="pp-{pair.kind}"'
    if pair.kind == "moved":
        html = f'<span class="pp-badge">{Markup.escape(words.say("moved"))}</span> {html}'
    if clause.kind == "heading":
        block = heading_block(pair.section, html, words.say("permalink"))
        # anchors of the text belong to the text's own page; here they would stand twice
        return replace(
            block,
            attributes=f' id="c-{pair.section.anchor}"{kind}',
            tag=f"h{min(pair.section.level + 2, 6)}",
            html=block.html.replace(f'href="#{pair.section.anchor}"', f'href="#c-{pair.section.anchor}"'),
        )
    if clause.kind == "row":
        html = f"<td>{html}</td>"
    return clause_block(clause, html.replace('href="#', 'href="#c-'), kind)
