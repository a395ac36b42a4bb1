"""Proofs that a changed clause keeps its substance: pure functions, one a kind of edit, gathered in a tuple."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from policypress.document import fold, plain, visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from policypress.changes import Pair
    from policypress.materiality.lexicon import Lexicon

_WORD = re.compile(r"[^\W_]+(?:[’'\-.][^\W_]+)*|[%‰§№$€₸₽£+<>=/]")
_LINK = re.compile(r"\[([^\[\]]*)\]\(([^()\s]*)\)|<([^<>\s]+)>")
_REFERENCE = re.compile(r"\[(?:\d{1,2}(?:\.\d{1,2})*\.?\s+)?([^\[\]]*)\]\((#[^()\s]*)\)")
_DIGITS = re.compile(r"\d")
#: A tag of a template language that the text's own generator acts on; no reader sees it.
_TAG = re.compile(r"\{%.*?%\}|\{:.*?\}")
#: A segment of a path that names a language, such as `en-US`.
_LANGUAGE = re.compile(r"/[a-z]{2}(?:-[A-Za-z]{2,4})?(?=/|$)")
_HOST = re.compile(r"^(?:https?://[^/]*)?")
#: Shorter words are too easily another word.
_SPELLED = 5
#: Longest line, in words, that says nothing but when a text was last touched.
_STAMP = 14
#: A short word in capitals is a name: `US` is not `us`.
_ACRONYM = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A changed clause as the proofs see it."""

    pair: Pair
    lexicon: Lexicon

    @property
    def old(self) -> str:
        """Return the plain text before."""
        return plain(self.pair.old_text)

    @property
    def new(self) -> str:
        """Return the plain text after."""
        return plain(self.pair.new_text)


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _targets(text: str) -> list[str]:
    return [found[1] or found[2] for found in _LINK.findall(text)]


def moved(evidence: Evidence) -> bool:
    """The clause stands elsewhere, unchanged."""
    return evidence.pair.kind == "moved" and evidence.old == evidence.new


def duplicate(evidence: Evidence) -> bool:
    """One of two copies went; the other still stands."""
    return evidence.pair.kind == "duplicate"


def mark_up(evidence: Evidence) -> bool:
    """Words and addresses are the same; only mark-up or white space differs."""
    return evidence.old == evidence.new


def references(evidence: Evidence) -> bool:
    """Only the printed numbers of cross-references to the same sections differ."""
    return _REFERENCE.sub(r"[\1](\2)", evidence.old) == _REFERENCE.sub(r"[\1](\2)", evidence.new)


def punctuation(evidence: Evidence) -> bool:
    """The words are the same in the same order; only signs between them differ."""
    same = _words(visible(evidence.pair.old_text)) == _words(visible(evidence.pair.new_text))
    return same and _targets(evidence.old) == _targets(evidence.new)


def case(evidence: Evidence) -> bool:
    """The words differ in capitals only, and none becomes a name in capitals."""
    old, new = (_words(visible(text)) for text in (evidence.pair.old_text, evidence.pair.new_text))
    same = [word.casefold() for word in old] == [word.casefold() for word in new]
    return same and _targets(evidence.old) == _targets(evidence.new) and not any(map(_acronym, old, new))


def _acronym(one: str, two: str) -> bool:
    return one != two and 1 < len(one) <= _ACRONYM and (one.isupper() or two.isupper())


def spelling(evidence: Evidence) -> bool:
    """Every differing word is the same word with one slip inside: letters swapped, doubled or missing."""
    old, new = _words(evidence.old), _words(evidence.new)
    if len(old) != len(new) or not evidence.lexicon.complete:
        return False
    differing = [(one, two) for one, two in zip(old, new, strict=True) if one != two]
    return bool(differing) and all(_slip(one, two, evidence.lexicon) for one, two in differing)


def _slip(one: str, two: str, lexicon: Lexicon) -> bool:
    if min(len(one), len(two)) < _SPELLED or _DIGITS.search(one + two) or one[0] != two[0]:
        return False
    if lexicon.confusable.fullmatch(one) and lexicon.confusable.fullmatch(two):
        return False
    if (one[0].isupper() and two[0].isupper()) or lexicon.veto.match(one) or lexicon.veto.match(two):
        return False
    if len(one) == len(two):
        places = [index for index, (a, b) in enumerate(zip(one, two, strict=True)) if a != b]
        swapped = len(places) == 2 and places[1] == places[0] + 1  # noqa: PLR2004 (two letters change places)
        return swapped and one[places[0]] == two[places[1]] and one[places[1]] == two[places[0]]
    short, long = sorted((one, two), key=len)
    # a letter inside came or went; one at the end would be another form of the word
    return len(long) == len(short) + 1 and any(
        long[:place] + long[place + 1 :] == short for place in range(1, len(long) - 2)
    )


