"""A comparison as a Word document with tracked changes: accepted it is the new text, rejected it is the old one."""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from policypress.comparison import place
from policypress.errors import UsageError
from policypress.localise import direction
from policypress.materiality import taxonomy
from policypress.redline import redline
from policypress.render import text as spelled

try:
    from docx import Document
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Mm
except ImportError as error:
    message = "a Word report needs python-docx: pip install 'policypress[docx]'"
    raise UsageError(message) from error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from docx.document import Document as WordDocument

    from policypress.changes import Pair, Placed
    from policypress.comparison import Comparison, Row
    from policypress.document import Clause

#: What happened to a stretch of text: nothing, or the element that tracks it.
Mark = Literal["", "ins", "del", "moveFrom", "moveTo"]

_AUTHOR = "Policypress"
_INITIALS = "PP"
#: A name of its own for a thematic break, which is a paragraph like any other here.
_RULE = "* * *"
#: Word's own list styles go three levels deep.
_DEEPEST = 3
_HEADINGS = 9
#: What XML 1.0 cannot hold (https://www.w3.org/TR/xml/#charsets).
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ORDERED = re.compile(r"(\d+)([.)])")
_BREAKS = re.compile("([\t\n])")
#: The first moment a ZIP file can name.
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One paragraph of the document: a clause that stays, leaves or arrives."""

    pair: Pair
    #: What happened to the whole paragraph, its mark included.
    mark: Mark
    runs: tuple[tuple[Mark, str], ...]
    #: The side whose form (heading, item, language) it is shown in.
    clause: Clause
    level: int
    #: The form it had, where that was another.
    was: tuple[Clause, int] | None = None


def render(comparison: Comparison, *, date: datetime) -> bytes:
    """Return the .docx; every change is dated `date`, so that the same comparison gives the same bytes."""
    word = Document()
    _describe(word, comparison, date)
    writer = _Writer(word=word, locale=comparison.locale, date=date, comments=_by_place(comparison))
    for line in lines(comparison.pairs, locale=comparison.locale):
        writer.write(line)
    writer.close()
    packed = io.BytesIO()
    word.save(packed)
    return _repacked(packed.getvalue())


def _describe(word: WordDocument, comparison: Comparison, date: datetime) -> None:
    """Set title, language and dates, and the page to A4; drop what the empty template says of itself."""
    properties = word.core_properties
    properties.title = f"{comparison.old} → {comparison.new}"
    properties.author = properties.last_modified_by = _AUTHOR
    properties.comments = ""
    properties.language = comparison.locale
    properties.created = properties.modified = date.astimezone(UTC).replace(tzinfo=None)
    for language in word.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), comparison.locale)
        if direction(comparison.locale) == "rtl":
            language.set(qn("w:bidi"), comparison.locale)
    shared = word.part.package.rels
    for name in [name for name, link in shared.items() if link.reltype.endswith("/thumbnail")]:
        del shared[name]  # python-docx's template shows a picture of itself
    word.sections[0].page_width, word.sections[0].page_height = Mm(210), Mm(297)


def _repacked(data: bytes) -> bytes:
    """Return a ZIP file without the clock's time in it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            entry = zipfile.ZipInfo(name, _ZIP_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            after.writestr(entry, before.read(name))
    return packed.getvalue()


# Pairs -> lines


def lines(pairs: Sequence[Pair], *, locale: str) -> Iterator[Line]:
    """Yield the paragraphs so that those of either text stand in that text's order, what left before what came."""
    old_text = _texts([pair.old for pair in pairs if pair.old])
    new_text = _texts([pair.new for pair in pairs if pair.new])
    olds = sorted((pair for pair in pairs if pair.old), key=lambda pair: pair.old.index if pair.old else 0)
    at = 0
    for pair in [None, *sorted((one for one in pairs if one.new), key=lambda one: one.new.index if one.new else 0)]:
        if pair and pair.new and pair.old and pair.kind != "moved":
            yield _staying(pair, old_text[pair.old.index], new_text[pair.new.index], locale)
            at += 1
        elif pair and pair.new:
            yield _arriving(pair, old_text, new_text[pair.new.index], locale)
            continue
        while at < len(olds) and (olds[at].new is None or olds[at].kind == "moved"):
            yield _leaving(olds[at], old_text)
            at += 1


def _staying(pair: Pair, old: str, new: str, locale: str) -> Line:
    was = _form(pair.old) if pair.old and _form(pair.old) != _form(pair.new) else None
    clause, level = _form(pair.new)
    return Line(pair=pair, mark="", runs=tuple(_runs(old, new, locale)), clause=clause, level=level, was=was)


