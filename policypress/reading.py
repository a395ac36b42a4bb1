"""Foreign files -> Document: Markdown with HTML in it, HTML, plain text; pure, opens no file and judges nothing."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser
from pathlib import PurePath
from typing import TYPE_CHECKING

from policypress.document import Clause, Document, fold, group, parse
from policypress.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from policypress.document import Kind

_CONFLICT = re.compile(r"^<{7}(?: .*)?$(?=.*?^={7}$.*?^>{7}(?: .*)?$)", re.MULTILINE | re.DOTALL)
#: What an inline parser would take for mark-up.
_SIGNS = re.compile(r"[\\`*_\[\]<]|&(?=#?\w+;)")
_FRONT_MATTER = re.compile(r"\A\ufeff?---\n.*?\n---\n", re.DOTALL)


def read(text: str, *, file: str = "") -> Document:
    """Read a text by the ending of its file's name: `.html`, `.htm`, `.txt`; anything else is Markdown.

    Raises `UsageError` for a text in which a merge conflict was left.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if conflict := _CONFLICT.search(text):
        line = text.count("\n", 0, conflict.start()) + 1
        message = f"{file}:{line}: a merge conflict was left in the text. Resolve it, then compare"
        raise UsageError(message)
    return _READERS.get(PurePath(file).suffix.casefold(), _markdown)(text, file)


#: A heading without the blank behind its signs: CommonMark shows the signs, many older tools show a heading.
_TIGHT_HEADING = re.compile(r"^(#{2,6})(?=[^\s#])", re.MULTILINE)


def _markdown(text: str, file: str) -> Document:
    return parse(_TIGHT_HEADING.sub(r"\1 ", text), file=file, html=_blocks)


# HTML

#: Elements whose text nobody reads.
_UNREAD = frozenset({"head", "script", "style", "template", "noscript", "svg", "iframe", "object", "select"})
#: Elements that part blocks and say nothing themselves.
_PARTING = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt"),
        *("fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "main", "nav", "p", "pre"),
        *("section", "summary", "table", "tbody", "tfoot", "thead"),
    }
)
#: Elements that only dress the words in them. Not here, because they say something: `del`, `ins`, `s`, `sub`, `sup`.
_DRESSING = frozenset(
    {
        *(
            "a",
            "abbr",
            "b",
            "bdi",
            "bdo",
            "big",
            "br",
            "cite",
            "code",
            "em",
            "font",
            "i",
            "img",
            "kbd",
            "label",
            "mark",
        ),
        *("q", "small", "span", "strong", "time", "tt", "u", "var", "wbr"),
    }
)
#: Blanks and signs, what marks may stand around, blanks and signs; links and code keep theirs.
_EDGES = re.compile(r"((?:[^\w\[<`]|_)*)(.*?)((?:[^\w)\]>`]|_)*)$", re.DOTALL)
_HEADING = re.compile(r"h[1-6]")


def literal(text: str) -> str:
    """Return words as inline Markdown that shows them as they are."""
    return _SIGNS.sub(lambda sign: f"\\{sign[0]}", text)


def _address(href: str) -> str:
    return "".join(f"%{ord(sign):02X}" if sign in " ()<>\t\n" else sign for sign in href.strip())


#: Marks of the words that HTML dresses, for a reader that keeps them.
EMPHASIS = {"strong": "**", "b": "**", "em": "*", "i": "*"}


def html_blocks(text: str, file: str, *, marks: Mapping[str, str] | None = None) -> Iterator[tuple[int, Clause]]:
    """Yield the clauses of HTML, headings with their level; `marks` are the Markdown marks of elements to keep."""
    yield from _blocks(text, file, 0, marks)


def _blocks(text: str, file: str, offset: int, marks: Mapping[str, str] | None = None) -> Iterator[tuple[int, Clause]]:
    """Yield the clauses of HTML, headings with their level; `offset` lines stand before it in its file."""
    reader = _Blocks(file, offset, marks or {})
    reader.feed(text)
    reader.close()
    reader.finish()
    yield from reader.found


def _html(text: str, file: str) -> Document:
    return group(_blocks(text, file, 0))


