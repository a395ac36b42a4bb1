"""Document, Section, Clause, and Markdown to and from them; pure, fills no placeholder and knows no file."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from markdown_it import MarkdownIt

from policypress.pieces import pieces
from policypress.references import DEFINED, resolved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from markdown_it.token import Token

Kind = Literal["heading", "paragraph", "item", "row", "code", "html", "rule"]

#: `{{ … }}`: an atom of the text, filled when a locale is printed.
PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")

_ATTRIBUTES = re.compile(r"\s*(?<!\{)\{((?:[#.][\w-]+|lang=[\w-]+)(?:\s+(?:[#.][\w-]+|lang=[\w-]+))*)\}$")
_NUMBER = re.compile(r"^((?:\d{1,2}(?:\.\d{1,2})+[.)]?)|(?:\d{1,2}[.)])|(?:[IVX]+\.))\s+(?=\S)")
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_SPACE = re.compile(r"[ \t\n\r\f\v]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """The smallest unit that is translated, diffed and decided on."""

    kind: Kind
    #: Inline Markdown on one line, placeholders raw; the cells of a row are parted by ` | `.
    text: str
    #: Nesting of lists; 0 outside.
    depth: int = 0
    #: `-` or `1.` of a list item, `header` of a table's first row, the fence of a code block.
    marker: str = ""
    #: Hand-written id, where something refers to the clause.
    id: str = ""
    #: Language of the text, where it fell back from the document's.
    lang: str = ""
    #: Where it stands, for messages; not part of what it is.
    file: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)

    @property
    def key(self) -> str:
        """Return the text as alignment compares it: NFC, white space folded."""
        return fold(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and what stands under it up to the next heading."""

    #: Permanent address, the same in every language.
    anchor: str
    #: 1 for the title, 0 for text before any heading.
    level: int
    heading: Clause
    clauses: tuple[Clause, ...] = ()
    #: The number as printed (`3.` or `3.1.2`), empty where none is.
    number: str = ""
    #: False for a heading marked `.unnumbered`.
    numbered: bool = True
    #: The anchor was written by hand.
    explicit: bool = True

    @property
    def title(self) -> str:
        """Return the heading with its number, as a reader sees it."""
        return f"{self.number} {self.heading.text}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole policy in one language."""

    sections: tuple[Section, ...]

    @property
    def title(self) -> str:
        """Return the text of the first heading."""
        return next((s.heading.text for s in self.sections if s.level), "")

    def section(self, anchor: str) -> Section | None:
        """Return the section with an anchor."""
        return next((section for section in self.sections if section.anchor == anchor), None)

    def outline(self) -> Outline:
        """Return the title and the headings alone."""
        rows = tuple((section.anchor, section.title, section.level) for section in self.sections)
        return Outline(title=self.title, sections=rows)

    def clauses(self) -> Iterator[tuple[Section, Clause]]:
        """Yield every clause in reading order, headings included, each with its section."""
        for section in self.sections:
            if section.level:
                yield section, section.heading
            for clause in section.clauses:
                yield section, clause


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The title of a document and its sections, without a clause."""

    title: str
    #: Anchor, numbered heading and level of each section.
    sections: tuple[tuple[str, str, int], ...]

    def heading(self, anchor: str) -> str | None:
        """Return the numbered heading of a section, None where there is none."""
        return next((title for name, title, _ in self.sections if name == anchor), None)


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Return text in NFC with runs of white space as one space."""
    return _SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip()


def alike(one: str, other: str) -> bool:
    """Return whether two texts are the same but for white space and the form of their letters."""
    return one == other or fold(one) == fold(other)


def placeholders(text: str) -> tuple[str, ...]:
    """Return the expressions of a text's placeholders, in order, white space folded."""
    return tuple(fold(found) for found in PLACEHOLDER.findall(text))


# Markdown -> Document

#: Reads a block of raw HTML: its text, its file and the number of lines before it -> (heading level or 0, clause).
HtmlReader: TypeAlias = "Callable[[str, str, int], Iterable[tuple[int, Clause]]]"


@lru_cache(maxsize=1)
def _blocks() -> MarkdownIt:
    """Return the block parser; inline mark-up stays text here."""
    return MarkdownIt("commonmark", {"html": True}).enable("table").disable("inline")


