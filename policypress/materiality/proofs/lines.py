"""Rules on a whole clause: what kind of line it is, where it stands, and what stands under it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policypress.document import fold
from policypress.materiality.proofs.evidence import TAG, links, shown, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from policypress.document import Section
    from policypress.materiality.lexicon import Lexicon
    from policypress.materiality.proofs.evidence import Evidence

_PICTURE = re.compile(r"(?:!\[[^\[\]]*\]\([^()]*\)|<img\b[^<>]*>|\s)+")
_DIGITS = re.compile(r"\d")
#: A day or a month in figures, in any country's order.
_FIGURES = r"\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\b|\b\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d\d)\b|\b\d{1,2}[/.]\d{4}\b"
#: An hour behind a day.
_TIME = r",?(?:\s+at)?\s+\d{1,2}:\d\d(?::\d\d)?(?:\s?[ap]\.?m\.?)?(?:\s+(?:UTC|GMT|CES?T|[EP][SD]?T))?"
#: Longest line, in words, that says nothing but when a text was last touched.
_STAMP = 14
#: Shorter words of a heading say nothing of their own, unless they suggest a category.
_SAYING = 6
#: Longest line about copyright, in words.
_COPYRIGHT = 25
#: The years behind the sign, with names between them at most.
_COPYRIGHT_YEARS = re.compile(
    r"^(\W*(?:(?:©|\([cC]\)|[cC]opyright|COPYRIGHT)[\s,]*)+(?:[A-ZА-Я][\w.&'-]*[\s,]+)*)"
    r"(?:19|20)\d\d(?:\s?[-–—,]\s?(?:(?:19|20)\d\d|present))*\b"
)
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


def picture(evidence: Evidence) -> bool:
    """A picture comes or goes, and the words that stand for it; a person should see that it shows no text."""
    text = fold(evidence.pair.new_text or evidence.pair.old_text)
    return evidence.pair.kind in ("added", "removed") and _PICTURE.fullmatch(text) is not None


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
    """A line that says only when the text was last touched names another day or version, and differs in nothing else."""
    return bool(evidence.lexicon.updated.search(evidence.new_shown)) and _redated(evidence, _unnumbered)


def copyright_line(evidence: Evidence) -> bool:
    """A line that claims the copyright names another year."""
    if not (evidence.pair.old and evidence.pair.new):
        return False
    bare = [_COPYRIGHT_YEARS.sub(r"\1…", text, count=1) for text in (evidence.old_shown, evidence.new_shown)]
    return bare[0] != evidence.old_shown and words(bare[0]) == words(bare[1]) and len(words(bare[0])) <= _COPYRIGHT


def effective_line(evidence: Evidence) -> bool:
    """A line that says only from when the text holds names another day; a person should see that it is later."""
    return bool(evidence.lexicon.effective.match(evidence.new_shown.lstrip("*_ "))) and _redated(evidence)


def dateline(evidence: Evidence) -> bool:
    """A paragraph that is a day and nothing else names another; a person should see that only the text is dated by it."""
    if evidence.pair.kind != "reworded" or evidence.pair.clause.kind != "paragraph":
        return False
    sides = [TAG.sub("", text) for text in (evidence.old_shown, evidence.new_shown)]
    return all(words(text) and not words(_undated(text, evidence.lexicon).replace("…", "")) for text in sides)


def _redated(evidence: Evidence, more: Callable[[str, Lexicon], str] = lambda text, _: text) -> bool:
    if evidence.pair.kind not in ("reworded", "moved"):
        return False
    lexicon, sides = evidence.lexicon, [TAG.sub("", text) for text in (evidence.old_shown, evidence.new_shown)]
    old, new = (more(_undated(text, lexicon), lexicon) for text in sides)
    if not _stamps(new, lexicon):
        return False
    # a stamp that wrote its day otherwise differs in the signs about it, too
    return words(old) == words(new) and fold(new) != evidence.new_shown and len(words(new)) <= _STAMP


def _stamps(text: str, lexicon: Lexicon) -> bool:
    """Return whether a line without its day has no words but those of a stamp, and names."""
    others = (word for word in words(text) if not word[0].isupper())
    return not lexicon.stamp or all(word in lexicon.stamp for word in others)


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
    return not any(_weighty(word, evidence.lexicon) for word in differing) and _known(evidence)


def _known(evidence: Evidence) -> bool:
    """Return whether a heading says nothing that the old text did not say somewhere."""
    known = evidence.vocabulary
    new = {part for word in words(evidence.new_shown) for part in word.casefold().split("-") if part}
    cues = evidence.lexicon.cues.values()
    fresh = [word for word in new if known is not None and not known.old[word]]
    return all(len(word) < _SAYING and not any(cue.match(word) for cue in cues) for word in fresh)


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
    forms = rf"{_FIGURES}|{day}\s+{month}{year}|{month}\s+{day}\b{year}|{month},?\s+\d{{4}}\b"
    own = "".join(f"{form.replace('{month}', month)}|" for form in lexicon.dates)
    return re.sub(rf"(?:{own}{forms})(?:{_TIME})?", "…", text, flags=re.IGNORECASE)


def _unnumbered(text: str, lexicon: Lexicon) -> str:
    """Return a stamp without the number of its version."""
    return lexicon.version.sub("…", text)


#: Rules on a clause that changed or stands elsewhere, before its words are looked at.
ON_CHANGED: tuple[Callable[[Evidence], bool], ...] = (duplicate, moved)
#: Rules on a clause whose words differ.
ON_LINES: tuple[Callable[[Evidence], bool], ...] = (updated_date, copyright_line, effective_line, dateline, heading)
#: Rules on a clause that came or went.
ON_ADDED: tuple[Callable[[Evidence], bool], ...] = (
    wordless,
    picture,
    log_line,
    stamp,
    banner,
    contents,
    heading_parted,
)
