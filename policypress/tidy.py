"""Canonical Markdown of the source: one clause a line; changes no clause, and knows no file."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt

from policypress.document import Document, parse, write
from policypress.errors import Problem, ProblemsError

_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


def tidied(text: str, file: str) -> str:
    """Return a text in its canonical form; raise `ProblemsError` for one that would lose something by it.

    The document read from what is returned is the document read from `text`.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    front = _FRONT_MATTER.match(text)
    head, body = (front[0], text[front.end() :]) if front else ("", text)
    if lost := _unprintable(body):
        help_ = "Write it as paragraphs, lists, tables and plain links"
        problem = Problem(rule="fmt", file=file, message=f"{lost} would be lost, so nothing is changed", help=help_)
        raise ProblemsError([problem])
    document = parse(body)
    found = write(document)
    if not same(parse(found), document):
        problem = Problem(
            rule="fmt", file=file, message="does not read back as itself, so nothing is changed", help="Report it"
        )
        raise ProblemsError([problem])
    return head + found


def same(one: Document, other: Document) -> bool:
    """Return whether two documents are equal clause by clause, placeholders and all."""
    return one == other and [clause for _, clause in one.clauses()] == [clause for _, clause in other.clauses()]


def _unprintable(text: str) -> str:
    """Return what stands in a text and in no document: a block quote."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").disable("inline").parse(text)
    if quote := next((token for token in tokens if token.type == "blockquote_open"), None):
        return f"the block quote in line {(quote.map or [0])[0] + 1}"
    return ""
