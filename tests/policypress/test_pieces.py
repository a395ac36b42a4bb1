"""Cutting Markdown: to read the pieces one by one is to read the whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policypress.document import _blocks, _read, _Walk
from policypress.pieces import pieces

BLOCKS = (
    "# Title {#title}",
    "A paragraph\nover two lines.",
    "**Bold** at the start, <https://example.org> and <a@example.org>.",
    "<https://example.org> at the start.",
    "- an item\n- another",
    "1. one\n2. two",
    "10) ten",
    "  indented a little",
    "    indented code",
    "| a | b |\n| --- | --- |\n| c | d |",
    "| not a table |",
    "> a quotation",
    "---",
    "* * *",
    "Setext\n======",
    "```\nfenced\n\ncode\n```",
    "~~~\nnever closed",
    "<div>\nraw\n\n</div>",
    "<!-- a remark",
    "-->",
    "-",
    "+\n  an item that starts late",
    "[words]: https://example.org 'a definition'",
    "2024 is no item.",
    "\u00a0not an empty line",
    "\f",
)
GLUES = ("\n", "\n\n", "\n \t\n", "\n\n\n", "\n    ")


def whole(text: str) -> list:
    """Read a text at one go."""
    return [(level, clause, clause.line) for level, clause in _Walk(file="f").run(_blocks().parse(text))]


@given(st.lists(st.tuples(st.sampled_from(BLOCKS), st.sampled_from(GLUES)), max_size=12))
def test_reading_piece_by_piece_is_reading_the_whole(parts) -> None:
    """Whatever blocks follow each other: the same clauses, each on the same line."""
    text = "".join(block + glue for block, glue in parts)
    assert whole(text) == [(level, clause, clause.line) for level, clause in _read(text, "f", 0)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a\n\nb\n", [(0, "a\n"), (2, "b\n")]),
        ("- a\n\n- b\n\nc\n", [(0, "- a\n\n- b\n"), (4, "c\n")]),
        ("- a\n\n  b\n\n## c\n", [(0, "- a\n\n  b\n"), (4, "## c\n")]),
        ("a\n\n```\nb\n\nc\n```\n", [(0, "a\n\n```\nb\n\nc\n```\n")]),
        ("a <b>c</b>\n\nd\n", [(0, "a <b>c</b>\n\nd\n")]),
    ],
)
def test_where_it_is_cut(text, expected) -> None:
    """At empty lines before the left edge; not inside lists, and not where anything runs on over empty lines."""
    assert expected == list(pieces(text))
