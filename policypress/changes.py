"""Document x Document -> aligned clauses: kept, reworded, moved, added, removed; pure, judges nothing."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from policypress.document import Clause, Document, Section, fold, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Kind = Literal["same", "reworded", "moved", "added", "removed", "duplicate"]

#: Least similarity at which two clauses of one section are the same clause, reworded.
REWORDED = 0.5
#: Least similarity at which a clause that left one place is the one that came to another.
MOVED = 0.6
#: A gap of more pairs than this is aligned by its best matches only, so that a full rewrite stays linear.
_GAP = 4_000

_WORD = re.compile(r"\w+(?:[’'\-]\w+)*|[^\w\s]")


class Placed:
    """A clause with its place in a document; words are counted once."""

    def __init__(self, index: int, section: Section, clause: Clause) -> None:
        """Keep the clause, its section and its place in reading order."""
        self.index = index
        self.section = section
        self.clause = clause

    @cached_property
    def key(self) -> str:
        """Return what must be equal for the clause to be the same: its kind of block and its folded text."""
        return fold(self.clause.text)

    @cached_property
    def words(self) -> Counter[str]:
        """Return the words a reader sees, folded to one case, counted; one figure is like another."""
        found = (word for word in _WORD.findall(visible(self.clause.text).casefold()) if word[0].isalnum())
        return Counter("0" if word.isdecimal() else word for word in found)

    @cached_property
    def size(self) -> int:
        """Return the number of words."""
        return self.words.total()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One clause before and after; a side is None where there was or is none."""

    kind: Kind
    old: Placed | None = None
    new: Placed | None = None

    @property
    def section(self) -> Section:
        """Return the section it belongs to now, else the one it stood in."""
        return self._shown.section

    @property
    def clause(self) -> Clause:
        """Return the clause as it is now, else as it was."""
        return self._shown.clause

    @property
    def _shown(self) -> Placed:
        placed = self.new or self.old
        if placed is None:
            message = "a pair has at least one side"
            raise ValueError(message)
        return placed

    @property
    def old_text(self) -> str:
        """Return the text before, empty where there was none."""
        return self.old.clause.text if self.old else ""

    @property
    def new_text(self) -> str:
        """Return the text after, empty where there is none."""
        return self.new.clause.text if self.new else ""

    @property
    def fingerprint(self) -> str:
        """Return what a decision names: it changes whenever the clause's place or text does."""
        return fingerprint(self.section.anchor, self.kind, self.old_text, self.new_text)


def fingerprint(*parts: str) -> str:
    """Return 16 hexadecimal digits of SHA-256 over folded texts."""
    joined = "\x1f".join(fold(part) for part in parts)
    return hashlib.sha256(joined.encode()).hexdigest()[:16]


def align(old: Document, new: Document) -> tuple[Pair, ...]:
    """Align two documents clause by clause, in the order of the new one, removals where they stood.

    Sections by anchor; inside a section equal clauses first, then gaps by similarity >= `REWORDED`; what is left
    over on both sides and similar >= `MOVED` has moved; a removed clause whose text still stands is a duplicate.
    """
    before, after = _placed(old), _placed(new)
    matched = _Matching(len(before), len(after))
    sections = list(_section_pairs(before, after))
    for olds, news in sections:
        _match_equal(olds, news, matched)
        _match_headings(olds, news, matched)
    for olds, news in sections:
        _match_similar(matched.free_old(olds), matched.free_new(news), matched)
    moved = _match_moved(matched.free_old(before), matched.free_new(after), matched)
    return tuple(_ordered(before, after, matched, moved))


