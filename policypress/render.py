"""One clause -> HTML and plain text; the only renderer of clauses: site, mail, bundle and reports all use it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Literal

from markdown_it import MarkdownIt

from policypress.document import LINK, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

    from policypress.document import Clause, Section
    from policypress.redline import Run

#: Addresses that may be linked; anything else is shown as text.
_SAFE = re.compile(r"^(?:https?://|mailto:|#|/|\.)", re.IGNORECASE)


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")
    markdown.add_render_rule("link_open", _link_open)
    return markdown


def _link_open(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, _env: EnvType) -> str:
    """An address that is shown runs from left to right whatever the language around it."""
    if tokens[index].info == "auto":
        tokens[index].attrSet("dir", "ltr")
    return renderer.renderToken(tokens, index, options, _env)


#: Unlike other spaces it is kept at the edge of a box.
NBSP = "\u00a0"


@lru_cache(maxsize=8192)
def inline(text: str) -> str:
    """Return inline Markdown as HTML; raw HTML in it is shown as text, unsafe addresses are not linked."""
    return str(_markdown().renderInline(text)).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Words read out around marked text, in the page's language."""

    added: str
    removed: str
    end: str


def redlined(runs: Iterable[Run], marks: Marks) -> str:
    """Return runs as HTML with `<ins>` and `<del>`; each says in words what it is, and where it ends."""
    return "".join(_marked(run, marks) for run in runs).strip()


def _marked(run: Run, marks: Marks) -> str:
    text = run.shown
    body, space = text.rstrip(), text[len(text.rstrip()) :]
    html = linked(body)
    if run.op != "equal":
        tag, words = ("ins", marks.added) if run.op == "insert" else ("del", marks.removed)
        # The spaces are spoken too: a visible one would stand before an added comma.
        html = f"<{tag}>{_spoken(f'{words}{NBSP}')}{html}{_spoken(f'{NBSP}({marks.end})')}</{tag}>"
    return html + space


def _spoken(words: str) -> str:
    """Return words for screen readers alone."""
    return f'<span class="pp-sr">{escape(words)}</span>'


def linked(text: str) -> str:
    """Return plain text, with links as `document.plain` writes them, as HTML."""
    parts, place = [], 0
    for found in LINK.finditer(text):
        parts.append(escape(text[place : found.start()], quote=False))
        parts.append(_anchor(found[1] if found[1] is not None else found[3], found[2] or found[3], found[0]))
        place = found.end()
    parts.append(escape(text[place:], quote=False))
    return "".join(parts)


def _anchor(words: str, address: str, raw: str) -> str:
    if "@" in address and "://" not in address and not address.startswith("mailto:"):
        address = f"mailto:{address}"
    if not _SAFE.match(address):
        return escape(raw, quote=False)
    way = ' dir="ltr"' if words in (address, address.removeprefix("mailto:")) else ""
    return f'<a href="{escape(address)}"{way}>{escape(words, quote=False)}</a>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A piece of a page that stands where a clause stands."""

    kind: Literal["heading", "paragraph", "item", "row", "code", "html", "rule"]
    #: Inner HTML, safe.
    html: str
    depth: int = 0
    marker: str = ""
    #: Attributes of the element, such as ` lang="ru"`.
    attributes: str = ""
    #: Element name of a heading.
    tag: str = "p"


def clause_block(clause: Clause, html: str | None = None, attributes: str = "") -> Block:
    """Return a clause as a block; `html` stands in for its own text (a redline)."""
    if html is None:
        html = cells(clause) if clause.kind == "row" else inline(clause.text)
    if clause.kind in ("code", "html"):
        html = escape(clause.text)
    own = f' id="{escape(clause.id)}"' if clause.id else ""
    return Block(kind=clause.kind, html=html, depth=clause.depth, marker=clause.marker, attributes=own + attributes)


def cells(clause: Clause) -> str:
    """Return the cells of a table row."""
    tag = "th" if clause.marker == "header" else "td"
    return "".join(f"<{tag}>{inline(cell)}</{tag}>" for cell in clause.text.split(" | "))


def heading_block(section: Section, html: str, permalink: str, attributes: str = "") -> Block:
    """Return a section's heading with its number and a permanent link; `permalink` names that link in words."""
    number = f'<span class="pp-number">{escape(section.number)}</span> ' if section.number else ""
    link = f'<a class="headerlink" href="#{escape(section.anchor)}" title="{escape(permalink)}">&para;</a>'
    return Block(
        kind="heading",
        html=f"{number}{html}{link if section.level > 1 else ''}",
        tag=f"h{min(section.level, 6)}",
        attributes=f' id="{escape(section.anchor)}"{attributes}',
    )


def assemble(blocks: Sequence[Block]) -> str:
    """Return blocks as HTML: items nested into lists, rows gathered into tables."""
    return "\n".join(_assembled(blocks))


def _assembled(blocks: Sequence[Block]) -> Iterator[str]:
    lists: list[str] = []
    table = False
    for block in blocks:
        if table and block.kind != "row":
            yield "</tbody></table>"
            table = False
        depth = block.depth if block.kind in ("item", "paragraph", "row") else 0
        yield from _close(lists, depth, block)
        match block.kind:
            case "item":
                yield from _item(lists, block)
            case "row":
                yield from _row(block, opened=table)
                table = True
            case "heading":
                yield f"<{block.tag}{block.attributes}>{block.html}</{block.tag}>"
            case "code":
                yield f"<pre{block.attributes}><code>{block.html}</code></pre>"
            case "rule":
                yield "<hr>"
            case _:
                yield f"<p{block.attributes}>{block.html}</p>"
    if table:
        yield "</tbody></table>"
    while lists:
        yield f"</li></{lists.pop()}>"


def _close(lists: list[str], depth: int, block: Block) -> Iterator[str]:
    """Close the lists that are deeper than the next block, and one of another kind at its depth."""
    while len(lists) > depth:
        yield f"</li></{lists.pop()}>"
    if block.kind == "item" and len(lists) == depth and lists and lists[-1] != _list_tag(block):
        yield f"</li></{lists.pop()}>"


def _list_tag(block: Block) -> str:
    return "ul" if block.marker in "-*+" else "ol"


def _item(lists: list[str], block: Block) -> Iterator[str]:
    tag = _list_tag(block)
    if len(lists) == block.depth:
        yield "</li>"
    while len(lists) < block.depth:
        lists.append(tag)
        start = block.marker.rstrip(".)")
        yield f'<ol start="{start}">' if tag == "ol" and start not in ("", "1") else f"<{tag}>"
        if len(lists) < block.depth:
            yield "<li>"
    yield f"<li{block.attributes}>{block.html}"


def _row(block: Block, *, opened: bool) -> Iterator[str]:
    if block.marker == "header":
        if opened:
            yield "</tbody></table>"
        yield f"<table><thead><tr{block.attributes}>{block.html}</tr></thead><tbody>"
        return
    if not opened:
        yield "<table><tbody>"
    yield f"<tr{block.attributes}>{block.html}</tr>"


def text(markdown: str) -> str:
    """Return inline Markdown as plain text for a mail or a terminal: links as `words (address)`."""
    return LINK.sub(_spelled, plain(markdown))


def _spelled(found: re.Match[str]) -> str:
    if found[1] is None or found[2].startswith("#"):
        return found[1] if found[1] is not None else found[3]
    return f"{found[1]} ({found[2]})"
