"""Rules on words: which differing words are the same words, written otherwise."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from policypress.materiality.dictionary import knows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from policypress.materiality.lexicon import Lexicon
    from policypress.materiality.proofs.evidence import Evidence

_DIGITS = re.compile(r"\d")
_JOINTS = re.compile(r"[-'.]")
#: Shorter words are too easily another word.
_SPELLED = 5
#: Shorter words have no spelling of another country.
_VARIED = 6
#: Shorter words with two slips in them are too easily another word.
_TWO_SLIPS = 9
#: Of more differing words in a row nobody would say that they are the same ones, joined and parted.
_NEIGHBOURS = 6
#: A short word in capitals is a name: `US` is not `us`.
_ACRONYM = 4


class Segment(NamedTuple):
    """Words that differ, and the words beside them."""

    olds: list[str]
    news: list[str]
    behind: str
    before: str = ""


def segments(old: list[str], new: list[str]) -> Iterator[Segment]:
    """Yield where two lists of words differ."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, a_from, a_to, b_from, b_to in matcher.get_opcodes():
        if tag != "equal":
            behind, before = new[b_to : b_to + 1], new[max(0, b_from - 1) : b_from]
            yield Segment(old[a_from:a_to], new[b_from:b_to], "".join(behind), "".join(before))


# One word for another


def case(one: str, two: str, evidence: Evidence) -> bool:  # noqa: ARG001 (all rules are called alike)
    """The words differ in capitals only, and none becomes a name in capitals."""
    return one.casefold() == two.casefold() and not (1 < len(one) <= _ACRONYM and (one.isupper() or two.isupper()))


def variant(one: str, two: str, evidence: Evidence) -> bool:
    """One word in two spellings of its language: `organisation`, `organization`."""
    return max(len(one), len(two)) >= _VARIED and _common(one, evidence.lexicon) == _common(two, evidence.lexicon)


def _common(word: str, lexicon: Lexicon) -> str:
    word = word.casefold()
    for pattern, text in lexicon.variants:
        word = pattern.sub(text, word)
    return word


def spelling(one: str, two: str, evidence: Evidence) -> bool:
    """The same word with one slip inside: two letters swapped, one doubled or missing."""
    if parts := _parts(one, two):
        return all(spelling(a, b, evidence) for a, b in parts)
    return one[0] == two[0] and _slipped(one, two) and _spelled(one, two, evidence.lexicon)


def misspelling(one: str, two: str, evidence: Evidence) -> bool:
    """A word that is none is one slip away from a word that is one; a person should see that."""
    if parts := _parts(one, two):
        return all(misspelling(a, b, evidence) for a, b in parts)
    if one + two != (one + two).casefold() or not (one + two).isalpha():
        return False
    if evidence.lexicon.dictionary:
        return _unknown_word(one, two, evidence.lexicon)
    return _rare_word(one, two, evidence)


def _unknown_word(one: str, two: str, lexicon: Lexicon) -> bool:
    """Return whether one of two words stands in no dictionary and is a slip of the other, which does."""
    first, second = (knows(word, lexicon.dictionary) for word in (one, two))
    if first == second:
        return False
    word, slip = (one, two) if first else (two, one)
    # an ending, and a prefix of one vowel, make a word that the dictionary may just not list: chatbots, esignature
    if slip.startswith(word) or (slip[1:] == word and slip[0] in "aeiou"):
        return False
    if len(one) == len(two) and _swapped(one, two):
        return True
    if one[-1] != two[-1] and not word.startswith(slip):
        return False
    if min(len(one), len(two)) < _SPELLED:
        return False
    twice = min(len(one), len(two)) >= _TWO_SLIPS and one[0] == two[0] and _two_slips(one, two)
    return _one_slip(one, two) or twice


def _rare_word(one: str, two: str, evidence: Evidence) -> bool:
    """Return whether a word that stands nowhere else is one slip away from a word that does."""
    known = evidence.vocabulary
    if known is None or not _one_slip(one, two) or evidence.lexicon.confusable.fullmatch(one):
        return False
    # where the endings differ it may be another form; where the beginnings do, a prefix: internal, external
    if one[-2:] != two[-2:] or not (one[1:] == two[1:] or one[:2] == two[:2]):
        return False
    # two slips would lead from many a word to another: of the words of real policies `deleted` to `delayed`
    if not _spelled(one, two, evidence.lexicon):
        return False
    return known.old[one] + known.new[one] == 1 and known.old[two] + known.new[two] > 1


def _parts(one: str, two: str) -> list[tuple[str, str]]:
    """Return the differing parts of two words with hyphens; none where a word has no hyphen or the parts do not match."""
    olds, news = one.split("-"), two.split("-")
    if len(olds) != len(news) or len(olds) == 1:
        return []
    return [(a, b) for a, b in zip(olds, news, strict=True) if a != b]


def _spelled(one: str, two: str, lexicon: Lexicon) -> bool:
    """Return whether two words are long enough, no names, no figures, no words of substance, no words apart."""
    if not lexicon.complete or min(len(one), len(two)) < _SPELLED or not (one + two).isalpha():
        return False
    if lexicon.dictionary and all(knows(word.casefold(), lexicon.dictionary) for word in (one, two)):
        return False
    if lexicon.confusable.fullmatch(one) and lexicon.confusable.fullmatch(two):
        return False
    names = one[0].isupper() and two[0].isupper()
    return not (names or lexicon.veto.match(one) or lexicon.veto.match(two))


