"""A changed clause as the proofs see it: its words, its links, and the words of both whole texts."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from policypress.document import fold, plain, visible
from policypress.reading import flatten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policypress.changes import Pair, Placed
    from policypress.materiality.decisions import Rename
    from policypress.materiality.lexicon import Lexicon

_WORD = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https?://[^\s<>()]+[^\s<>().,;:!?]"  # an address is one word
    r"|[^\W_]+(?:[’'\-\u2010\u2011.][^\W_]+)*|[%‰§№$€₸₽£+<>=/]|~~"  # `~~` strikes words
)
#: A tag of a template language that the text's own generator acts on; no reader sees it.
TAG = re.compile(r"\{%.*?%\}|\{:.*?\}")
_LINK = re.compile(r"\[([^\[\]]*)\]\(([^()\s]*)\)|<([^<>\s]+)>")
_SCHEME = re.compile(r"^(?:mailto:|https?://)")


def words(text: str) -> list[str]:
    """Return the words of a text, signs of substance among them; one kind of apostrophe and hyphen."""
    return [word.replace("’", "'").replace("\u2010", "-").replace("\u2011", "-") for word in _WORD.findall(text)]


def shown(text: str) -> str:
    """Return a clause as the words a reader sees: no Markdown, no HTML, no addresses of links."""
    return visible(flatten(text))


def told(text: str) -> str:
    """Return a clause as plain text with the addresses of its links behind their words."""
    return plain(flatten(text))


class Link(NamedTuple):
    """Words that lead somewhere."""

    words: str
    address: str


def links(text: str) -> list[Link]:
    """Return the links of a plain text, but those whose words are their address."""
    found = [Link(found[0], found[1] or found[2]) for found in _LINK.findall(text)]
    return [link for link in found if _bare(link.address) != _bare(link.words) and link.words]


def unlinked(text: str) -> str:
    """Return a plain text without the addresses behind its words."""
    return _LINK.sub(lambda found: found[1] if found[1] is not None else found[3], text)


def _bare(address: str) -> str:
    return _SCHEME.sub("", address).rstrip("/")


class Vocabulary:
    """The words and clauses of both whole texts, counted once, when first asked for."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        """Keep every pair of the alignment, the unchanged ones too."""
        self._pairs = pairs
        self._olds = [pair.old for pair in pairs if pair.old]
        self._news = [pair.new for pair in pairs if pair.new]

    @cached_property
    def old(self) -> Counter[str]:
        """Return the words of the old text, folded to one case, counted."""
        return _counted(self._olds)

    @cached_property
    def new(self) -> Counter[str]:
        """Return the words of the new text, folded to one case, counted."""
        return _counted(self._news)

    @cached_property
    def old_clauses(self) -> frozenset[str]:
        """Return the clauses of the old text as a reader sees them."""
        return frozenset(shown(one.clause.text) for one in self._olds)

    @cached_property
    def new_clauses(self) -> frozenset[str]:
        """Return the clauses of the new text as a reader sees them."""
        return frozenset(shown(one.clause.text) for one in self._news)

    @cached_property
    def numbers(self) -> tuple[dict[str, str], dict[str, str]]:
        """Return the anchors of sections by their printed numbers, in the old text and in the new one."""
        heads = [
            (pair.old, pair.new) for pair in self._pairs if pair.old and pair.new and pair.clause.kind == "heading"
        ]
        anchors = [(old.section.number, new.section.number, new.section.anchor) for old, new in heads]
        return (
            {old.rstrip(".)"): anchor for old, _, anchor in anchors if old},
            {new.rstrip(".)"): anchor for _, new, anchor in anchors if new},
        )

    def held(self, words: str) -> bool:
        """Return whether the old text has these words somewhere, whatever their case."""
        pattern = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)", re.IGNORECASE)
        return any(pattern.search(one.clause.text) for one in self._olds)

    def holds(self, words: str, *, but: str) -> bool:
        """Return whether the new text has these words somewhere, whatever their case, outside of others."""
        others = re.compile(re.escape(but), re.IGNORECASE)
        pattern = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)", re.IGNORECASE)
        return any(pattern.search(others.sub("", one.clause.text)) for one in self._news)


def _counted(placed: Sequence[Placed]) -> Counter[str]:
    return Counter(
        part for one in placed for word in words(one.clause.text) for part in word.casefold().split("-") if part
    )


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A changed clause as the proofs see it."""

    pair: Pair
    lexicon: Lexicon
    #: The words of both texts; None where only the changed clauses are known.
    vocabulary: Vocabulary | None = None
    #: Declared renames that explain what they rename.
    renames: tuple[Rename, ...] = ()
    #: Names that changed in the title and with it everywhere, old name and new name.
    retitled: tuple[tuple[str, str], ...] = ()

    @cached_property
    def old(self) -> str:
        """Return the plain text before."""
        return told(self.pair.old_text)

    @cached_property
    def new(self) -> str:
        """Return the plain text after."""
        return told(self.pair.new_text)

    @cached_property
    def old_shown(self) -> str:
        """Return the words before as a reader sees them."""
        return fold(shown(self.pair.old_text))

    @cached_property
    def new_shown(self) -> str:
        """Return the words after as a reader sees them."""
        return fold(shown(self.pair.new_text))
