"""A link by name is the link with its address: where it stands, what stays as it is, and what a swapped address is."""

from __future__ import annotations

import pytest

from policypress.document import parse, plain, write

NAMED = '\n\n[one]: https://one.example/ \n[Two Words]: </two (2)> "The second"\n'


def text(markdown: str) -> str:
    """Return the first clause of a text with both names."""
    return parse(markdown + NAMED).sections[0].clauses[0].text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("[a][one]", "[a](https://one.example/)"),
        ("[ONE][]", "[ONE](https://one.example/)"),
        ("[one]", "[one](https://one.example/)"),
        ("see [a b][two  words].", 'see [a b](</two%20(2)> "The second").'),
        ("![alt][one]", "![alt](https://one.example/)"),
        ("- [a][one]", "[a](https://one.example/)"),
        ("`[a][one]` and [a][one]", "`[a][one]` and [a](https://one.example/)"),
        ("\\[a][one]", "\\[a][one](https://one.example/)"),
        ("[a](/b) [c][three] [three]", "[a](/b) [c][three] [three]"),
    ],
)
def test_a_name_is_its_address(written, read) -> None:
    """As CommonMark has it: full, collapsed and short, in any case, never in code or behind a backslash."""
    assert read == text(written)


def test_what_is_read_is_written_and_read_again() -> None:
    """The document prints with the addresses in it, and reads back as itself."""
    document = parse("# A {#a}\n\n[b][one] and [two words]" + NAMED)
    assert document == parse(write(document))
    assert "[b](https://one.example/)" in write(document)


@pytest.mark.parametrize("defined", ["> [two]: /y", "- x\n\n  [two]: /y", "[t\\]wo]: /y\n\n[two]: /y"])
def test_wherever_a_name_is_defined(defined) -> None:
    """In a quotation, in a list, or behind one with a bracket in its name: an address is an address."""
    assert "See [it](/y)." == plain(parse(f"# A {{#a}}\n\nSee [it][two].\n\n{defined}\n").sections[0].clauses[0].text)


def test_a_name_defined_in_another_part_of_the_text() -> None:
    """Addresses may stand anywhere, also before the heading, or behind an empty line and a list."""
    found = parse("[one]: /x\n\n# A {#a}\n\n- b\n\nSee [it][one].")
    assert "See [it](/x)." == plain(found.sections[0].clauses[-1].text)
