"""Word (.docx) -> Original, by way of HTML; the importer's only user of python-docx, bounded against zip bombs."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any

from policypress.errors import UsageError
from policypress.importer import html
from policypress.importer.numbering import Numbering, numbering
from policypress.importer.numbering import W as _W

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policypress.importer.original import Original

#: What a document may unpack to, in bytes: a policy of a million characters in Word stays far below.
BOUND = 50_000_000
#: How many times larger than its file a part may become; text in XML seldom shrinks to a fortieth.
_RATIO = 200
#: Small parts may shrink as they like.
_SMALL = 1_000_000
_HEADING = re.compile(r"(?:heading|title)\s*(\d?)", re.IGNORECASE)
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_UNPLACED = ("commentReference", "drawing", "pict", "object")
#: What stands for a character of Word.
_SIGNS = {"tab": " ", "br": "<br>", "noBreakHyphen": "\u2011"}
#: Parts that hold notes, by the end of their relation's type, and what a reference to one is called.
_NOTES = {"footnotes": "footnote", "endnotes": "endnote"}


@dataclass(slots=True, kw_only=True)
class _Word:
    """A document while it is read, with its notes numbered as they are met."""

    document: Any
    #: Counts what Word numbers.
    numbers: Numbering
    #: Notes by kind and id; None where the document lacks the one that it refers to.
    notes: dict[tuple[str, str], Any]
    met: int = 0
    #: Notes that were met and wait for the end of their section.
    waiting: list[str] = field(default_factory=list)

    def mark(self, reference: Any) -> str:
        """Return the sign of a note, `[1]`, and keep its text for the end of the section."""
        kind = reference.tag.removeprefix(_W).removesuffix("Reference")
        # each is told once, so that one which refers to itself ends
        note = self.notes.pop((kind, reference.get(f"{_W}id")), None)
        if note is None:
            return ""
        self.met += 1
        sign = f"[{self.met}]"
        words = " ".join("".join(_inline(self, paragraph)).strip() for paragraph in note.iter(f"{_W}p"))
        self.waiting.append(f"<p>{sign} {words.strip()}</p>")
        return sign

    def settle(self) -> str:
        """Return the notes that wait, a paragraph each."""
        found, self.waiting = "".join(self.waiting), []
        return found


def read(data: bytes, name: str) -> Original:
    """Read the paragraphs, lists, tables and links of a document; styles tell headings and lists."""
    document = _opened(data, name)
    word = _Word(document=document, numbers=_numbers(document), notes=_notes(document))
    body = "".join((*_blocks(word, document.element.body), word.settle()))
    found = html.read(body, name)
    lost = {kind: sum(1 for _ in document.element.body.iter(f"{_W}{kind}")) for kind in _UNPLACED}
    return replace(found, unplaced=tuple(f"{kind}: {count}" for kind, count in lost.items() if count))


def _opened(data: bytes, name: str) -> Any:
    _bounded(data, name)
    try:
        from docx import Document  # noqa: PLC0415 (an optional part: `policypress[docx]`)
    except ImportError as error:
        message = f"{name}: reading Word needs python-docx. Install it: pip install 'policypress[docx]'"
        raise UsageError(message) from error
    try:
        return Document(io.BytesIO(data))
    except Exception as error:  # python-docx lets through whatever zipfile, lxml and KeyError say of a broken file
        message = f"{name}: not a Word document that can be read. Open it in Word and save it as .docx again"
        raise UsageError(message) from error


def _numbers(document: Any) -> Numbering:
    from docx.oxml import parse_xml  # noqa: PLC0415 (as in `_opened`)

    return numbering(document, parse_xml)


def _notes(document: Any) -> dict[tuple[str, str], Any]:
    """Return the footnotes and endnotes; Word's own separators among them are never referred to."""
    from docx.oxml import parse_xml  # noqa: PLC0415 (as in `_opened`)

    found = {}
    for relation in document.part.rels.values():
        kind = _NOTES.get(relation.reltype.rpartition("/")[2])
        if kind and not relation.is_external:
            for note in parse_xml(relation.target_part.blob).iter(f"{_W}{kind}"):
                found[kind, note.get(f"{_W}id")] = note
    return found


def _bounded(data: bytes, name: str) -> None:
    """Refuse what is no zip, or would unpack to far more than a policy; sizes are those the zip itself declares."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        message = f"{name}: not a Word document (.docx). Open it in Word and save it as .docx"
        raise UsageError(message) from error
    size = sum(part.file_size for part in parts)
    swollen = any(part.file_size > _SMALL and part.file_size > _RATIO * part.compress_size for part in parts)
    if size > BOUND or swollen:
        message = f"{name}: would unpack to {size:,} bytes; no policy does. Save its text as .txt and import that"
        raise UsageError(message)


def _blocks(word: _Word, parent: Any) -> Iterator[str]:
    for element in parent:
        if element.tag == f"{_W}p":
            yield _paragraph(word, element)
        elif element.tag == f"{_W}tbl":
            rows = (_row(word, row) for row in element.iter(f"{_W}tr"))
            yield f"<table>{''.join(rows)}</table>"
        elif element.tag == f"{_W}sdt":
            for content in element.iter(f"{_W}sdtContent"):
                yield from _blocks(word, content)


def _row(word: _Word, row: Any) -> str:
    cells = ("".join(_blocks(word, cell)) for cell in row.iterchildren(f"{_W}tc"))
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _paragraph(word: _Word, paragraph: Any) -> str:
    style = _style(word, paragraph)
    before = word.settle() if _HEADING.match(style) else ""
    text, counted = "".join(_inline(word, paragraph)), word.numbers.count(paragraph)
    number = escape(counted.text) if counted else ""
    if found := _HEADING.match(style):
        level = min(int(found[1] or 1), 6)
        return f"{before}<h{level}>{number} {text}</h{level}>" if text.strip() else before
    if counted and counted.outlined:  # a legal clause, which others cite by its number
        return f"<p>{number} {text}</p>"
    if number:
        return f"<ol><li>{text}</li></ol>"
    if "list" in style.lower() or paragraph.find(f"{_W}pPr/{_W}numPr") is not None:
        tag = "ol" if "number" in style.lower() else "ul"
        return f"<{tag}><li>{text}</li></{tag}>"
    return f"<p>{text}</p>"


def _style(word: _Word, paragraph: Any) -> str:
    found = paragraph.find(f"{_W}pPr/{_W}pStyle")
    wanted = found.get(f"{_W}val") if found is not None else None
    return next((str(style.name) for style in word.document.styles if style.style_id == wanted), "")


def _inline(word: _Word, parent: Any) -> Iterator[str]:
    for element in parent:
        if element.tag == f"{_W}r":
            yield _run(word, element)
        elif element.tag == f"{_W}hyperlink":
            relation = word.document.part.rels.get(element.get(_ID))
            words = "".join(_inline(word, element))
            yield f'<a href="{escape(relation.target_ref)}">{words}</a>' if relation else words
        elif element.tag not in (f"{_W}del", f"{_W}pPr"):  # what was deleted under track changes is no text
            yield from _inline(word, element)


def _run(word: _Word, run: Any) -> str:
    text = "".join(_part(word, part) for part in run)
    bold = run.find(f"{_W}rPr/{_W}b")
    return f"<b>{text}</b>" if bold is not None and bold.get(f"{_W}val") not in ("0", "false") and text else text


def _part(word: _Word, part: Any) -> str:
    match part.tag.removeprefix(_W):
        case "t":
            return escape(part.text or "")
        case "footnoteReference" | "endnoteReference":
            return word.mark(part)
        case name:
            return _SIGNS.get(name, "")
