"""Word by word ins/del: both texts can be read back, and no word or letter is ever cut."""

from __future__ import annotations

import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policypress.redline import Metrics, Run, accept, marked, measure, redline, reject, tokens
from policypress.segmentation import WORDS, by_script, icu

CASES = Path(__file__).parents[1] / "cases" / "redline"

POOLS = {
    "en": [
        "We",
        "will",
        "not",
        "share",
        "your",
        "data",
        "with",
        "third-party",
        "don’t",
        "30 days",
        "10%",
        "3rd",
        "(b)",
    ],
    "kk": ["Біз", "деректеріңізді", "сақтаймыз", "және", "30 күн", "үшін", "қ", "ұялы-телефон", "ҰЯЛЫ"],
    "ru": ["Мы", "не", "передаём", "данные", "8 августа 2024", "г.", "третьим", "лицам", "и\u0306"],
    "ar": ["هَذَا", "كِتَابٌ", "لا", "نبيع", "بياناتك", "٣٠ يوماً", "و", "في", "اللّٰه"],
    "zh": ["我们", "不", "出售", "您的", "数据", "30天", "。", "データ", "が\u3099"],
    "th": ["เก็บ", "ข้อมูล", "30", "วัน", "น้ำ", "ผู้ใช้"],
    "hi": ["क्षेत्र", "डेटा", "நிதி", "নীতি", "हिन्दी", "की"],
    "emoji": ["👩‍💻", "👩‍🔬", "👍🏽", "👍", "🇰🇿", "🇷🇺", "1️⃣", "❤️", "e\u0301\u0323", "a\u0308"],
}


@st.composite
def texts(draw):
    """Return running text in one language or in several, with white space of several kinds or none."""
    names = draw(st.sampled_from([*POOLS, "mixed"]))
    pool = [word for words in POOLS.values() for word in words] if names == "mixed" else POOLS[names]
    glue = st.sampled_from([" ", " ", " ", "  ", "\u00a0", "\u202f", "\n", ", ", ". "])
    parts = [draw(st.sampled_from(pool)) + draw(glue) for _ in range(draw(st.integers(0, 12)))]
    return "".join(parts)


def _seams(runs):
    """Return the neighbouring letters at each seam of the old text and of the new one."""
    for side in ("old", "new"):
        parts = [getattr(run, side) for run in runs if getattr(run, side)]
        yield from ((left[-1], right[0]) for left, right in pairwise(parts))


def _continues(letter):
    """Return whether a character belongs to the letter before it."""
    joins = letter in "\u200c\u200d" or "\U0001f3fb" <= letter <= "\U0001f3ff"
    return joins or unicodedata.category(letter) in ("Mn", "Mc", "Me")


@settings(max_examples=80, deadline=None)
@given(texts(), texts(), st.sampled_from([by_script, WORDS]))
def test_accepting_gives_the_new_text_and_rejecting_the_old(old, new, segmenter):
    """Nothing is lost on either side, to the character."""
    runs = redline(old, new, segmenter=segmenter)
    assert new.strip() == accept(runs)
    assert old.strip() == reject(runs)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(["en", "kk", "ru", "ar", "zh", "xx"]))
def test_any_two_texts_can_be_read_back(old, new, locale):
    """Accepting and rejecting hold for every string of Unicode, in every locale, known or not."""
    runs = redline(old, new, locale=locale)
    assert (old.strip(), new.strip()) == (reject(runs), accept(runs))


@settings(max_examples=80, deadline=None)
@given(texts(), texts(), st.sampled_from([by_script, WORDS]))
def test_no_word_and_no_letter_is_cut(old, new, segmenter):
    """A mark never begins behind half a word, a letter without its signs, or half an emoji."""
    runs = redline(old, new, segmenter=segmenter)
    assert 0 == measure(runs).mid_word_cuts
    for left, right in _seams(runs):
        assert not _continues(right)
        assert left != "\u200d"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_tokens_join_back(text):
    """Each token carries the white space behind it; together they are the text without what stands before it."""
    assert text.lstrip() == "".join(tokens(text))


@settings(max_examples=60, deadline=None)
@given(texts())
def test_a_text_and_itself_have_no_marks(text):
    """The same text is one equal run, or none where it is empty."""
    runs = redline(text, text)
    assert {"equal"} >= {run.op for run in runs}
    assert Metrics(runs=0, marked_characters=0, islands=0, mid_word_cuts=0) == measure(runs)


@settings(max_examples=60, deadline=None)
@given(texts(), texts())
def test_runs_alternate(old, new):
    """No two neighbouring runs do the same; a deletion stands before its insertion."""
    ops = [run.op for run in redline(old, new)]
    assert all(one != two for one, two in pairwise(ops))
    assert ("insert", "delete") not in list(pairwise(ops))