def parse(text: str, *, file: str = "", html: HtmlReader | None = None) -> Document:
    """Read Markdown into a document; nothing is lost but the layout of the source, and where a link's address stood.

    Headings carry `{#anchor}`; one without gets a slug, marked as not explicit. A typed number is split off the
    heading. `file` is kept on every clause for messages. `html` reads a block of raw HTML; without it the block is
    one clause.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    offset = 0
    if front := _FRONT_MATTER.match(text):
        offset = front[0].count("\n")
        text = text[front.end() :]
    if html or DEFINED.search(text):
        found: dict[str, Any] = {}
        tokens = _blocks().parse(text, found)
        return group(_Walk(file=file, offset=offset, html=html, addresses=found.get("references", {})).run(tokens))
    return group(_read(text, file, offset))


def _read(text: str, file: str, offset: int) -> Iterator[tuple[int, Clause]]:
    """Read a text piece by piece; most pieces of most releases are those of the release before."""
    for before, piece in pieces(text):
        for level, clause in _piece(piece):
            yield level, _standing(clause, file, offset + before + clause.line)


@lru_cache(maxsize=8192)
def _piece(text: str) -> tuple[tuple[int, Clause], ...]:
    return tuple(_Walk().run(_blocks().parse(text)))


def _standing(clause: Clause, file: str, line: int) -> Clause:
    """Return a clause with its place; spelled out, because `replace` takes three times as long."""
    return Clause(
        kind=clause.kind,
        text=clause.text,
        depth=clause.depth,
        marker=clause.marker,
        id=clause.id,
        lang=clause.lang,
        file=file,
        line=line,
    )


#: Blocks that hold words; what is in a list or a quotation stands in one of these.
_LEAVES = frozenset({"paragraph_open", "heading_open", "fence", "code_block", "html_block", "hr", "table_open"})
#: What may be left of a line without a loss: the marks of lists and quotations that hold nothing.
_MARKS = re.compile(r"[\s>]*(?:[-+*]|\d{1,9}[.)])?[\s>]*")


def unprinted(text: str) -> tuple[int, ...]:
    """Return the lines of Markdown that `parse` finds no clause and no address in: what is nested too deep."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    front = _FRONT_MATTER.match(text)
    offset = front[0].count("\n") if front else 0
    lines = (text[front.end() :] if front else text).split("\n")
    seen = bytearray(len(lines) + 1)
    found: dict[str, Any] = {}
    blocks = [token.map for token in _blocks().parse("\n".join(lines), found) if token.map and token.type in _LEAVES]
    for start, end in (*blocks, *(one["map"] for one in found.get("references", {}).values() if "map" in one)):
        seen[start:end] = b"\1" * (end - start)
    return tuple(n + 1 + offset for n, line in enumerate(lines) if not seen[n] and not _MARKS.fullmatch(line))


def merge(documents: Iterable[Document]) -> Document:
    """Return one document of the sections of several, in their order."""
    return Document(sections=tuple(section for document in documents for section in document.sections))


def group(clauses: Iterable[tuple[int, Clause]]) -> Document:
    """Group (heading level or 0, clause) pairs into the sections of a document."""
    return Document(sections=tuple(_sections(clauses)))


def _sections(clauses: Iterable[tuple[int, Clause]]) -> Iterator[Section]:
    head: Section | None = None
    body: list[Clause] = []
    clauses = tuple(clauses)
    taken = {split_attributes(clause.text)[1].get("id", "") for level, clause in clauses if level}
    for level, clause in clauses:
        if not level:
            body.append(clause)
            continue
        if head or body:
            yield _closed(head, body)
        head, body = _opened(level, clause, taken), []
    if head or body:
        yield _closed(head, body)


def _closed(head: Section | None, body: list[Clause]) -> Section:
    if head is None:
        head = Section(anchor="", level=0, heading=Clause(kind="heading", text=""), numbered=False, explicit=False)
    return replace(head, clauses=tuple(body))


def _opened(level: int, clause: Clause, taken: set[str]) -> Section:
    text, attributes = split_attributes(clause.text)
    number = _NUMBER.match(text)
    if number:
        text = text[number.end() :]
    anchor = attributes.get("id", "") or _slug(text, taken)
    taken.add(anchor)
    return Section(
        anchor=anchor,
        level=level,
        heading=replace(clause, text=text, lang=attributes.get("lang", "")),
        number=number[1] if number else "",
        numbered="unnumbered" not in attributes.get("class", "").split(),
        explicit="id" in attributes,
    )