def link_target(evidence: Evidence) -> bool:
    """Only an address behind the same words differs, and the words name no incorporated document or list."""
    pairs = _retargeted(evidence)
    return bool(pairs) and all(
        _same_page(old[1], new[1]) or not evidence.lexicon.incorporated.search(f"{old[0]} {old[1]} {new[1]}")
        for old, new in pairs
    )


def link_moved(evidence: Evidence) -> bool:
    """Only the path to a page of the same name on the same host differs; a person should see that it is the same page."""
    pairs = _retargeted(evidence)
    return bool(pairs) and all(
        _host(old[1]) == _host(new[1]) and _name(old[1]) == _name(new[1]) != "" for old, new in pairs
    )


def _retargeted(evidence: Evidence) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return the links whose address alone differs, before and after; none where anything else does."""
    if visible(evidence.pair.old_text) != visible(evidence.pair.new_text) or not evidence.lexicon.complete:
        return []
    both = _LINK.findall(evidence.old), _LINK.findall(evidence.new)
    if len(both[0]) != len(both[1]):
        return []
    return [(old, new) for old, new in zip(*both, strict=True) if old != new]


def _same_page(one: str, two: str) -> bool:
    """Return whether two addresses name one page: they differ in the fragment or in a segment for the language."""
    old, new = (_LANGUAGE.sub("", address.partition("#")[0]).rstrip("/") for address in (one, two))
    return old == new != ""


def _host(address: str) -> str:
    found = _HOST.match(address)
    return found[0] if found else ""


def _name(address: str) -> str:
    return address.partition("#")[0].rstrip("/").rpartition("/")[2]


def template_tag(evidence: Evidence) -> bool:
    """Only a tag for the generator of the page differs; a person should see whom its condition shows the text to."""
    old, new = (fold(_TAG.sub("", text)) for text in (evidence.old, evidence.new))
    return old == new


def log_line(evidence: Evidence) -> bool:
    """A dated line came to a log of changes: it tells of changes that are judged where they were made."""
    pair, lexicon = evidence.pair, evidence.lexicon
    if pair.kind != "added" or pair.clause.kind == "heading" or not lexicon.log.search(pair.section.heading.text):
        return False
    opening, colon, _ = visible(pair.new_text).partition(":")
    words = _words(opening)
    dated = all(_DIGITS.search(word) or lexicon.months.fullmatch(word) for word in words)
    return bool(colon and words and dated)


def updated_date(evidence: Evidence) -> bool:
    """A line that says only when the text was last touched names another day, and differs in nothing else."""
    lexicon = evidence.lexicon
    if not lexicon.updated.search(evidence.new) or evidence.pair.kind not in ("reworded", "moved"):
        return False
    old, new = (_undated(text, lexicon) for text in (evidence.old, evidence.new))
    return fold(old) == fold(new) != fold(evidence.new) and len(_words(new)) <= _STAMP


def _undated(text: str, lexicon: Lexicon) -> str:
    """Return a text with its dates taken out; any other figure stays."""
    month, day, year = rf"{lexicon.months.pattern}\w*", r"\d{1,2}(?:st|nd|rd|th)?", r"(?:,?\s+\d{4})?\b"
    forms = rf"\d{{4}}-\d\d-\d\d|{day}\s+{month}{year}|{month}\s+{day}\b{year}|{month}\s+\d{{4}}\b"
    own = "".join(f"{form.replace('{month}', month)}|" for form in lexicon.dates)
    return re.sub(own + forms, "…", text, flags=re.IGNORECASE)


#: In the order they are tried; the first that holds is named as the reason.
PROOFS: tuple[Callable[[Evidence], bool], ...] = (
    duplicate,
    moved,
    mark_up,
    references,
    punctuation,
    case,
    spelling,
    link_target,
    updated_date,
    log_line,
    link_moved,
    template_tag,
)

#: Proofs of the words that rest on what an address or a tag stands for: a person should look all the same.
LOOK = frozenset({"link_moved", "template_tag"})


def prove(evidence: Evidence) -> str:
    """Return the name of the first proof that holds, empty where none does."""
    if evidence.pair.kind in ("added", "removed"):
        return log_line.__name__ if log_line(evidence) else ""
    return next((proof.__name__ for proof in PROOFS if proof(evidence)), "")
