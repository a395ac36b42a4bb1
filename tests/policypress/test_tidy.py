"""Canonical Markdown: the same document, written the one way there is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policypress.document import parse
from policypress.errors import ProblemsError
from policypress.tidy import tidied

PIECES = st.sampled_from(
    ["# A {#a}", "## B {#b .unnumbered}", "Word", "wrapped\nline", "* one", "- two", "  - deep", "1. first", "2) second",
     "{{ facts.x }}", "{{ ref('a') }} and **bold**", "| a | b |\n|---|:-:|\n| c | d |", "```\ncode\n```", "***", "    indented",
     "Setext\n===", "text {#id}", "hard\\\nbreak", "two spaces  \nbreak", "<b>html</b>", "<!-- note -->", ""]
)  # fmt: skip


@given(st.lists(PIECES, max_size=10).map("\n\n".join), st.sampled_from(["\n", "\r\n"]))
def test_it_is_idempotent_and_keeps_every_clause(text, newline) -> None:
    """What is read before and after is equal; a second time there is nothing to do."""
    text = text.replace("\n", newline)
    try:
        found = tidied(text, "a.md")
    except ProblemsError:
        return  # says that it leaves the file alone
    assert parse(text) == parse(found)
    assert found == tidied(found, "a.md")


def test_what_parse_does_not_know_is_never_touched() -> None:
    """A block quote would become a paragraph: refused with its place."""
    with pytest.raises(ProblemsError, match=r"a\.md: the block quote in line 3 would be lost"):
        tidied("Word\n\n> quote\n", "a.md")


def test_front_matter_stays() -> None:
    """It is no clause and is kept as it is."""
    assert "---\nx:   1\n---\nWord\n" == tidied("---\nx:   1\n---\n\nWord\n\n", "a.md")