def split_attributes(text: str) -> tuple[str, dict[str, str]]:
    """Split a closing `{#id .class lang=xx}` off a text; return the text and `id`, `class`, `lang` where given."""
    found = _ATTRIBUTES.search(text)
    if not found:
        return text, {}
    attributes: dict[str, str] = {}
    for part in found[1].split():
        if part.startswith("#"):
            attributes["id"] = part[1:]
        elif part.startswith("."):
            attributes["class"] = f"{attributes.get('class', '')} {part[1:]}".strip()
        else:
            attributes["lang"] = part.removeprefix("lang=")
    return text[: found.start()], attributes


def _slug(text: str, taken: set[str]) -> str:
    """Return an anchor made of a heading's letters in any script, unique among those taken."""
    base = re.sub(r"[^\w]+", "-", unicodedata.normalize("NFKC", text).casefold()).strip("-_") or "section"
    slug, count = base, 1
    while slug in taken:
        count += 1
        slug = f"{base}-{count}"
    return slug


@dataclass(slots=True, kw_only=True)
class _Walk:
    """One pass over the block tokens of a text."""

    file: str = ""
    offset: int = 0
    html: HtmlReader | None = None
    #: Addresses that stand apart from their links, by name.
    addresses: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: Open lists; each holds the marker of an item whose first paragraph has not come yet.
    markers: list[str] = field(default_factory=list)
    cells: list[str] | None = None
    #: The token that opened the row: the one that closes it knows no line.
    row: Token | None = None
    in_header: bool = False

    def run(self, tokens: Sequence[Token]) -> Iterator[tuple[int, Clause]]:
        for index, token in enumerate(tokens):
            match token.type:
                case "bullet_list_open" | "ordered_list_open":
                    self.markers.append("")
                case "bullet_list_close" | "ordered_list_close":
                    self.markers.pop()
                case "list_item_open":
                    self.markers[-1] = f"{token.info}{token.markup}" if token.info else "-"
                case "thead_open" | "thead_close":
                    self.in_header = token.type == "thead_open"
                case "tr_open":
                    self.cells, self.row = [], token
                case "tr_close":
                    yield 0, self._clause("row", " | ".join(self.cells or ()), self.row or token, self._row_marker())
                    self.cells = None
                case "inline":
                    yield from self._inline(tokens[index - 1], token)
                case "fence" | "code_block":
                    yield 0, self._clause("code", token.content, token, f"```{token.info}")
                case "html_block":
                    yield from self._raw(token)
                case "hr":
                    yield 0, self._clause("rule", "---", token, "")

    def _raw(self, token: Token) -> Iterable[tuple[int, Clause]]:
        if self.html:
            return self.html(token.content, self.file, (token.map or [0])[0] + self.offset)
        return ((0, self._clause("html", token.content.strip("\n"), token, "")),)

    def _row_marker(self) -> str:
        return "header" if self.in_header else ""

    def _inline(self, opening: Token, token: Token) -> Iterator[tuple[int, Clause]]:
        text = unfold_lines(token.content)
        if self.addresses:
            text = resolved(text, self.addresses)
        if self.cells is not None:
            self.cells.append(text.replace("|", "\\|"))  # the parser unescapes what would end a cell
        elif opening.type == "heading_open":
            yield int(opening.tag[1:]), self._clause("heading", text, token, "")
        elif self.markers and self.markers[-1]:
            marker, self.markers[-1] = self.markers[-1], ""
            yield 0, self._clause("item", text, token, marker)
        else:
            yield 0, self._clause("paragraph", text, token, "")

    def _clause(self, kind: Kind, text: str, token: Token, marker: str) -> Clause:
        attributes: dict[str, str] = {}
        if kind in ("paragraph", "item"):
            text, attributes = split_attributes(text)
        return Clause(
            kind=kind,
            text=text if kind in ("code", "html") else unicodedata.normalize("NFC", text),
            depth=len(self.markers),
            marker=marker,
            id=attributes.get("id", ""),
            lang=attributes.get("lang", ""),
            file=self.file,
            line=(token.map[0] if token.map else 0) + 1 + self.offset,
        )


def unfold_lines(text: str) -> str:
    """Join the lines of a paragraph; a hard break stays a backslash and a newline."""
    text = re.sub(r" {2,}\n[ \t]*|\\\n[ \t]*", "\\\\\n", text)
    return re.sub(r"(?<!\\)[ \t]*\n[ \t]*", " ", text).strip()


# Document -> Markdown


def write(document: Document) -> str:
    """Print a document as Markdown: one clause a line, stable, so that git diffs and digests read well.

    `parse(write(d)) == d` for every document that `parse` made of our Markdown.
    """
    parts: list[str] = []
    for glue, block in _printed(document):
        parts += (glue, block) if parts else (block,)
    return "".join((*parts, "\n")) if parts else ""