class _Blocks(HTMLParser):
    """One pass over HTML; unclosed elements end where the next block begins."""

    def __init__(self, file: str, offset: int, marks: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self._marks = marks
        self._dressed: list[tuple[str, int]] = []
        self.found: list[tuple[int, Clause]] = []
        self._file = file
        self._offset = offset
        self._words: list[str] = []
        self._level = 0
        self._id = ""
        self._line = 0
        #: Open lists: how many items an ordered one has begun, None for bullets.
        self._lists: list[int | None] = []
        self._marker = ""
        self._cells: list[str] | None = None
        self._header = False
        self._links: list[tuple[int, str]] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _UNREAD:
            self._unread += 1
        elif _HEADING.fullmatch(tag):
            self.end()
            if self._cells is None:
                self._level, self._id = int(tag[1]), given.get("id", "")
        elif tag in ("ul", "ol", "menu"):
            self.end()
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._item()
        elif tag == "tr":
            self._row()
            self._cells, self._header = [], False
        elif tag in ("td", "th"):
            self._cell()
            self._header = self._header or tag == "th"
        elif tag in _PARTING:
            self.end()
        else:
            self._inline(tag, given)

    def _inline(self, tag: str, given: dict[str, str]) -> None:
        if tag == "a" and given.get("href"):
            if self._links:
                self._close_link()  # a link holds no link: HTML ends the open one
            self._links.append((len(self._words), given["href"]))
        elif tag == "br":
            self._words.append(" ")
        elif tag == "img":
            self._words.append(literal(given.get("alt", "")))
        elif tag in self._marks:
            self._dressed.append((tag, len(self._words)))

    def _undress(self, tag: str) -> None:
        """Put the marks around the words that an element dressed, blanks and signs outside: beside a letter no mark opens there."""
        if not self._dressed or self._dressed[-1][0] != tag:
            return
        start, mark = self._dressed.pop()[1], self._marks[tag]
        before, bare, after = _EDGES.match("".join(self._words[start:])).groups()  # type: ignore[union-attr]  # it matches any text
        ahead = next((words[-1] for words in reversed(self._words[:start]) if words), " ")
        if not bare or mark[0] in (bare[0], bare[-1]) or (ahead.isalnum() and not bare[0].isalnum()):
            return
        self._words[start:] = [f"{before}{mark}{bare}{mark}{after}"]

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNREAD:
            self._unread = max(0, self._unread - 1)
        elif tag in self._marks:
            self._undress(tag)
        elif tag == "a":
            self._close_link()
        elif tag in ("ul", "ol", "menu"):
            self.end()
            self._lists = self._lists[:-1]
        elif tag in ("td", "th"):
            self._cell()
        elif tag in ("tr", "table"):
            self._row()
        elif tag in _PARTING or tag == "li" or _HEADING.fullmatch(tag):
            self.end()

    def handle_data(self, data: str) -> None:
        if not self._unread and data:
            self._line = self._line or self.getpos()[0] + len(data[: -len(data.lstrip()) or None].split("\n")) - 1
            self._words.append(literal(data))

    def _close_link(self) -> None:
        if self._links:
            start, href = self._links.pop()
            words = fold("".join(self._words[start:]))
            self._words[start:] = [f"[{words}]({_address(href)})"] if words else []

    def _item(self) -> None:
        self.end()
        if self._cells is not None:
            return
        count = self._lists[-1] if self._lists else None
        if count is None:
            self._marker = "-"
        else:
            self._lists[-1] = count + 1
            self._marker = f"{count + 1}."

    def _take(self) -> str:
        while self._links:
            self._close_link()
        text, self._words, self._dressed = fold("".join(self._words)), [], []
        return unicodedata.normalize("NFC", text)

    def _cell(self) -> None:
        if self._cells is None:
            self.end()
        text = self._take()
        if self._cells is not None and text:
            self._cells.append(text.replace("|", "\\|"))

    def _row(self) -> None:
        self._cell()
        cells, self._cells = self._cells, None
        if cells:
            self._add(0, "row", " | ".join(cells), "header" if self._header else "")

    def finish(self) -> None:
        """End what the text left open: a row, then a block."""
        self._row()
        self.end()

    def end(self) -> None:
        """End the block that is open, if one is; inside a cell a block, a list and a heading are only a space."""
        if self._cells is not None:
            self._words.append(" ")
            return
        text, level, marker = self._take(), self._level, self._marker
        if text and level:
            anchor = f" {{#{self._id}}}" if re.fullmatch(r"[\w-]+", self._id) else ""
            self._add(level, "heading", text + anchor, "")
        elif text:
            self._add(0, "item" if marker else "paragraph", text, marker)
        if text:
            self._level, self._id, self._marker = 0, "", ""

    def _add(self, level: int, kind: Kind, text: str, marker: str) -> None:
        line, self._line = self._line + self._offset, 0
        depth = len(self._lists) if kind in ("item", "paragraph") else 0
        self.found.append((level, Clause(kind=kind, text=text, depth=depth, marker=marker, file=self._file, line=line)))


class _Flat(HTMLParser):
    """One pass over inline Markdown with tags in it; what is no tag that dresses words stays as written."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in _DRESSING | _PARTING:
            self.parts.append(self.get_starttag_text() or "")
        elif tag == "a":
            self._links.append(given.get("href", ""))
            self.parts.append("[" if given.get("href") else "")
        else:
            self.parts.append(given.get("alt", "") if tag == "img" else " " * (tag == "br" or tag in _PARTING))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._links:
            href = self._links.pop()
            self.parts.append(f"]({_address(href)})" if href else "")
        elif tag not in _DRESSING | _PARTING:
            self.parts.append(f"</{tag}>")
        elif tag in _PARTING:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


_TAG = re.compile(r"<(?:/?[a-zA-Z][\w-]*[\s/>]|!--)")
#: Stands for `&` while tags are read: entities are the inline parser's work. A private code point of Unicode.
_AMPERSAND = "\ue000"


def flatten(text: str) -> str:
    """Return inline Markdown without HTML tags that only dress words; `<a href>` becomes a Markdown link."""
    if not _TAG.search(text) or "`" in text or "\\<" in text:
        return text
    flat = _Flat()
    flat.feed(text.replace("&", _AMPERSAND))
    flat.close()
    return "".join(flat.parts).replace(_AMPERSAND, "&")


# Plain text

_BULLET = re.compile(r"[•◦‣▪·*–—-]\s+(?=\S)")
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2})*)[.)]?\s+(?=\S)")
_UNDERLINE = re.compile(r"[=-]{3,}")
#: Longest heading of a plain text, in words; longer lines are clauses.
_HEADING_WORDS = 12


def _plain(text: str, file: str) -> Document:
    text = text.removeprefix("\ufeff")
    return group(_lines(_FRONT_MATTER.sub(lambda front: "\n" * front[0].count("\n"), text), file))


def _lines(text: str, file: str) -> Iterator[tuple[int, Clause]]:
    """Yield the clauses of plain text: blocks between blank lines; where there are none, lines."""
    parted = re.search(r"\n[ \t]*\n", text.strip()) is not None
    block: list[tuple[int, str]] = []
    for number, raw in enumerate((*text.split("\n"), ""), start=1):
        line = raw.strip()
        begins = not line or not parted or _BULLET.match(line) or _NUMBERED.match(line)
        if begins and block:
            yield _line_clause(block, file)
            block = []
        if line:
            block.append((number, line))


#: Level, kind and marker of a heading.
_HEAD: tuple[int, Kind, str] = (2, "heading", "")


def _line_clause(block: list[tuple[int, str]], file: str) -> tuple[int, Clause]:
    lines = [line for _, line in block]
    underlined = len(lines) > 1 and _UNDERLINE.fullmatch(lines[1]) is not None
    text = " ".join(lines[:1] if underlined else lines)
    level, kind, marker = _HEAD if underlined else _line_kind(text, single=len(lines) == 1)
    bullet = _BULLET.match(text) or _NUMBERED.match(text)
    words = text[bullet.end() :] if bullet and kind == "item" else text
    clause = Clause(
        kind=kind, text=fold(literal(words)), depth=int(kind == "item"), marker=marker, file=file, line=block[0][0]
    )
    return level, clause


def _line_kind(text: str, *, single: bool) -> tuple[int, Kind, str]:
    """Return a block's level, kind and marker: short numbered lines and lines in capitals are headings."""
    if _BULLET.match(text):
        return 0, "item", "-"
    short = single and len(text.split()) <= _HEADING_WORDS and text[-1] not in ".;,:!?"
    if number := _NUMBERED.match(text):
        return (2 + number[1].count("."), "heading", "") if short else (0, "item", f"{number[1]}.")
    return _HEAD if short and text.isupper() else (0, "paragraph", "")


#: Readers by the ending of a file's name.
_READERS: dict[str, Callable[[str, str], Document]] = {".html": _html, ".htm": _html, ".xhtml": _html, ".txt": _plain}
