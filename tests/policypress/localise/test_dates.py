"""Days as texts write them: found, and printed back the same."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policypress.localise import format_date
from policypress.localise.dates import find_date


@pytest.mark.parametrize(
    ("text", "tag", "written", "pattern"),
    [
        ("саясатымыз 2024 жылдың 8 тамыз жаңартылды", "kk", "2024 жылдың 8 тамыз", "y 'жылдың' d MMMM"),
        ("2024 жылғы 8 тамызда", "kk", "2024 жылғы 8 тамыз", "y 'жылғы' d MMMM"),
        ("Обновлено 8 августа 2024 г.", "ru", "8 августа 2024", "d MMMM y"),
        ("Last updated: August 8, 2024.", "en", "August 8, 2024", "MMMM d, y"),
        ("Effective 8 Aug 2024", "en", "8 Aug 2024", "d MMM y"),
        ("Stand: 8. August 2024", "de", "8. August 2024", "d. MMMM y"),
        ("Le 8 août 2024", "fr", "8 août 2024", "d MMMM y"),
        ("of 2024-08-08", "en", "2024-08-08", "y-MM-dd"),
        ("от 08.08.2024", "ru", "08.08.2024", "dd.MM.y"),
    ],
)
def test_days_in_many_ways(text, tag, written, pattern) -> None:
    """Day, month and year in any order, words between them kept."""
    found = find_date(text, tag)
    assert (date(2024, 8, 8), written, pattern) == (found.day, found.text, found.pattern)


@pytest.mark.parametrize(
    "text", ["", "no day", "31 February 2024", "2024", "AUGUST 8, 2024", "version 1.2.2024.5", "8 August 202"]
)
def test_what_is_no_day_or_would_print_otherwise(text) -> None:
    """An impossible day, a bare year, capitals that CLDR would not print."""
    assert find_date(text, "en") is None


@given(st.integers(0, 20_000), st.sampled_from(["en", "ru", "kk", "de", "fr", "es"]))
def test_what_cldr_prints_is_found(days, tag) -> None:
    """A day in CLDR's long form is read back, and its pattern prints it."""
    day = date(1990, 1, 1) + timedelta(days=days)
    found = find_date(f"x {format_date(day, tag)} y", tag)
    assert day == found.day
    assert found.text == format_date(day, tag, found.pattern)