def _printed(document: Document) -> Iterator[tuple[str, str]]:
    """Yield each block with what parts it from the block before."""
    for section in document.sections:
        previous = section.heading
        if section.level:
            yield "\n\n", _heading(section)
        widths: list[int] = []
        for clause in section.clauses:
            _indent(clause, widths)
            yield "\n" if _tight(previous, clause) else "\n\n", _block(clause, sum(widths[: _outer(clause)]))
            previous = clause


def _outer(clause: Clause) -> int:
    """Return how many open lists indent a clause: an item hangs under its parents, a paragraph under its item too."""
    return clause.depth - 1 if clause.kind == "item" else clause.depth


def _indent(clause: Clause, widths: list[int]) -> None:
    """Keep the widths of the open lists' markers, outermost first."""
    del widths[clause.depth :]
    if clause.kind == "item":
        widths[clause.depth - 1 :] = [len(clause.marker) + 1]
    while len(widths) < clause.depth:
        widths.append(2)


def _heading(section: Section) -> str:
    attributes = [f"#{section.anchor}"] if section.explicit else []
    if not section.numbered:
        attributes.append(".unnumbered")
    if section.heading.lang:
        attributes.append(f"lang={section.heading.lang}")
    suffix = f" {{{' '.join(attributes)}}}" if attributes else ""
    return f"{'#' * section.level} {section.title}{suffix}"


def _tight(before: Clause, after: Clause) -> bool:
    rows = before.kind == after.kind == "row" and after.marker != "header"
    # an ordered list that starts elsewhere than at 1 does not interrupt the paragraph of the item it hangs under
    apart = after.depth > before.depth and after.marker not in ("-", "1.", "1)")
    return rows or (before.kind == after.kind == "item" and not apart)


def _block(clause: Clause, indent: int) -> str:
    pad = " " * indent
    if clause.kind == "row":
        line = f"{pad}| {clause.text} |"
        columns = clause.text.count(" | ") + 1
        return f"{line}\n{pad}|{' --- |' * columns}" if clause.marker == "header" else line
    if clause.kind == "code":
        return _code(clause, pad)
    attributes = [f"#{clause.id}"] if clause.id else []
    if clause.lang:
        attributes.append(f"lang={clause.lang}")
    suffix = f" {{{' '.join(attributes)}}}" if attributes else ""
    text = clause.text.replace("\\\n", f"\\\n{pad}{' ' * (len(clause.marker) + 1 if clause.kind == 'item' else 0)}")
    return f"{pad}{f'{clause.marker} ' if clause.kind == 'item' else ''}{text}{suffix}"


def _code(clause: Clause, pad: str) -> str:
    """Return a fenced block; its fence is longer than any inside."""
    longest = max(map(len, re.findall(r"`{3,}", clause.text)), default=2)
    fence = "`" * max(longest + 1, 3)
    lines = (f"{fence}{clause.marker.lstrip('`')}", *clause.text.splitlines(), fence)
    return "\n".join(f"{pad}{line}" if line else "" for line in lines)


# Inline text


@lru_cache(maxsize=1)
def _inlines() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False})


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """Return inline Markdown as a reader's plain text: mark-up dropped, links as `[words](address)` or `<address>`.

    This is what is compared word by word and shown in mails and terminals.
    """
    parts: list[str] = []
    links: list[tuple[int, str, bool]] = []
    for token in _inlines().parseInline(text)[0].children or ():
        match token.type:
            case "text" | "code_inline":
                parts.append(token.content)
            case "softbreak" | "hardbreak":
                parts.append(" ")
            case "link_open":
                links.append((len(parts), str(token.attrs.get("href", "")), token.markup == "autolink"))
                parts.append("")
            case "link_close":
                start, href, bare = links.pop()
                words = "".join(parts[start:])
                del parts[start:]
                parts.append(f"<{href.removeprefix('mailto:')}>" if bare else f"[{words}]({href})")
            case "image":
                parts.append(token.content)
    return fold("".join(parts))


#: A link as `plain` writes it: words and address, or a bare address; any other `<word>` is text.
LINK = re.compile(r"\[([^\[\]]*)\]\(([^()\s]*)\)|<([a-zA-Z][\w+.-]*:[^<>\s]*|[^<>\s@/]+@[^<>\s@]+)>")


def visible(text: str) -> str:
    """Return inline Markdown as the words a reader sees, without the addresses of links."""
    return fold(LINK.sub(lambda found: found[1] if found[1] is not None else found[3], plain(text)))