def changed(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """Return the pairs that are not the same on both sides."""
    return tuple(pair for pair in pairs if pair.kind != "same")


def _placed(document: Document) -> list[Placed]:
    return [Placed(index, section, clause) for index, (section, clause) in enumerate(document.clauses())]


class _Matching:
    """Which old clause is which new one, by index."""

    def __init__(self, olds: int, news: int) -> None:
        self.new_of: list[int | None] = [None] * olds
        self.old_of: list[int | None] = [None] * news

    def join(self, old: Placed, new: Placed) -> None:
        self.new_of[old.index] = new.index
        self.old_of[new.index] = old.index

    def free_old(self, placed: Iterable[Placed]) -> list[Placed]:
        return [one for one in placed if self.new_of[one.index] is None]

    def free_new(self, placed: Iterable[Placed]) -> list[Placed]:
        return [one for one in placed if self.old_of[one.index] is None]


def _section_pairs(before: list[Placed], after: list[Placed]) -> Iterator[tuple[list[Placed], list[Placed]]]:
    """Yield the clauses of sections that are the same section: by anchor, else by heading or by content."""
    olds, news = _by_section(before), _by_section(after)
    for anchor in [anchor for anchor in olds if anchor in news]:
        yield olds.pop(anchor), news.pop(anchor)
    for old_anchor, new_anchor in _renamed(olds, news):
        yield olds.pop(old_anchor), news.pop(new_anchor)


def _by_section(placed: Iterable[Placed]) -> dict[str, list[Placed]]:
    sections: dict[str, list[Placed]] = defaultdict(list)
    for one in placed:
        sections[one.section.anchor].append(one)
    return dict(sections)


def _renamed(olds: dict[str, list[Placed]], news: dict[str, list[Placed]]) -> list[tuple[str, str]]:
    """Pair sections whose anchors differ but whose clauses are mostly the same; only where no anchor was written."""
    scores = []
    for new_anchor, after in news.items():
        texts = Counter(one.key for one in after)
        for old_anchor, before in olds.items():
            shared = (Counter(one.key for one in before) & texts).total()
            alike = similarity(before[0], after[0]) if before[0].clause.kind == "heading" else 0.0
            score = max(2 * shared / (len(before) + len(after)), alike)
            if score >= REWORDED:
                scores.append((score, old_anchor, new_anchor))
    pairs: list[tuple[str, str]] = []
    for _, old_anchor, new_anchor in sorted(scores, key=lambda row: -row[0]):
        if all(old_anchor != one and new_anchor != two for one, two in pairs):
            pairs.append((old_anchor, new_anchor))
    return pairs


def _match_equal(olds: Sequence[Placed], news: Sequence[Placed], matched: _Matching) -> None:
    """Join clauses of equal text, in order; most sections of most releases are equal as a whole."""
    if [one.key for one in olds] == [one.key for one in news]:
        for old, new in zip(olds, news, strict=True):
            matched.join(old, new)
        return
    matcher = SequenceMatcher(None, [one.key for one in olds], [one.key for one in news], autojunk=False)
    for block in matcher.get_matching_blocks():
        for step in range(block.size):
            matched.join(olds[block.a + step], news[block.b + step])


def _match_headings(olds: Sequence[Placed], news: Sequence[Placed], matched: _Matching) -> None:
    """Join the headings of one section: it has one, whatever it is called."""
    heads = [[one for one in side if one.clause.kind == "heading"] for side in (olds, news)]
    for one, two in zip(matched.free_old(heads[0]), matched.free_new(heads[1]), strict=False):
        matched.join(one, two)


def similarity(one: Placed, two: Placed) -> float:
    """Return how many words two clauses share, 0 to 1 (Dice over counted words)."""
    total = one.size + two.size
    if not total:
        return 1.0 if one.key == two.key else 0.0
    if 2 * min(one.size, two.size) < REWORDED * total:
        return 0.0
    small, large = (one, two) if len(one.words) < len(two.words) else (two, one)
    shared = sum(min(count, large.words[word]) for word, count in small.words.items() if word in large.words)
    return 2 * shared / total


def _comparable(one: Placed, two: Placed) -> bool:
    return (one.clause.kind == "heading") == (two.clause.kind == "heading")


def _match_similar(olds: list[Placed], news: list[Placed], matched: _Matching) -> None:
    """Join reworded clauses of one section, gap by gap between the clauses that are equal."""
    for gap_old, gap_new in _gaps(olds, news, matched):
        for one, two in _best_path(gap_old, gap_new):
            matched.join(one, two)


def _gaps(olds: list[Placed], news: list[Placed], matched: _Matching) -> Iterator[tuple[list[Placed], list[Placed]]]:
    """Yield what is left over between two neighbouring matches, on both sides."""
    lefts: dict[int, list[Placed]] = defaultdict(list)
    rights: dict[int, list[Placed]] = defaultdict(list)
    bound, bounds = -1, []
    for partner in matched.old_of:
        bound = partner if partner is not None and partner > bound else bound
        bounds.append(bound)
    for new in news:
        rights[bounds[new.index]].append(new)
    starts = sorted(rights)
    for old in olds:
        if place := bisect_right(starts, old.index):
            lefts[starts[place - 1]].append(old)
    yield from ((lefts[start], rights[start]) for start in starts if lefts[start])


def _best_path(olds: list[Placed], news: list[Placed]) -> list[tuple[Placed, Placed]]:
    """Return the pairing in order that keeps the most similarity (dynamic programming)."""
    if len(olds) * len(news) > _GAP:
        return _greedy(olds, news, REWORDED)
    best = [[0.0] * (len(news) + 1) for _ in range(len(olds) + 1)]
    scores = [[_score(one, two) for two in news] for one in olds]
    for i in range(len(olds) - 1, -1, -1):
        for j in range(len(news) - 1, -1, -1):
            joined = best[i + 1][j + 1] + scores[i][j] if scores[i][j] >= REWORDED else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], joined)
    return list(_trace(olds, news, best, scores))


