"""The rules brought together: a clause is proved where every single difference in it is explained."""

from __future__ import annotations

import re
from collections import Counter
from itertools import compress
from typing import TYPE_CHECKING, Any

from policypress.document import fold
from policypress.materiality.proofs import linking, wording
from policypress.materiality.proofs.enumeration import reordered
from policypress.materiality.proofs.evidence import links, unlinked, words
from policypress.materiality.proofs.lines import ON_ADDED, ON_CHANGED, ON_LINES
from policypress.materiality.proofs.transcripts import TRANSCRIPTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from policypress.materiality.proofs.evidence import Evidence


def mark_up(evidence: Evidence) -> bool:
    """Words and addresses are the same; only mark-up or white space differs."""
    return evidence.old_shown == evidence.new_shown and links(evidence.old) == links(evidence.new)


def pictured(evidence: Evidence) -> bool:
    """Words that only described a picture are read now, or the reverse; a person should see what is shown."""
    pair = evidence.pair
    return bool(pair.old and pair.new) and Counter(_PICTURE.findall(pair.old_text)) != Counter(
        _PICTURE.findall(pair.new_text)
    )


def punctuation(evidence: Evidence) -> bool:
    """The words are the same in the same order; only signs between them differ."""
    same = words(evidence.old_shown) == words(evidence.new_shown)
    return same and [one.address for one in links(evidence.old)] == [one.address for one in links(evidence.new)]


#: What a picture is described by: readers see the picture.
_PICTURE = re.compile(r"!\[((?:\\.|[^\[\]])*)\]\(")

#: Every rule; the names are what reports show.
PROOFS: tuple[Callable[..., Any], ...] = (
    *ON_CHANGED,
    mark_up,
    pictured,
    punctuation,
    *wording.ON_WORDS,
    wording.compound,
    wording.article,
    wording.doubled,
    reordered,
    *linking.ON_LINKS,
    linking.linked,
    *TRANSCRIPTS,
    *ON_LINES,
    *ON_ADDED,
)

#: Proofs that rest on what an address, a tag, a heading or a rare word stands for: a person should look all the same.
LOOK = frozenset(
    {
        *("link_moved", "linked", "template_tag", "misspelling", "article", "agreement", "retitled"),
        *("connective", "plain_words", "reordered", "picture", "pictured"),
        *("heading", "heading_parted", "effective_line", "dateline", "stamp", "banner", "contents"),
    }
)


def prove(evidence: Evidence) -> tuple[str, ...]:
    """Return the names of the proofs that together explain every difference; empty where one stays unexplained."""
    if evidence.pair.kind in ("added", "removed"):
        return _first(ON_ADDED, evidence)
    whole = _first((*ON_CHANGED, mark_up, punctuation), evidence)
    found = whole or _worded(evidence) or _first((reordered, *ON_LINES), evidence)
    return tuple(sorted({*found, pictured.__name__})) if found and pictured(evidence) else found


def _first(rules: tuple[Callable[[Evidence], bool], ...], evidence: Evidence) -> tuple[str, ...]:
    return next(((rule.__name__,) for rule in rules if rule(evidence)), ())


def _worded(evidence: Evidence) -> tuple[str, ...]:
    """Return the rules that explain every differing word and link, in as few transcripts as it takes."""
    for names, old, new in _transcripts(evidence):
        found = _explained(old, new, evidence)
        if found is not None:
            return tuple(sorted(names | found))
    return ()


def _transcripts(evidence: Evidence) -> Iterator[tuple[frozenset[str], str, str]]:
    """Yield both plain texts as they are, then in each transcript that changes a side, then in all of these."""
    old, new = evidence.old, evidence.new
    yield frozenset(), old, new
    written = [(write(old, evidence, new=False), write(new, evidence, new=True)) for write in TRANSCRIPTS]
    # what writes both sides alike tells nothing apart
    plainly = _differences(old, new) if any(pair != (old, new) for pair in written) else []
    useful = [
        (one, two) != (old, new) and ((one == old) != (two == new) or _differences(one, two) != plainly)
        for one, two in written
    ]
    chosen = list(compress(TRANSCRIPTS, useful))
    for write in chosen:
        yield frozenset({write.__name__}), fold(write(old, evidence, new=False)), fold(write(new, evidence, new=True))
    if len(chosen) > 1:
        for write in chosen:
            old, new = write(old, evidence, new=False), write(new, evidence, new=True)
        yield frozenset(write.__name__ for write in chosen), fold(old), fold(new)


def _differences(old: str, new: str) -> list[tuple[list[str], list[str]]]:
    """Return the words that differ, without what stands beside them."""
    return [segment[:2] for segment in wording.segments(words(unlinked(old)), words(unlinked(new)))]


def _explained(old: str, new: str, evidence: Evidence) -> frozenset[str] | None:
    found = linking.explained(links(old), links(new), evidence.lexicon)
    if found is None:
        return None
    for segment in wording.segments(words(unlinked(old)), words(unlinked(new))):
        rules = wording.explained(segment, evidence)
        if rules is None:
            return None
        found |= rules
    return found