def _slipped(one: str, two: str) -> bool:
    if len(one) == len(two):
        return _swapped(one, two)
    short, long = sorted((one, two), key=len)
    # a letter inside came or went; one at the end would be another form of the word
    return len(long) == len(short) + 1 and any(
        long[:place] + long[place + 1 :] == short for place in range(1, len(long) - 2)
    )


def _swapped(one: str, two: str) -> bool:
    places = [index for index, (a, b) in enumerate(zip(one, two, strict=True)) if a != b]
    swapped = len(places) == 2 and places[1] == places[0] + 1  # noqa: PLR2004 (two letters change places)
    return swapped and one[places[0]] == two[places[1]] and one[places[1]] == two[places[0]]


def _one_slip(one: str, two: str) -> bool:
    """Return whether one letter must change, come or go."""
    short, long = sorted((one, two), key=len)
    start = next((place for place, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    tail = long[start + 1 :]
    return len(long) - len(short) <= 1 and tail == short[start + (len(long) == len(short)) :]


def _two_slips(one: str, two: str) -> bool:
    """Return whether at most two letters must change, come or go."""
    matcher = SequenceMatcher(None, one, two, autojunk=False)
    slips = sum(max(a[1] - a[0], b[1] - b[0]) for a, b in _apart(matcher))
    return slips <= 2  # noqa: PLR2004 (as the name says)


def _apart(matcher: SequenceMatcher[str]) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    for tag, a_from, a_to, b_from, b_to in matcher.get_opcodes():
        if tag != "equal":
            yield (a_from, a_to), (b_from, b_to)


def agreement(one: str, two: str, evidence: Evidence) -> bool:
    """Two forms of a word that follow the words around them: `is`, `are`; a person should see that these are right."""
    return frozenset((one.casefold(), two.casefold())) in evidence.lexicon.agreement


#: Rules on one word in another's place, strong ones first.
ON_WORDS: tuple[Callable[[str, str, Evidence], bool], ...] = (case, variant, spelling, agreement, misspelling)


# Words that come, go, join or part


def compound(segment: Segment, evidence: Evidence) -> bool:
    """The same letters with other hyphens or spaces: `log in`, `login`; figures and words of substance stay apart."""
    old, new = ("".join(side) for side in segment[:2])
    lexicon = evidence.lexicon
    same = _JOINTS.sub("", old).casefold() == _JOINTS.sub("", new).casefold() != ""
    apart = [word.casefold() for word in segment.olds] != [word.casefold() for word in segment.news]
    if not (same and apart and lexicon.complete) or _DIGITS.search(old):
        return False
    parts = [*segment.olds, *segment.news, *re.split(r"[-\s]", " ".join((*segment.olds, *segment.news)))]
    if any(lexicon.veto.match(part) and not lexicon.joined.match(part) for part in parts):
        return False
    return not any(lexicon.parted.fullmatch(" ".join(side)) for side in segment[:2])


def article(segment: Segment, evidence: Evidence) -> bool:
    """Only articles come, go or change, and not before a word of substance; a person should see that none is meant."""
    lexicon = evidence.lexicon
    olds, news = _without_articles(segment, lexicon)
    behind = {segment.behind, *olds, *news}
    differ = (len(olds), len(news)) != (len(segment.olds), len(segment.news))
    return differ and not any(lexicon.veto.match(word) or _DIGITS.search(word) for word in behind if word)


def doubled(segment: Segment) -> bool:
    """A word that was written twice is written once, or the reverse: `out out`."""
    short, long = sorted(segment[:2], key=len)
    word = "".join(long).casefold()
    return (
        not short
        and len(long) == 1
        and word.isalpha()
        and word in (segment.behind.casefold(), segment.before.casefold())
    )


def _without_articles(segment: Segment, lexicon: Lexicon) -> tuple[list[str], list[str]]:
    olds, news = ([word for word in side if word.casefold() not in lexicon.articles] for side in segment[:2])
    return olds, news


def explained(segment: Segment, evidence: Evidence) -> frozenset[str] | None:
    """Return the rules that together explain a difference of words, None where they do not."""
    if doubled(segment):
        return frozenset({doubled.__name__})
    for bare in (False, True):
        if bare and not article(segment, evidence):
            break
        olds, news = _without_articles(segment, evidence.lexicon) if bare else segment[:2]
        found = _same_words(Segment(list(olds), list(news), segment.behind), evidence)
        if found is not None:
            return found | ({article.__name__} if bare else set())
    return None


def _same_words(segment: Segment, evidence: Evidence) -> frozenset[str] | None:
    olds, news = segment[:2]
    if len(olds) == len(news):
        rules = [_word_rule(one, two, evidence) for one, two in zip(olds, news, strict=True) if one != two]
        if all(rules):
            return frozenset(rules)
    if compound(segment, evidence):
        return frozenset({compound.__name__})
    if max(len(olds), len(news)) > _NEIGHBOURS:
        return None
    # neighbours of a compound may differ in their own way: part the words once and try both sides
    for i, j in product(range(1, len(olds)), range(1, len(news))):
        if compound(Segment(olds[:i], news[:j], ""), evidence):
            rest = _same_words(Segment(olds[i:], news[j:], segment.behind), evidence)
            if rest is not None:
                return rest | {compound.__name__}
    return None


def _word_rule(one: str, two: str, evidence: Evidence) -> str:
    return next((rule.__name__ for rule in ON_WORDS if rule(one, two, evidence)), "")