@pytest.mark.parametrize(
    "token",
    [
        "30 days",
        "30\u00a0days",
        "18 years",
        "10%",
        "10 %",
        "1,000.50",
        "5\u202f000 ₸",
        "30-day",
        "3rd",
        "2024-08-08",
        "08.08.2024",
        "8 August 2024",
        "August 8, 2024",
        "2024 ж. 8 тамыз",
        "8 августа 2024",
        "30 күн",
        "18 жасқа",
        "30 дней",
        "٣٠ يوماً",
        "third-party",
        "don’t",
        "e-mail",
        "ұялы-телефон",
        "privacy@example.org",
        "https://example.org/a/b?c=d#e",
        "<https://example.org/>",
        "[our terms](https://example.org/terms)",
        "[1. Rights](#rights)",
        "كِتَابٌ",
        "क्षेत्र",
        "е\u0301щё",
        "👩‍💻",
        "👍🏽",
        "🇰🇿",
        "1️⃣",
    ],
)
def test_what_belongs_together_is_one_token(token):
    """Numbers with units, dates, addresses, links, hyphenated words, letters with their signs are not taken apart."""
    assert [f"{token} ", "x"] == tokens(f"{token} x")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("See https://example.org/a.", ["See ", "https://example.org/a", "."]),
        ("(mail me@example.org)", ["(", "mail ", "me@example.org", ")"]),
        ("我们 ok", ["我", "们 ", "ok"]),
        ("ab天cd", ["ab", "天", "cd"]),
        ("ข้อมูลABC", ["ข้อมูล", "ABC"]),
        ("yes, no", ["yes", ", ", "no"]),
        ("  lead", ["lead"]),
        ("10% 20", ["10% ", "20"]),
        ("5 % 3", ["5 % ", "3"]),
        ("in May 2024", ["in ", "May ", "2024"]),
        ("8 mayors", ["8 ", "mayors"]),
        ("", []),
    ],
)
def test_what_does_not_belong_together_is_parted(text, parts):
    """Signs stand alone; scripts without spaces are parted where the script changes."""
    assert parts == tokens(text, by_script)


def test_a_dictionary_parts_words_without_spaces():
    """Where the words of a script are known, they are marked whole: `三十` becomes `六十`."""
    words = {"我们", "保存", "三十", "六十", "เก็บ", "ข้อมูล", "ไว้"}

    def by_words(run):
        found = []
        while run:
            size = next((size for size in range(len(run), 1, -1) if run[:size] in words), 1)
            found.append(run[:size])
            run = run[size:]
        return found

    assert ["我们", "保存 ", "30"] == tokens("我们保存 30", by_words)
    assert "我们保存[-三十-]{+六十+}天" == marked(redline("我们保存三十天", "我们保存六十天", segmenter=by_words))
    assert "เก็บข้อมูล{+ไว้+}" == marked(redline("เก็บข้อมูล", "เก็บข้อมูลไว้", segmenter=by_words))


def test_icu_is_used_where_it_is_installed():
    """With PyICU words are those of its dictionaries; without it, ideographs and runs of Thai."""
    words = ["我们", "保存", "数据"] if icu else ["我", "们", "保", "存", "数", "据"]
    assert words == tokens("我们保存数据")
    assert (["เก็บ", "ข้อมูล"] if icu else ["เก็บข้อมูล"]) == tokens("เก็บข้อมูล")
    assert by_script("が\u3099𠀀") == WORDS("が\u3099𠀀")


@pytest.mark.parametrize("case", sorted(path for path in CASES.iterdir() if path.is_dir()), ids=lambda path: path.name)
def test_case_is_marked_as_listed(case):
    """`old.txt` against `new.txt` in the language of `locale.txt` reads as `marked.txt`."""
    old, new, shown, locale = (
        (case / name).read_text(encoding="utf-8").removesuffix("\n")
        for name in ("old.txt", "new.txt", "marked.txt", "locale.txt")
    )
    runs = redline(old, new, locale=locale, segmenter=by_script)
    assert shown == marked(runs)
    assert 0 == measure(runs).mid_word_cuts
    assert 0 == measure(runs).islands


def test_white_space_does_not_count():
    """Another white space between the same words is no change, and the new text is shown."""
    assert ["equal"] == [run.op for run in redline("a  b\u00a0c", "a b c")]
    assert "a b c" == marked(redline("a  b\u00a0c", "a b c"))


def test_the_space_behind_a_mark_stands_outside_it():
    """`{+word+} next` and not `{+word +}next`."""
    assert "a {+new+} b" == marked(redline("a b", "a new b"))


def test_islands_of_stop_words_are_swallowed():
    """A lone `of` between two changes is marked with them; in a language where it is no stop word it stands."""
    assert "[-one of two-]{+three of four+}" == marked(redline("one of two", "three of four", locale="en"))
    assert "[-one-]{+three+} of [-two-]{+four+}" == marked(redline("one of two", "three of four", locale="kk"))


def test_a_word_of_substance_is_never_swallowed():
    """`data` between two changes stays what it is: unchanged."""
    assert "[-one-]{+three+} data [-two-]{+four+}" == marked(redline("one data two", "three data four"))


def test_stop_words_at_the_ends_stay():
    """Only what lies between two changes is an island."""
    assert "the [-one-]{+two+} of it" == marked(redline("the one of it", "the two of it"))


def test_a_regional_locale_has_its_languages_words():
    """`en-GB` reads as `en`."""
    assert redline("one of two", "three of four", locale="en") == redline("one of two", "three of four", locale="en-GB")


def test_measures():
    """Runs, characters and islands of a redline are counted as a reader sees them."""
    runs = redline("one data two and more", "three data four and more")
    assert Metrics(runs=4, marked_characters=3 + 5 + 3 + 4, islands=1, mid_word_cuts=0) == measure(runs)


def test_a_cut_would_be_seen():
    """The measure counts seams inside words and inside letters, so that 0 means something."""
    halves = (
        Run(op="equal", old="wo", new="wo", shown="wo"),
        Run(op="insert", new="rd", shown="rd"),
        Run(op="equal", old="e", new="e", shown="e"),
        Run(op="insert", new="\u0301", shown="\u0301"),
    )
    # the old text is cut once (`wo|e`), the new one three times (`wo|rd|e|´`)
    assert 4 == measure(halves).mid_word_cuts


def test_a_long_rewrite_comes_to_an_end():
    """Two unlike texts of a thousand words are marked whole."""
    old, new = (" ".join(f"{name}{i}" for i in range(1000)) for name in ("a", "b"))
    assert ["delete", "insert"] == [run.op for run in redline(old, new)]
