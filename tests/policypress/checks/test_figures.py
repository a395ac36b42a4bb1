"""Dates, periods and numbers as each language writes them."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policypress.checks.figures import dates, in_words, numbers, periods
from policypress.checks.languages import language
from policypress.checks.spoken import spoken, unsigned
from policypress.localise import format_date

PATTERNS = {
    "en": ("d MMMM y", "MMMM d, y", "y-MM-dd"),
    "kk": ("y 'жылғы' d MMMM", "y 'ж'. d MMMM", None, "dd.MM.y"),
    "ru": (None, "d MMMM y", "dd.MM.y"),
    "ar": ("d MMMM y",),
}


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2099, 12, 31)), st.sampled_from(sorted(PATTERNS)), st.data())
def test_a_date_is_read_as_cldr_writes_it(day, locale, data):
    """A date that CLDR printed in any of a language's forms is read as that day, and no figure is left over."""
    text = f"x {format_date(day, locale, data.draw(st.sampled_from(PATTERNS[locale])))} x"
    assert [day] == [found for _, found in dates(text, locale)]
    assert Counter([day.isoformat()]) == numbers(text, locale)


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("2024 жылғы 8 тамыздан бастап", "kk"),
        ("8 августа 2024 года", "ru"),
        ("٨ أغسطس ٢٠٢٤", "ar"),
        ("the 8th of August 2024", "en"),
    ],
)
def test_inflected_months_and_other_digits(text, locale):
    """Case endings, ordinals and the digits of other scripts do not hide a date."""
    assert [date(2024, 8, 8)] == [found for _, found in dates(text, locale)]


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [
        ("10,000.5 and 1,5", "en", ["10000.5", "1", "5"]),
        ("10 000,5 және 138542", "kk", ["10000.5", "138542"]),
        ("080 6885 6286", "ru", ["080", "6885", "6286"]),
        ("from 9 a.m. to 12:30 pm", "en", ["9:00", "12:30"]),
        ("с 9:00 до 18:00", "ru", ["9:00", "18:00"]),
        ("see https://example.org/2024 and a5@example.org and {{ facts.n7 }}", "en", []),
    ],
)
def test_numbers(text, locale, expected):
    """Thousands, fractions and times are read by the language's own signs; addresses and placeholders are no figures."""
    assert Counter(expected) == numbers(text, locale)


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [
        ("within 30 calendar days or two years", "en", [(30, "day"), (2, "year")]),
        ("30 күн ішінде, 15 жұмыс күні, үш ай", "kk", [(30, "day"), (15, "day"), (3, "month")]),
        ("2 айналым, 30 айыппұл", "kk", []),
        ("30 календарных дней, двух лет, 24 часов", "ru", [(30, "day"), (2, "year"), (24, "hour")]),
        ("30 يومًا", "ar", [(30, "day")]),
        ("ثلاثين يومًا أو شهرين، ثم 3 سنوات", "ar", [(30, "day"), (2, "month"), (3, "year")]),
        ("отыз бес күн, он екі айдан", "kk", [(35, "day"), (12, "month")]),
        ("тридцати пяти календарных дней", "ru", [(35, "day")]),
        ("30 days", "tlh", []),
    ],
)
def test_periods(text, locale, expected):
    """A number and a unit of time are a period, in figures or words; a language without a table has none."""
    assert expected == periods(text, locale)


def test_numbers_in_words():
    """A number said in words counts as said."""
    assert in_words("2", "екі сатылы тексеру", "kk")
    assert not in_words("3", "екі сатылы тексеру", "kk")


@pytest.mark.parametrize(
    ("number", "text", "locale"),
    [
        (35, "thirty-five days", "en"),
        (120, "one hundred twenty days", "en"),
        (14, "он төрт жасқа толмаған", "kk"),
        (30, "отыз күнге дейін", "kk"),
        (35, "отыз бестен аспайтын", "kk"),
        (2, "екіншіден", "kk"),
        (150, "жүз елу теңге", "kk"),
        (200, "екі жүз күн", "kk"),
        (30, "в течение тридцати дней", "ru"),
        (30, "в тридцатидневный срок", "ru"),
        (14, "не достигшее четырнадцатилетнего возраста", "ru"),
        (45, "сорока пяти дней", "ru"),
        (18, "восемнадцатью годами", "ru"),
        (30, "خلال ثلاثين يومًا", "ar"),
        (30, "لثلاثين يومًا", "ar"),
        (35, "خمسة وثلاثون يومًا", "ar"),
        (18, "دون الثامنة عشرة من العمر", "ar"),
        (13, "دون الثالثة عشرة", "ar"),
        (21, "واحد وعشرين عامًا", "ar"),
        (100, "مئة يوم", "ar"),
        (365, "ثلاثمائة وخمسة وستين يومًا", "ar"),
        (2, "خلال يومين", "ar"),
        (2, "لشهرين", "ar"),
        (12, "اثنا عشر شهرًا", "ar"),
    ],
)
def test_inflected_and_joined_words_for_numbers(number, text, locale):
    """Endings, prefixes, compounds, duals and numbers of several words are read; their parts are no numbers of their own."""
    assert in_words(str(number), text, locale)
    assert not in_words(str(number + 1), text, locale)


@pytest.mark.parametrize(
    ("number", "text", "locale"),
    [
        (10, "оның деректері және оны қорғау", "kk"),
        (1, "бірақ, бірнеше және біріктіру", "kk"),
        (3, "треть и третьи лица", "ru"),
        (100, "стать и сталь", "ru"),
        (9, "ninety days", "en"),
        (10, "often and tender", "en"),
        (10, "العشرات من الأطراف", "ar"),
        (5, "خمسة وثلاثون يومًا", "ar"),
        (30, "отыз бес күн", "kk"),
    ],
)
def test_words_that_only_look_like_numbers(number, text, locale):
    """A word that begins like a number is none, and a part of a joined number does not count by itself."""
    assert not in_words(str(number), text, locale)


@given(st.integers(min_value=1, max_value=999), st.sampled_from(["en", "kk", "ru", "ar"]))
def test_every_number_up_to_a_thousand(number, locale):
    """Hundreds, tens and ones, as the language joins them, are read as the number they were made of."""
    words = language(locale).numbers
    hundreds, rest = divmod(number, 100)
    parts = [words[str(hundreds * 100)][0]] if hundreds else []
    if str(rest) in words:
        parts.append(words[str(rest)][0])
    elif rest:
        pair = [words[str(rest - rest % 10)][0], words[str(rest % 10)][0]]
        parts += reversed(pair) if locale == "ar" else pair
    text = (" و" if locale == "ar" else " ").join(parts)
    assert [number] == [one.value for one in spoken(unsigned(text), locale)]
