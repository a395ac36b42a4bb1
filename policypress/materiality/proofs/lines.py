"""Rules on a whole clause: what kind of line it is, where it stands, and what stands under it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policypress.document import fold
from policypress.materiality.proofs.evidence import links, shown, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from policypress.document import Section
    from policypress.materiality.lexicon import Lexicon
    from policypress.materiality.proofs.evidence import Evidence

_DIGITS = re.compile(r"\d")
#: Longest line, in words, that says nothing but when a text was last touched.
_STAMP = 14
#: Longest banner over a text that no longer holds, in words.
_BANNER = 45


def moved(evidence: Evidence) -> bool:
    """The clause stands elsewhere, unchanged."""
    return evidence.pair.kind == "moved" and evidence.old == evidence.new


def duplicate(evidence: Evidence) -> bool:
    """One of two copies went; the other still stands."""
    return evidence.pair.kind == "duplicate"


def wordless(evidence: Evidence) -> bool:
    """A line, a comment or a picture comes or goes: nothing in it is read."""
    text = f"{evidence.old} {evidence.new}"
    return evidence.pair.kind in ("added", "removed") and evidence.pair.clause.kind != "code" and not words(text)


def log_line(evidence: Evidence) -> bool:
    """A dated line came to a log of changes: it tells of changes that are judged where they were made."""
    pair, lexicon = evidence.pair, evidence.lexicon
    if pair.kind != "added" or pair.clause.kind == "heading" or not lexicon.log.search(pair.section.heading.text):
        return False
    opening, colon, _ = evidence.new_shown.partition(":")
    found = words(opening)
    dated = all(_DIGITS.search(word) or lexicon.months.fullmatch(word) for word in found)
    return bool(colon and found and dated)


def updated_date(evidence: Evidence) -> bool:
    """A line that says only when the text was last touched names another day, and differs in nothing else."""
    return bool(evidence.lexicon.updated.search(evidence.new_shown)) and _redated(evidence)


def effective_line(evidence: Evidence) -> bool:
    """A line that says only from when the text holds names another day; a person should see that it is later."""
    return bool(evidence.lexicon.effective.match(evidence.new_shown.lstrip("*_ "))) and _redated(evidence)


def _redated(evidence: Evidence) -> bool:
    if evidence.pair.kind not in ("reworded", "moved"):
        return False
    old, new = (_undated(text, evidence.lexicon) for text in (evidence.old_shown, evidence.new_shown))
    return fold(old) == fold(new) != evidence.new_shown and len(words(new)) <= _STAMP


def stamp(evidence: Evidence) -> bool:
    """A line that says only when the text was last touched comes or goes; a person should see that no other day is meant."""
    if evidence.pair.kind not in ("added", "removed") or not evidence.lexicon.complete:
        return False
    text = evidence.new_shown or evidence.old_shown
    bare = _undated(text, evidence.lexicon)
    # what is left beside the day is `last updated` and hardly a word more
    return bare != text and bool(evidence.lexicon.updated.search(bare)) and len(words(bare)) <= 3  # noqa: PLR2004


def banner(evidence: Evidence) -> bool:
    """A banner over the text, that it holds no longer or not yet, goes; a person should see that its day is past."""
    text = evidence.old_shown
    if evidence.pair.kind != "removed" or len(words(text)) > _BANNER or _undated(text, evidence.lexicon) == text:
        return False
    return bool(evidence.lexicon.banner.search(text))


def contents(evidence: Evidence) -> bool:
    """A line of a table of contents comes or goes: it only leads to a section; a person should see the section."""
    if evidence.pair.kind not in ("added", "removed"):
        return False
    found = links(evidence.new or evidence.old)
    text = evidence.new_shown or evidence.old_shown
    return (
        bool(found)
        and all(link.address.startswith("#") for link in found)
        and (words(" ".join(link.words for link in found)) == words(text))
    )


def heading(evidence: Evidence) -> bool:
    """A heading is called otherwise and nothing under it changed; a person should see that it promises no more."""
    pair = evidence.pair
    if not (pair.old and pair.new) or pair.clause.kind != "heading" or not evidence.lexicon.complete:
        return False
    if not pair.old.section.clauses or _under(pair.old.section) != _under(pair.new.section):
        return False
    differing = set(words(evidence.old_shown)) ^ set(words(evidence.new_shown))
    return not any(_weighty(word, evidence.lexicon) for word in differing)


def heading_parted(evidence: Evidence) -> bool:
    """A heading comes or goes over clauses that all stand in the other text, too; a person should see what it says."""
    pair, known = evidence.pair, evidence.vocabulary
    if pair.kind not in ("added", "removed") or pair.clause.kind != "heading" or known is None:
        return False
    other = known.old_clauses if pair.kind == "added" else known.new_clauses
    under = _under(pair.section)
    return (
        bool(under)
        and all(text in other for text in under)
        and not any(_weighty(word, evidence.lexicon) for word in words(evidence.new_shown or evidence.old_shown))
    )


def _under(section: Section) -> list[str]:
    return [shown(clause.text) for clause in section.clauses]


def _weighty(word: str, lexicon: Lexicon) -> bool:
    return bool(_DIGITS.search(word) or lexicon.veto.match(word)) or not lexicon.complete


def _undated(text: str, lexicon: Lexicon) -> str:
    """Return a text with its dates taken out; any other figure stays."""
    month, day, year = rf"{lexicon.months.pattern}\w*", r"\d{1,2}(?:st|nd|rd|th)?", r"(?:,?\s+\d{4})?\b"
    forms = rf"\d{{4}}-\d\d-\d\d|{day}\s+{month}{year}|{month}\s+{day}\b{year}|{month}\s+\d{{4}}\b"
    own = "".join(f"{form.replace('{month}', month)}|" for form in lexicon.dates)
    return re.sub(own + forms, "…", text, flags=re.IGNORECASE)


#: Rules on a clause that changed or stands elsewhere, before its words are looked at.
ON_CHANGED: tuple[Callable[[Evidence], bool], ...] = (duplicate, moved)
#: Rules on a clause whose words differ.
ON_LINES: tuple[Callable[[Evidence], bool], ...] = (updated_date, effective_line, heading)
#: Rules on a clause that came or went.
ON_ADDED: tuple[Callable[[Evidence], bool], ...] = (wordless, log_line, stamp, banner, contents, heading_parted)
