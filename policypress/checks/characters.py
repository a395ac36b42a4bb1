"""The characters of every text: scripts, alphabets, invisible ones and normal form; knows no meaning."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from policypress.checks.languages import language
from policypress.document import PLACEHOLDER
from policypress.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policypress.checks.desk import Desk, Passage
    from policypress.errors import Problem

#: Scripts whose letters are never mixed within one word. Chinese, Japanese and Korean writing mixes its own.
_SCRIPTS = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "ARMENIAN", "GEORGIAN"})
#: A word: letters, digits and the marks above and below them; hyphens and apostrophes part words.
_WORD = re.compile(r"(?:[^\W_]|[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670])+")
#: Latin look-alikes of Cyrillic letters.
_ALIKE = dict(zip("асеорхуіѕјһԁԛԝАВЕКМНОРСТУХІЅЈ", "aceopxyisjhdqwABEKMHOPCTYXISJ", strict=True))
_TWINS = {latin: cyrillic for cyrillic, latin in _ALIKE.items()}


@lru_cache(maxsize=4096)
def script(character: str) -> str:
    """Return the script of a letter, nothing for digits, signs and scripts that mix."""
    name = unicodedata.name(character, "").partition(" ")[0] if character.isalpha() else ""
    return name if name in _SCRIPTS else ""


@lru_cache(maxsize=65536)
def mixed(word: str) -> bool:
    """Return whether a word has letters of more than one script."""
    return len({script(character) for character in word} - {""}) > 1


@lru_cache(maxsize=65536)
def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a clause, those of addresses included, without placeholders."""
    return tuple(_WORD.findall(PLACEHOLDER.sub(" ", text)))


def mixed_script(desk: Desk) -> Iterator[Problem]:
    """Report a word written with letters of two scripts, such as a Cyrillic `с` in `сookie`.

    It looks right and is not: nobody finds it by searching, a screen reader stumbles over it, a link with it leads to
    another site. Usually the keyboard was switched a letter too late. Retype the word in one script. Endings are
    joined to foreign names with a hyphen, which parts words: `Xiaomi-дің`.
    """
    for place in desk.passages:
        for word in dict.fromkeys(words_of(place.text)):
            if mixed(word) and mixed(_without_prefix(word, place.locale)):
                odd = ", ".join(f"{c} ({script(c).capitalize()})" for c in _minority(word))
                yield place.problem("mixed-script", f"{word!r} mixes scripts: {odd}", "Retype the word in one script")


def _without_prefix(word: str, locale: str) -> str:
    """Return a word without the particles that a language writes in front of a foreign name."""
    if prefix := language(locale).prefix:
        return re.sub(rf"^{prefix}", "", word)
    return word


def _minority(word: str) -> list[str]:
    """Return the letters of the script that has the fewest of them, each once."""
    letters = [character for character in word if script(character)]
    counts = Counter(map(script, letters))
    rarest = min(counts, key=lambda one: counts[one])
    return [character for character in dict.fromkeys(letters) if script(character) == rarest]


def look_alike_word(desk: Desk) -> Iterator[Problem]:
    """Report a whole word in another script that looks like a word of the text, such as `с` typed as a Latin `c`.

    It has the faults of a mixed word and none of its signs. In a Latin text every Cyrillic word that could pass for
    a Latin one is reported; in a Cyrillic text a small Latin word whose Cyrillic twin the text uses elsewhere. Retype
    it.
    """
    for locale, places in desk.texts().items():
        own = language(locale).script
        known = {word.casefold() for place in places for word in words_of(place.text)}
        for place in places:
            for word in dict.fromkeys(words_of(place.text)):
                if _poses(word, own, known):
                    other = script(word[0]).capitalize()
                    message = f"{word!r} is written in {other} letters that look like {own.capitalize()} ones"
                    yield place.problem("look-alike-word", message, "Retype the word")


def _poses(word: str, own: str, known: set[str]) -> bool:
    if own == "LATIN":
        return all(character in _ALIKE for character in word)
    if own == "CYRILLIC":
        return word.islower() and all(c in _TWINS for c in word) and "".join(_TWINS[c] for c in word) in known
    return False


def outside_alphabet(desk: Desk) -> Iterator[Problem]:
    """Report a letter that the alphabet of the text's language lacks, in a word of its own script.

    A Russian text with a Kazakh `і`, or an Arabic one with a Persian `ی`, was typed on the wrong keyboard or pasted
    from another language. Retype the word; a foreign name may need the letter, and then the warning can stand.
    """
    for place in desk.passages:
        rules = language(place.locale)
        known = _alphabet(rules.letters)
        for word in dict.fromkeys(words_of(place.text)) if rules.letters else ():
            if known.issuperset(word.lower()):
                continue
            strange = [c for c in dict.fromkeys(word.lower()) if script(c) == rules.script and c not in rules.letters]
            if strange and not mixed(word):
                message = f"{word!r} has {', '.join(map(_named, strange))}"
                way_out = f"The alphabet of {place.locale} has no such letter; retype the word"
                yield place.problem("outside-alphabet", message, way_out, Severity.WARNING)


@lru_cache(maxsize=64)
def _alphabet(letters: str) -> frozenset[str]:
    return frozenset(letters)


def _named(character: str) -> str:
    return f"{character} (U+{ord(character):04X})"


def invisible_character(desk: Desk) -> Iterator[Problem]:
    """Report a character that cannot be seen: of zero width, a soft hyphen, a control or a direction mark.

    It makes equal texts differ, breaks searches and links, and a direction override can make a sentence read
    otherwise than it is stored. Most come from pasting. Delete it; the page sets the direction of texts itself.
    """
    for place in desk.raw:
        permitted = language(place.locale).permitted + "\t\n"
        if place.text.isprintable() and not _FILLER.search(place.text):
            continue  # most lines of most files
        for character in dict.fromkeys(filter(_invisible, place.text)):
            if character not in permitted:
                name = unicodedata.name(character, "control character").lower()
                message = f"U+{ord(character):04X} ({name}) before {_behind(place, character)!r}"
                yield place.problem("invisible-character", message, "Delete it")


#: Fillers that are letters by category and yet print nothing.
_FILLERS = "\u115f\u1160\u3164\uffa0\u034f"
_FILLER = re.compile(f"[{_FILLERS}]")


def _invisible(character: str) -> bool:
    if character.isascii():
        return character < " " or character == "\x7f"
    return unicodedata.category(character) in ("Cf", "Cc", "Zl", "Zp") or character in _FILLERS


def _behind(place: Passage, character: str) -> str:
    rest = place.text[place.text.index(character) + 1 :]
    return "".join(c for c in rest if not _invisible(c))[:12]


def not_nfc(desk: Desk) -> Iterator[Problem]:
    """Report text that is not in Unicode's normal form C.

    The same letter can be stored as one character or as a letter and a mark; only one of the two is found by a
    search, and digests of texts that look alike differ. Macs and some PDF readers write the other one. Retype the
    word.
    """
    for place in desk.raw:
        if not unicodedata.is_normalized("NFC", place.text):
            word = next((w for w in place.text.split() if not unicodedata.is_normalized("NFC", w)), place.text[:12])
            yield place.problem("not-nfc", f"{word!r} is not in normal form C", "Retype the word")
