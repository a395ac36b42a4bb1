"""What one release changed: in short, then the whole text with its marks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from policypress.document import plain
from policypress.edition import local_pair, marks_of
from policypress.pages.page import Heading
from policypress.pages.room import instant
from policypress.pages.status import statuses
from policypress.redline import redline
from policypress.render import Block, assemble, clause_block, heading_block, inline, redlined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policypress.changes import Pair
    from policypress.edition import Edition
    from policypress.pages.page import Page
    from policypress.pages.room import Room


def pages(room: Room) -> Iterator[Page]:
    """Yield a page for each release that stands in this locale beside the one before."""
    for edition in room.published:
        if edition.compared(room.locale):
            yield _page(room, edition)


def _page(room: Room, edition: Edition) -> Page:
    """Return what one release changed: in short, then the whole text with its marks."""
    text = edition.bundle.locales[room.locale]
    waits = edition.record.takes_effect > room.day
    rows = tuple(groups(room, edition))
    title = room.words.say("what-will-change" if waits else "what-changed")
    return room.page(
        "changes",
        ("changes", edition.record.id),
        title,
        "changes.html",
        headings=(
            Heading(anchor="summary", title=room.words.say("summary-of-changes"), level=2),
            *(Heading(anchor=group["anchor"], title=group["heading"], level=3) for group in rows),
            Heading(anchor="comparison", title=room.words.say("full-comparison"), level=2),
        ),
        fill=lambda: {
            "statuses": statuses(room, edition),
            "comparison": Markup(_kept(room, edition)),  # noqa: S704
        },
        edition=edition,
        summaries={summary.section: summary for summary in text.summaries},
        groups=rows,
        turned=instant(edition.record) if waits and not edition.record.withdrawn else "",
        count=room.words.count("n-changes", len(text.changes)),
    )


def _kept(room: Room, edition: Edition) -> str:
    """Return the comparison as HTML; the words of the page are its marks and its notes."""
    parts = (room.locale, room.words.digest, *edition.made_of)
    return room.editions.cache.keep("comparison", parts, lambda: assemble(tuple(comparison(room, edition))))


def groups(room: Room, edition: Edition) -> Iterator[dict[str, Any]]:
    """Yield the changes section by section, the material ones first."""
    text = edition.bundle.locales[room.locale]
    changes = {change.id: change for change in edition.bundle.changes}
    sections: dict[str, list[dict[str, Any]]] = {}
    for local in text.changes:
        change = changes[local.id]
        row = {"local": local, "change": change, "html": Markup(local.html)}  # noqa: S704
        sections.setdefault(change.section, []).append(row)
    weight = {name: max(row["change"].change_class.weight for row in rows) for name, rows in sections.items()}
    for name, rows in sorted(sections.items(), key=lambda item: -weight[item[0]]):
        top = max((row["change"].change_class for row in rows), key=lambda kind: kind.weight)
        yield {
            "anchor": f"change-{name}",
            "section": name,
            "heading": rows[0]["local"].heading,
            "rows": rows,
            "class": top,
            "label": room.words.say(f"class-{top}"),
            "consent": any(row["change"].consent for row in rows),
        }


def comparison(room: Room, edition: Edition) -> Iterator[Block]:
    """Yield the whole document with what came and what went marked in place."""
    step = edition.step
    if step is None:
        return
    corrected = {
        (f.pair.new.index if f.pair and f.pair.new else -1): f for f in step.verdict.findings if f.only == room.locale
    }
    for pair in step.pairs:
        local = step.local(pair, room.locale)
        finding = corrected.get(pair.new.index) if pair.new else None
        fixed = local_pair(step, finding, room.locale) if finding else None
        yield _compared(room, fixed or local)


def _compared(room: Room, pair: Pair) -> Block:
    # most clauses of most releases stay as they were, and have nothing to be compared
    same = pair.old_text == pair.new_text
    runs = () if same else redline(plain(pair.old_text), plain(pair.new_text), locale=room.locale)
    same = same or all(run.op == "equal" for run in runs)
    clause = pair.clause
    html = inline(clause.text) if same else redlined(runs, marks_of(room.words))
    kind = "" if same and pair.kind != "moved" else f' class="pp-{pair.kind}"'
    if pair.kind == "moved":
        html = f'<span class="pp-badge">{Markup.escape(room.words.say("moved"))}</span> {html}'
    if clause.kind == "heading":
        block = heading_block(pair.section, html, room.words.say("permalink"))
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
