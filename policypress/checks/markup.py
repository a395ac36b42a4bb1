"""What of Markdown and templates a clause may hold; knows no language."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from policypress.document import PLACEHOLDER, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policypress.checks.desk import Desk
    from policypress.errors import Problem

_STATEMENT = re.compile(r"\{%.*?(?:%\}|$)|\{#.*?(?:\}|$)", re.DOTALL)
#: How a placeholder is spelt where an address is expected.
_HIDDEN = "x-placeholder:"


@lru_cache(maxsize=1)
def _inlines() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True})


@lru_cache(maxsize=65536)
def addresses(text: str) -> tuple[str, ...]:
    """Return the addresses of a clause's links, in order; a placeholder as `x-placeholder:` and its expression in hex.

    So `<{{ facts.url }}>` is a link before the fact is filled in, and two clauses can be compared.
    """
    hidden = PLACEHOLDER.sub(lambda found: f"{_HIDDEN}{' '.join(found[1].split()).encode().hex()}", text)
    tokens = _inlines().parseInline(hidden)[0].children or ()
    return tuple(str(token.attrGet("href") or "") for token in tokens if token.type == "link_open")


def revealed(address: str) -> str:
    """Return an address with its placeholder spelt as the editor wrote it."""
    if not address.startswith(_HIDDEN):
        return address
    code = re.match(r"[0-9a-f]*", address.removeprefix(_HIDDEN))
    return f"{{{{ {bytes.fromhex(code[0]).decode()} }}}}" if code else address


@lru_cache(maxsize=65536)
def html_in(text: str) -> tuple[str, ...]:
    """Return the HTML tags and comments of a clause."""
    tokens = _inlines().parseInline(PLACEHOLDER.sub("", text))[0].children or ()
    return tuple(token.content for token in tokens if token.type == "html_inline")


def raw_html(desk: Desk) -> Iterator[Problem]:
    """Report HTML in the source.

    A policy is printed as a page, a mail, a file and plain text; HTML survives in one of them and can carry scripts
    into it. Write Markdown: `**strong**`, `[words](https://…)`, `<https://…>`, lists and tables. A comment belongs
    into the commit's message.
    """
    blocks = {(clause.file, clause.line) for _, clause in desk.document.clauses() if clause.kind == "html"}
    code = {(clause.file, clause.line) for _, clause in desk.document.clauses() if clause.kind == "code"}
    for place in desk.clauses:
        found = (place.text,) if (place.file, place.line) in blocks else html_in(place.text)
        if found and (place.file, place.line) not in code:
            yield place.problem("raw-html", f"HTML: {found[0].splitlines()[0]}", "Write it as Markdown")


def template_statement(desk: Desk) -> Iterator[Problem]:
    """Report a template statement or comment: `{% … %}` or `{# … #}`.

    A clause is one text for every reader. With a condition or a loop in it nobody could say what was published, and
    it could not be translated. Write two clauses, or use a placeholder: `{{ facts.… }}`, `{{ date(…) }}`,
    `{{ ref('…') }}`, `{{ term('…') }}`. An anchor, `{#name}`, stands at the very end of its line.
    """
    for place in desk.clauses:
        for found in _STATEMENT.findall(place.text):
            message = f"{found.strip()!r} has no place in a clause"
            way_out = "Only {{ placeholders }} are filled; an anchor {#name} stands at the end of its line"
            yield place.problem("template-statement", message, way_out)


def markup_html(desk: Desk) -> Iterator[Problem]:
    """Report HTML or a template statement in a translation.

    The source has none, and a catalogue often comes from outside: HTML in it is a mistake or an attack. Take it
    out; the marks of the source (`**`, `[…](…)`, `<…>`) are all that is printed.
    """
    for pair in desk.pairs:
        if found := (*html_in(pair.target.text), *_STATEMENT.findall(pair.target.text)):
            yield pair.target.problem("markup-html", f"{found[0]!r} in a translation", "Use the marks of the source")


def shape_parity(desk: Desk) -> Iterator[Problem]:
    """Report a translation that Markdown would read as another kind of block, or as several.

    A translated paragraph that begins with `- ` or `1. ` becomes a list, one with a `#` a heading, and then the
    clauses of two languages no longer stand opposite each other. Put a backslash before the first character, or
    word it as the source does.
    """
    for pair in desk.pairs:
        before, after = _shape(pair.source), _shape(pair.target.text)
        if before != after:
            message = f"would be printed as {', '.join(after) or 'nothing'}, the source as {', '.join(before)}"
            yield pair.target.problem("shape-parity", message, "Begin it with the words, as the source does")


@lru_cache(maxsize=65536)
def _shape(text: str) -> tuple[str, ...]:
    cells = f" of {text.count(' | ') + 1} cells" if " | " in text else ""
    sections = parse(text).sections
    kinds = [f"heading {section.level}" for section in sections if section.level]
    kinds += [f"{clause.kind}{' with an id' if clause.id else ''}{cells}" for s in sections for clause in s.clauses]
    return tuple("paragraph" if kind == "html" else kind for kind in kinds)