def _score(one: Placed, two: Placed) -> float:
    return similarity(one, two) if _comparable(one, two) else 0.0


def _trace(
    olds: list[Placed], news: list[Placed], best: list[list[float]], scores: list[list[float]]
) -> Iterator[tuple[Placed, Placed]]:
    i = j = 0
    while i < len(olds) and j < len(news):
        if scores[i][j] >= REWORDED and best[i][j] == best[i + 1][j + 1] + scores[i][j]:
            yield olds[i], news[j]
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1


def _greedy(olds: list[Placed], news: list[Placed], least: float) -> list[tuple[Placed, Placed]]:
    """Pair the most similar first, looking only at clauses that share a rare word; linear in the text."""
    places: dict[str, list[Placed]] = defaultdict(list)
    for new in news:
        for word in new.words:
            places[word].append(new)
    taken: set[int] = set()
    pairs: list[tuple[Placed, Placed]] = []
    for old in olds:
        rare = sorted((word for word in old.words if word in places), key=lambda word: len(places[word]))[:6]
        candidates = {new.index: new for word in rare for new in places[word][:50] if new.index not in taken}
        scored = [(_score(old, new), -index, new) for index, new in candidates.items()]
        score, _, new = max(scored, default=(0.0, 0, old), key=lambda row: row[:2])
        if score >= least:
            taken.add(new.index)
            pairs.append((old, new))
    return pairs


def _match_moved(olds: list[Placed], news: list[Placed], matched: _Matching) -> set[int]:
    """Join what left one section with what came to another; return the new indexes."""
    moved: set[int] = set()
    by_key: dict[str, list[Placed]] = defaultdict(list)
    for new in news:
        by_key[new.key].append(new)
    for old in olds:
        if old.key and by_key.get(old.key):
            new = by_key[old.key].pop(0)
            matched.join(old, new)
            moved.add(new.index)
    for old, new in _greedy(matched.free_old(olds), matched.free_new(news), MOVED):
        matched.join(old, new)
        moved.add(new.index)
    return moved


def _ordered(before: list[Placed], after: list[Placed], matched: _Matching, moved: set[int]) -> Iterator[Pair]:
    """Yield the pairs in the order of the new text; a removal follows the clause it stood behind."""
    standing = {one.key for one in after}
    out_of_order = _out_of_order(matched, moved)
    removals: dict[int, list[Pair]] = defaultdict(list)
    behind = -1
    for old in before:
        partner = matched.new_of[old.index]
        if partner is None:
            kind: Kind = "duplicate" if old.key in standing else "removed"
            removals[behind].append(Pair(kind=kind, old=old))
        elif partner not in moved and partner not in out_of_order:
            behind = partner
    yield from removals[-1]
    for new in after:
        partner = matched.old_of[new.index]
        if partner is None:
            yield Pair(kind="added", new=new)
        else:
            yield _joined(before[partner], new, moved=new.index in moved or new.index in out_of_order)
        yield from removals[new.index]


def _joined(old: Placed, new: Placed, *, moved: bool) -> Pair:
    if moved:
        return Pair(kind="moved", old=old, new=new)
    return Pair(kind="same" if old.key == new.key else "reworded", old=old, new=new)


def _out_of_order(matched: _Matching, moved: set[int]) -> set[int]:
    """Return the new indexes of whole sections that changed places: all but the longest run that kept its order."""
    joined = [(new, old) for new, old in enumerate(matched.old_of) if old is not None and new not in moved]
    if all(one[1] < two[1] for one, two in pairwise(joined)):
        return set()
    kept = _longest_increasing([old for _, old in joined])
    return {new for position, (new, _) in enumerate(joined) if position not in kept}


def _longest_increasing(values: list[int]) -> set[int]:
    """Return the positions of a longest increasing subsequence (patience sorting, n log n)."""
    tails: list[int] = []
    back: list[int] = []
    for position, value in enumerate(values):
        low = bisect_left(tails, value, key=values.__getitem__)
        back.append(tails[low - 1] if low else -1)
        tails[low : low + 1] = [position]
    kept: set[int] = set()
    position = tails[-1] if tails else -1
    while position >= 0:
        kept.add(position)
        position = back[position]
    return kept
