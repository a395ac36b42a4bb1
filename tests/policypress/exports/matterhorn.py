"""What a machine can tell of PDF/UA-1 by the conditions of the Matterhorn Protocol 1.1; the number stands with each."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pypdf.generic import ContentStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pypdf import PageObject, PdfReader

#: Operators that put something on the page.
_PAINTS = {b"Tj", b"TJ", b"'", b'"', b"S", b"s", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"sh", b"Do"}
#: What may stand in an element, where that is not free.
_CHILDREN = {"L": {"LI", "L", "Caption"}, "LI": {"Lbl", "LBody"}, "Table": {"TR", "THead", "TBody", "TFoot", "Caption"}}
_CHILDREN |= {"TR": {"TH", "TD"}, "THead": {"TR"}, "TBody": {"TR"}}
#: The elements of ISO 32000-1, 14.8.4; a name beyond them would have to be mapped.
_STANDARD = {
    *(
        "Document",
        "Part",
        "Art",
        "Sect",
        "Div",
        "BlockQuote",
        "Caption",
        "TOC",
        "TOCI",
        "Index",
        "NonStruct",
        "Private",
    ),
    *(
        "P",
        "H",
        "H1",
        "H2",
        "H3",
        "H4",
        "H5",
        "H6",
        "L",
        "LI",
        "Lbl",
        "LBody",
        "Table",
        "TR",
        "TH",
        "TD",
        "THead",
        "TBody",
    ),
    *("TFoot", "Span", "Quote", "Note", "Reference", "BibEntry", "Code", "Link", "Annot", "Figure", "Formula", "Form"),
}


@dataclass(frozen=True, kw_only=True)
class Element:
    """An element of the structure tree."""

    kind: str
    node: Any
    children: tuple[Element, ...]
    #: The marked content that it holds, by page and number.
    content: tuple[tuple[int, int], ...]
    #: The annotations that it holds.
    objects: tuple[Any, ...]

    def walk(self) -> Iterator[Element]:
        """Yield the element and all below it, in the order of reading."""
        yield self
        for child in self.children:
            yield from child.walk()


def structure(reader: PdfReader) -> Element:
    """Return the structure tree of a file."""
    pages = {page.indirect_reference.idnum: number for number, page in enumerate(reader.pages)}
    return _element(reader.trailer["/Root"]["/StructTreeRoot"], pages, None)


def _element(node: Any, pages: dict[int, int], page: int | None) -> Element:
    here = pages[node.raw_get("/Pg").idnum] if "/Pg" in node else page
    children, content, objects = [], [], []
    kids = node.get("/K", ())
    for kid in kids if isinstance(kids, list) else [kids]:
        one = kid.get_object()
        if isinstance(one, int):
            content.append((here, int(one)))
        elif one.get("/Type") == "/MCR":
            content.append((pages[one.raw_get("/Pg").idnum] if "/Pg" in one else here, int(one["/MCID"])))
        elif one.get("/Type") == "/OBJR":
            objects.append(one["/Obj"])
        else:
            children.append(_element(one, pages, here))
    kind = str(node.get("/S", "Root")).lstrip("/")
    return Element(kind=kind, node=node, children=tuple(children), content=tuple(content), objects=tuple(objects))


def complaints(reader: PdfReader) -> list[str]:
    """Return every condition that a file fails, each once."""
    tree = structure(reader)
    return sorted({f"{number} {text}" for check in CHECKS for number, text in check(reader, tree)})


def _catalogue(reader: PdfReader, tree: Element) -> Iterator[tuple[str, str]]:
    root = reader.trailer["/Root"]
    xmp = root["/Metadata"].get_data().decode() if "/Metadata" in root else ""
    if not root.get("/MarkInfo", {}).get("/Marked"):
        yield "06-001", "not marked as tagged"
    if 'pdfuaid:part="1"' not in xmp and "<pdfuaid:part>1<" not in xmp:
        yield "06-002", "no PDF/UA identifier"
    if not re.search(r"<dc:title>.*\S.*</dc:title>", xmp, re.DOTALL):
        yield "06-003", "no title in the metadata"
    if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle"):
        yield "07-001", "the title is not shown"
    if not re.fullmatch(r"[a-z]{2,3}(-\w+)*", str(root.get("/Lang", ""))):
        yield "11-006", "no language"
    if [child.kind for child in tree.children] != ["Document"]:
        yield "09-004", "the structure is not one document"
    if not reader.outline:
        yield "bookmarks", "a long text has none"


def _elements(reader: PdfReader, tree: Element) -> Iterator[tuple[str, str]]:
    del reader
    for one in tree.walk():
        if one.kind not in _STANDARD | {"Root"}:
            yield "02-001", f"{one.kind} is no standard element"
        if wrong := {child.kind for child in one.children} - _CHILDREN.get(one.kind, _STANDARD):
            yield "09-005", f"{one.kind} holds {', '.join(sorted(wrong))}"
        if one.kind == "TH" and "/Scope" not in str(one.node.get("/A", "")):
            yield "15-003", "a heading of a table without a scope"
        if one.kind == "Figure" and not one.node.get("/Alt"):
            yield "13-004", "a figure without words"


def _headings(reader: PdfReader, tree: Element) -> Iterator[tuple[str, str]]:
    del reader
    levels = [int(one.kind[1]) for one in tree.walk() if re.fullmatch("H[1-6]", one.kind)]
    if levels[:1] != [1] or levels.count(1) != 1:
        yield "14-002", f"does not begin with its one title: {levels[:3]}"
    if leaps := [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1]:
        yield "14-003", f"levels are left out: {leaps[0]}"


def _links(reader: PdfReader, tree: Element) -> Iterator[tuple[str, str]]:
    held = Counter(id_(thing) for one in tree.walk() if one.kind == "Link" for thing in one.objects)
    for page in reader.pages:
        links = [one.get_object() for one in page.get("/Annots", ())]
        if links and page.get("/Tabs") != "/S":
            yield "28-008", "a page whose links are not in the order of the structure"
        for link in links:
            if link["/Subtype"] != "/Link" or held[id_(link)] != 1:
                yield "28-011", "a link outside of the structure"
            if not str(link.get("/Contents", "")).strip():
                yield "28-012", "a link that does not say where it leads"
            if "/StructParent" not in link:
                yield "28-004", "a link that does not know its element"


def id_(thing: Any) -> tuple[str, str]:
    """Return what tells one annotation from another: place and target."""
    return str(thing.get_object()["/Rect"]), str(thing.get_object().get("/A", thing.get_object().get("/Dest", "")))


def _content(reader: PdfReader, tree: Element) -> Iterator[tuple[str, str]]:
    held = Counter(place for one in tree.walk() for place in one.content)
    marked: set[tuple[int, int]] = set()
    for number, page in enumerate(reader.pages):
        if "/StructParents" not in page:
            yield "01-005", "a page that does not know its elements"
        for mark in _painted(page, reader):
            if mark is None:
                yield "01-005", "something that is neither content nor decoration"
            elif mark >= 0:
                marked.add((number, mark))
    if lost := marked - set(held):
        yield "01-005", f"marked content in no element: {len(lost)}"
    if twice := [place for place, times in held.items() if times > 1]:
        yield "01-006", f"content in two elements: {len(twice)}"


def _painted(page: PageObject, reader: PdfReader) -> Iterator[int | None]:
    """Yield of everything that is painted its number, -1 for decoration, None where it is marked as neither."""
    stack: list[int | None] = []
    for operands, operator in ContentStream(page.get_contents(), reader).operations:
        if operator in (b"BDC", b"BMC"):
            named = operands[1] if len(operands) > 1 else {}
            number = named.get("/MCID") if isinstance(named, dict) else None
            stack.append(-1 if operands[0] == "/Artifact" else int(number) if number is not None else None)
        elif operator == b"EMC":
            stack.pop()
        elif operator in _PAINTS:
            yield next((mark for mark in reversed(stack) if mark is not None), None)


def _fonts(reader: PdfReader, tree: Element) -> Iterator[tuple[str, str]]:
    del tree
    for page in reader.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            if "/ToUnicode" not in font.get_object():
                yield "10-001", "letters that cannot be read out"
            for inner in font.get_object()["/DescendantFonts"]:
                if not {"/FontFile2", "/FontFile3"} & set(inner.get_object()["/FontDescriptor"]):
                    yield "31-009", "a font that is not in the file"


CHECKS: tuple[Callable[[PdfReader, Element], Iterator[tuple[str, str]]], ...] = (
    _catalogue,
    _elements,
    _headings,
    _links,
    _content,
    _fonts,
)