def _leaving(pair: Pair, texts: Mapping[int, str]) -> Line:
    mark: Mark = "moveFrom" if pair.kind == "moved" else "del"
    clause, level = _form(pair.old)
    old = texts[pair.old.index] if pair.old else ""
    return Line(pair=pair, mark=mark, runs=((mark, old),), clause=clause, level=level)


def _arriving(pair: Pair, texts: Mapping[int, str], new: str, locale: str) -> Line:
    """Return a new paragraph; one that moved shows what it brought along and what is new in it."""
    clause, level = _form(pair.new)
    runs: tuple[tuple[Mark, str], ...] = (("ins", new),)
    if pair.old:
        both = _runs(texts[pair.old.index], new, locale)
        runs = tuple(("ins" if mark else "moveTo", text) for mark, text in both if mark != "del")
    return Line(pair=pair, mark="moveTo" if pair.old else "ins", runs=runs, clause=clause, level=level)


def _form(placed: Placed | None) -> tuple[Clause, int]:
    if placed is None:
        message = "a line has a clause"
        raise ValueError(message)
    return placed.clause, placed.section.level


def _runs(old: str, new: str, locale: str) -> Iterator[tuple[Mark, str]]:
    """Yield the stretches of a clause; the deleted and the equal ones make `old` to the letter, as the others `new`."""
    if old == new:
        yield "", new
        return
    for run in redline(old, new, locale=locale):
        if run.op != "equal" or run.old == run.new:
            yield {"equal": "", "insert": "ins", "delete": "del"}[run.op], run.old or run.new  # type: ignore[misc]
            continue
        yield from _respaced(run.old, run.new)


def _respaced(old: str, new: str) -> Iterator[tuple[Mark, str]]:
    """Yield the same words with other white space, which is tracked too; most often that behind the last word."""
    body = old.rstrip()
    if body == new.rstrip():
        yield from (("", body), ("del", old[len(body) :]), ("ins", new[len(body) :]))
        return
    for tag, *(a_from, a_to, b_from, b_to) in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield "", old[a_from:a_to]
        else:
            yield from (("del", old[a_from:a_to]), ("ins", new[b_from:b_to]))


def _texts(side: Iterable[Placed]) -> dict[int, str]:
    """Return the text of one side's clauses as its readers see it, by place: headings and items with numbers."""
    texts = {}
    counts: dict[int, tuple[str, int]] = {}
    for placed in sorted(side, key=lambda one: one.index):
        label = _label(placed.clause, counts)
        if placed.clause.kind == "heading":
            label = f"{placed.section.number} " if placed.section.number else ""
        texts[placed.index] = _ILLEGAL.sub("\ufffd", label + _text(placed.clause)).strip()
    return texts


def _text(clause: Clause) -> str:
    if clause.kind == "rule":
        return _RULE
    return clause.text if clause.kind in ("code", "html") else spelled(clause.text)


def _label(clause: Clause, counts: dict[int, tuple[str, int]]) -> str:
    """Return the number of an ordered item, counted on from its list's first; `counts` is kept by depth."""
    for depth in [depth for depth in counts if depth > clause.depth]:
        del counts[depth]
    ordered = _ORDERED.fullmatch(clause.marker)
    if clause.kind != "item" or not ordered:
        if clause.kind == "item":
            counts.pop(clause.depth, None)
        return ""
    sign, count = counts.get(clause.depth, ("", 0))
    count = count + 1 if sign == ordered[2] else int(ordered[1])
    counts[clause.depth] = (ordered[2], count)
    return f"{count}{ordered[2]}\t"


# Comments


def _by_place(comparison: Comparison) -> dict[tuple[int | None, int | None], list[str]]:
    """Return what the comments at each clause say; a fact without a clause is told at its section's heading."""
    heads = {pair.section.anchor: place(pair) for pair in reversed(comparison.pairs) if pair.new}
    first = place(comparison.pairs[0]) if comparison.pairs else (None, None)
    found = defaultdict(list)
    for row in comparison.rows:
        where = place(row.pair) if row.pair else heads.get(row.finding.section, first)
        found[where].append(_comment(row))
    return found


