"""Word by word ins/del of one clause, in any script; pure, knows no document and prints nothing."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING, Literal

from policypress.segmentation import CJK, THAI, WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policypress.segmentation import Segmenter

Op = Literal["equal", "insert", "delete"]

#: An island: an equal run of at most this many short words between two changes is marked with them.
_ISLAND_WORDS = 2

#: Words that carry no substance alone, by language; an equal run made of these only is not kept apart.
_STOP = {
    "en": frozenset(
        [
            "a",
            "an",
            "and",
            "any",
            "are",
            "as",
            "at",
            "be",
            "by",
            "for",
            "from",
            "in",
            "is",
            "it",
            "its",
            "of",
            "on",
            "or",
            "our",
            "that",
            "the",
            "this",
            "to",
            "we",
            "with",
            "you",
            "your",
        ]
    ),
    "kk": frozenset(
        [
            "және",
            "немесе",
            "мен",
            "бен",
            "пен",
            "біз",
            "біздің",
            "сіз",
            "сіздің",
            "үшін",
            "бұл",
            "осы",
            "ол",
            "да",
            "де",
            "та",
            "те",
        ]
    ),
    "ru": frozenset(
        [
            "и",
            "или",
            "в",
            "во",
            "на",
            "с",
            "со",
            "к",
            "ко",
            "о",
            "об",
            "от",
            "по",
            "за",
            "для",
            "из",
            "мы",
            "наш",
            "вы",
            "ваш",
            "это",
            "а",
            "не",
            "но",
            "же",
        ]
    ),
    "ar": frozenset(["و", "أو", "في", "من", "على", "إلى", "عن", "أن", "هذا", "هذه", "التي", "الذي"]),
}

_LETTER = rf"[^\W{CJK}{THAI}]"
_GAP = r"[ \u00a0\u202f]"

#: Months as they stand in written dates.
_MONTH = (
    r"January|February|March|April|May|June|July|August|September|October|November|December"
    r"|қаңтар\w*|ақпан\w*|наурыз\w*|сәуір\w*|мамыр\w*|маусым\w*|шілде\w*|тамыз\w*|қыркүйек\w*|қазан\w*|қараша\w*"
    r"|желтоқсан\w*|января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря"
    r"|يناير|فبراير|مارس|أبريل|مايو|يونيو|يوليو|أغسطس|سبتمبر|أكتوبر|نوفمبر|ديسمبر"
)


@cache
def _spaced() -> re.Pattern[str]:
    """Return what a word is, with the white space behind it.

    Compiled when the first text is cut, because it takes longer than to read a release.
    """
    marks = _marks()
    #: A letter of a word that goes on, or a mark on one.
    inner = rf"[\w{marks}]"
    # words that make one figure with the number before them
    unit = (
        rf"days?|weeks?|months?|years?|hours?|minutes?|percent|[KMGT]i?B"
        rf"|күн{inner}*|апта{inner}*|ай(?:дан|дың|ға|да|ы)?|жыл{inner}*|жас{inner}*|сағат{inner}*|минут{inner}*|пайыз{inner}*"
        rf"|день|дн(?:я|ей)|недел{inner}+|месяц{inner}*|год(?:а|у|ов)?|лет|час{inner}*|процент{inner}*"
        rf"|يوم{inner}*|أيام|أسبوع{inner}*|أسابيع|شهر{inner}*|أشهر|سنة|سنوات|عام{inner}*|ساعة|ساعات"
    )
    return re.compile(
        rf"""(?:
    \[[^\[\]]*\]\([^()\s]*\)                                   # a link with words
  | <[^<>\s]+>                                                 # a bare address
  | https?://[^\s<>()]+[^\s<>().,;:!?]                         # an address in running text
  | [\w.+-]+@[\w-]+(?:\.[\w-]+)+                               # an e-mail address
  | \d{{1,2}}{_GAP}(?:{_MONTH})(?:{_GAP}\d{{4}})?\b               # a date: 8 August 2024
  | (?:{_MONTH}){_GAP}\d{{1,2}},?{_GAP}\d{{4}}\b                  # August 8, 2024
  | \d{{4}}{_GAP}(?:ж\.|жыл\w*){_GAP}\d{{1,2}}{_GAP}(?:{_MONTH})\b # 2024 ж. 8 тамыз
  | \d+(?:[.,\u202f\u00a0]\d+)*(?:[%‰°]|{_GAP}?[%‰€$₸₽£](?!\d)|{_GAP}(?:{unit})(?!{inner})  # a number with its unit
        |(?:-?{_LETTER}[{marks}]*)+)?[{marks}]*                #   or with letters: 3rd, 30-day, 2024-08-08
  | [{CJK}{THAI}][{CJK}{THAI}{marks}]*                        # a run of scripts that part no words
  | {_LETTER}[{marks}]*(?:{_LETTER}[{marks}]*|[’'\-\u2010\u2011](?={_LETTER}))*  # a word, hyphens inside
  | [\U0001f1e6-\U0001f1ff]{{2}}                               # a flag
  | .[{marks}]*(?:(?<=\u200d)\S[{marks}]*)*                  # anything else, one sign
    )\s*""",
        re.VERBOSE | re.DOTALL,
    )


def _marks() -> str:
    r"""Return every combining mark, joiner, variation selector and skin tone, as ranges of a class.

    `\w` matches none of Mn, Mc, Me, and a word is never cut inside a grapheme.
    """
    codes = [code for code in range(0x300, 0x10000) if unicodedata.category(chr(code)).startswith("M")]
    starts = [code for before, code in zip([0, *codes], codes, strict=False) if code != before + 1]
    ends = [code for code, after in zip(codes, [*codes[1:], 0], strict=True) if after != code + 1]
    ranges = "".join(f"{chr(start)}-{chr(end)}" for start, end in zip(starts, ends, strict=True))
    return f"{ranges}\u200c\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"


_UNSPACED = re.compile(f"[{CJK}{THAI}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A stretch of text that stayed, came or went."""

    op: Op
    #: The text before; empty for an insertion.
    old: str = ""
    #: The text after; empty for a deletion.
    new: str = ""
    #: The text as it stands in the redline: of the two white spaces behind an equal run, the one that fits.
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """How well a redline reads."""

    #: Stretches of marked text.
    runs: int
    #: Characters inside marks, white space left out.
    marked_characters: int
    #: Short unmarked stretches between two marks.
    islands: int
    #: Marks that begin or end inside a word.
    mid_word_cuts: int


def stop_words(locale: str) -> frozenset[str]:
    """Return the words of a language that carry no substance alone; between two changes they are marked with them."""
    return _STOP.get(locale.split("-", maxsplit=1)[0], frozenset())


def tokens(text: str, segmenter: Segmenter = WORDS) -> list[str]:
    """Split text into words, numbers, addresses, links and signs; each carries the white space behind it.

    `segmenter` parts the words of scripts that are written without spaces.
    """
    lead = len(text) - len(text.lstrip())
    if not _UNSPACED.search(text):
        return _spaced().findall(text, lead)
    found: list[str] = []
    for match in _spaced().finditer(text, lead):
        word = match[0].rstrip()
        if _UNSPACED.match(word):
            *words, last = segmenter(word)
            found += [*words, last + match[0][len(word) :]]
        else:
            found.append(match[0])
    return found


@lru_cache(maxsize=1024)
def redline(old: str, new: str, *, locale: str = "en", segmenter: Segmenter = WORDS) -> tuple[Run, ...]:
    """Return the runs that turn `old` into `new`; white space at the ends is not text and is left out.

    A clause is marked for its judge, for the notice and for the page of changes: those of one release are kept.
    """
    before, after = tokens(old.strip(), segmenter), tokens(new.strip(), segmenter)
    matcher = SequenceMatcher(None, [_bare(one) for one in before], [_bare(one) for one in after], autojunk=False)
    steps = [
        (tag == "equal", before[a_from:a_to], after[b_from:b_to])
        for tag, a_from, a_to, b_from, b_to in matcher.get_opcodes()
    ]
    return tuple(_runs(_without_islands(steps, stop_words(locale))))


@lru_cache(maxsize=16384)
def _bare(token: str) -> str:
    """Return a token as it is compared: the kind of white space inside and behind it does not count."""
    return " ".join(token.split())


_Step = tuple[bool, list[str], list[str]]


def _without_islands(steps: Sequence[_Step], stop: frozenset[str]) -> list[_Step]:
    """Swallow equal runs of at most two stop words or signs between two changes."""
    kept: list[_Step] = []
    for index, (equal, olds, news) in enumerate(steps):
        inner = 0 < index < len(steps) - 1
        swallow = equal and inner and _is_island(olds, stop)
        if kept and not kept[-1][0] and (swallow or not equal):
            last = kept[-1]
            kept[-1] = (False, last[1] + olds, last[2] + news)
        else:
            kept.append((equal and not swallow, list(olds), list(news)))
    return kept


def _is_island(words: Sequence[str], stop: frozenset[str]) -> bool:
    return len(words) <= _ISLAND_WORDS and all(
        word.strip().casefold() in stop or not any(map(str.isalnum, word)) for word in words
    )


def _runs(steps: Sequence[_Step]) -> Iterable[Run]:
    for index, (equal, olds, news) in enumerate(steps):
        old, new = "".join(olds), "".join(news)
        if equal:
            removal_next = index + 1 < len(steps) and steps[index + 1][1]
            yield Run(op="equal", old=old, new=new, shown=old if removal_next else new)
            continue
        if old:
            yield Run(op="delete", old=old, shown=old)
        if new:
            yield Run(op="insert", new=new, shown=new)


def accept(runs: Iterable[Run]) -> str:
    """Return the new text: insertions kept, deletions gone."""
    return "".join(run.new for run in runs)


def reject(runs: Iterable[Run]) -> str:
    """Return the old text: deletions kept, insertions gone."""
    return "".join(run.old for run in runs)


def marked(runs: Sequence[Run]) -> str:
    """Return the redline as plain text: `[-old-]{+new+}`."""
    parts = []
    for run, after in zip_longest(runs, runs[1:]):
        body = run.shown.rstrip()
        swapped = run.op == "delete" and after is not None and after.op == "insert"
        wrapped = {"equal": body, "delete": f"[-{body}-]", "insert": f"{{+{body}+}}"}[run.op]
        parts.append(wrapped if swapped else wrapped + run.shown[len(body) :])
    return "".join(parts).strip()


def measure(runs: Sequence[Run]) -> Metrics:
    """Return how well a redline reads."""
    marks = [run for run in runs if run.op != "equal"]
    islands = sum(
        1
        for index, run in enumerate(runs)
        if run.op == "equal" and 0 < index < len(runs) - 1 and len(tokens(run.shown)) <= _ISLAND_WORDS
    )
    return Metrics(
        runs=len(marks),
        marked_characters=sum(len("".join(run.shown.split())) for run in marks),
        islands=islands,
        mid_word_cuts=_cuts([run.old for run in runs]) + _cuts([run.new for run in runs]),
    )


def _cuts(parts: Sequence[str]) -> int:
    """Count the seams of a text that fall inside a word or a grapheme."""
    texts = [part for part in parts if part]
    return sum(1 for left, right in pairwise(texts) if _inside(left[-1], right[0]))


def _inside(left: str, right: str) -> bool:
    if unicodedata.category(right).startswith("M") or "\u200d" in (left, right):
        return True
    within = left.isalnum() or unicodedata.category(left).startswith("M")
    return within and right.isalnum() and not (_UNSPACED.match(left) or _UNSPACED.match(right))
