"""Which words mix scripts, shown for any word and not only for examples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policypress.checks.characters import mixed, script, words_of

LATIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZéßø"
CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяәғқңөұүһіАБВГДЕЁ"
ARABIC = "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي"
GREEK = "αβγδεζηθικλμνξοπρστυφχψω"
ALPHABETS = (LATIN, CYRILLIC, ARABIC, GREEK)

word = st.sampled_from(ALPHABETS).flatmap(lambda letters: st.text(letters, min_size=1))
two = st.permutations(ALPHABETS).map(lambda shuffled: shuffled[:2])


@given(word, st.text("0123456789"))
def test_one_script_is_not_mixed(letters, digits):
    """A word in one script, with figures or without, is not mixed."""
    assert not mixed(letters + digits)


@given(two.flatmap(lambda pair: st.tuples(*(st.text(one, min_size=1) for one in pair))), st.randoms())
def test_two_scripts_are_mixed_in_any_order(parts, random):
    """Letters of two scripts in one word are found wherever they stand."""
    letters = list("".join(parts))
    random.shuffle(letters)
    assert mixed("".join(letters))


@given(word, word, st.sampled_from("-’'‑ –.,/@_"))
def test_hyphens_and_apostrophes_part_words(first, second, between):
    """A foreign name and the ending joined to it by a hyphen or an apostrophe are two words."""
    assert [first, second] == list(words_of(f"{first}{between}{second}"))


@given(st.text())
def test_any_text_has_words_or_none(text):
    """Whatever is in a text, its words are pieces of it, and asking for their scripts fails for none."""
    clean = text.replace("{", "")
    for found in words_of(clean):
        assert found in clean
        assert mixed(found) in {True, False}


@pytest.mark.parametrize(
    ("character", "expected"), [("a", "LATIN"), ("ө", "CYRILLIC"), ("ش", "ARABIC"), ("漢", ""), ("7", "")]
)
def test_script(character, expected):
    """A letter's script is named where mixing it is a fault; digits and Chinese have none."""
    assert expected == script(character)


def test_words_of_placeholders_are_not_text():
    """What stands in a placeholder is a name of the machine and no word of the reader."""
    assert ("at",) == words_of("at {{ facts.адрес }}")