def _comment(row: Row) -> str:
    page = Environment(
        loader=PackageLoader("policypress"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 (plain text; XML is escaped where it is written)
        trim_blocks=True,
    ).get_template("comment.txt")
    categories = [taxonomy()[name] for name in row.finding.categories]
    return _ILLEGAL.sub("\ufffd", page.render(finding=row.finding, categories=categories)).strip()


# Lines -> WordprocessingML


@dataclass(slots=True, kw_only=True)
class _Writer:
    """Writes lines into a document, in the order that ECMA-376 part 1, 17.3 and 17.13 ask of the elements."""

    word: WordDocument
    locale: str
    date: datetime
    comments: Mapping[tuple[int | None, int | None], list[str]]
    #: Annotations so far; each has a number of its own.
    count: int = 0
    moves: dict[tuple[int | None, int | None], str] = field(default_factory=dict)

    def write(self, line: Line) -> None:
        """Append a paragraph; what tracks a move ends behind it, so that it holds the paragraph's mark too."""
        language = line.clause.lang or self.locale
        paragraph = _element("w:p", self._properties(line, language))
        comments = [] if line.mark == "moveFrom" else self._comments(line.pair)
        paragraph.extend(_element("w:commentRangeStart", id=number) for number in comments)
        end = None
        if line.mark in ("moveFrom", "moveTo"):
            start, end = self._move(line)
            paragraph.append(start)
        paragraph.extend(
            self._tracked(mark, [_run(text, mark, self._voice(language))]) for mark, text in line.runs if text
        )
        for number in comments:
            paragraph.append(_element("w:commentRangeEnd", id=number))
            paragraph.append(self._tracked(line.mark, [_element("w:r", _element("w:commentReference", id=number))]))
        self._append(paragraph)
        if end is not None:
            self._append(end)

    def close(self) -> None:
        """End with an empty paragraph of neither text: the last mark of a document cannot be tracked."""
        self._append(_element("w:p"))

    def _append(self, element: Any) -> None:
        self.word.element.body.insert_element_before(element, "w:sectPr")

    def _change(self, tag: str, *children: Any, **attributes: str) -> Any:
        """Return an element with author, date and a number of its own."""
        self.count += 1
        stamp = self.date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return _element(tag, *children, id=str(self.count), author=_AUTHOR, date=stamp, **attributes)

    def _tracked(self, mark: Mark, children: Sequence[Any]) -> Any:
        return self._change(f"w:{mark}", *children) if mark else children[0]

    def _move(self, line: Line) -> tuple[Any, Any]:
        """Return the start and the end of one half of a move; both halves bear one name."""
        name = self.moves.setdefault(place(line.pair), f"move{len(self.moves) + 1}")
        start = self._change(f"w:{line.mark}RangeStart", name=name)
        return start, _element(f"w:{line.mark}RangeEnd", id=start.get(qn("w:id")))

    def _properties(self, line: Line, language: str) -> Any:
        style, rtl = self._style(line.clause, line.level), direction(language) == "rtl"
        inner = [self._change(f"w:{line.mark}")] if line.mark else []
        inner += [_element("w:rtl")] if rtl else []
        found = [_element("w:pStyle", val=style)]
        found += [_element("w:bidi")] if rtl else []
        found += [_element("w:rPr", *inner)] if inner else []
        if line.was and (was := self._style(*line.was)) != style:
            found.append(self._change("w:pPrChange", _element("w:pPr", _element("w:pStyle", val=was))))
        return _element("w:pPr", *found)

    def _style(self, clause: Clause, level: int) -> str:
        return str(self.word.styles[_style_name(clause, level)].style_id)

    def _voice(self, language: str) -> list[Any]:
        """Return the properties of a run in a language: its direction, and its name where it is not the document's."""
        found = [_element("w:rtl")] if direction(language) == "rtl" else []
        return [*found, *([_element("w:lang", val=language, bidi=language)] if language != self.locale else [])]

    def _comments(self, pair: Pair) -> list[str]:
        """Add the comments of a clause; return their numbers."""
        numbers = []
        for text in self.comments.get(place(pair), ()):
            comment = self.word.comments.add_comment(text, author=_AUTHOR, initials=_INITIALS)
            comment._comment_elm.date = self.date  # noqa: SLF001 (python-docx takes the clock's and has no other way)
            numbers.append(str(comment.comment_id))
        return numbers


def _style_name(clause: Clause, level: int) -> str:
    """Return the name of a style that python-docx's own template has."""
    deep = f" {min(clause.depth, _DEEPEST)}" if clause.depth > 1 else ""
    match clause.kind:
        case "heading":
            return f"Heading {min(level, _HEADINGS)}"
        case "item" if not _ORDERED.fullmatch(clause.marker):
            return f"List Bullet{deep}"
        case "code" | "html":
            return "macro"
        case _:
            return f"List Continue{deep}" if clause.depth else "Normal"


def _element(tag: str, *children: Any, **attributes: str) -> Any:
    """Return an element of WordprocessingML with its children."""
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    element.extend(children)
    return element


def _run(text: str, mark: Mark, properties: Sequence[Any]) -> Any:
    """Return a run; tabs and line ends are elements of their own."""
    run = _element("w:r", *([_element("w:rPr", *properties)] if properties else []))
    for part in _BREAKS.split(text):
        if part in ("\t", "\n"):
            run.append(_element("w:tab" if part == "\t" else "w:br"))
        elif part:
            words = _element("w:delText" if mark == "del" else "w:t")
            words.text = part
            words.set(qn("xml:space"), "preserve")
            run.append(words)
    return run
