"""Dates, directions and names as CLDR writes them."""

from __future__ import annotations

from datetime import date

import pytest

from policypress.errors import ProblemsError, UsageError
from policypress.localise import CLDR_VERSION, direction, format_date, language_name, parse_glossary
from policypress.localise.cldr import embedded

DAY = date(2024, 8, 8)


@pytest.mark.parametrize(
    ("tag", "pattern", "text"),
    [
        ("en", None, "August 8, 2024"),
        ("en", "d MMMM y", "8 August 2024"),
        ("kk", "y 'жылғы' d MMMM", "2024 жылғы 8 тамыз"),
        ("kk", None, "2024 ж. 8 тамыз"),
        ("ru", None, "8 августа 2024 г."),
        ("en-GB", None, "8 August 2024"),
    ],
)
def test_dates(tag, pattern, text):
    """CLDR's long form, or the pattern of the settings; its no-break spaces are its own."""
    assert text == format_date(DAY, tag, pattern).replace("\u202f", " ").replace("\u00a0", " ")


def test_directions():
    """Arabic reads from the right."""
    assert ["ltr", "ltr", "rtl"] == [direction(tag) for tag in ("en", "kk", "ar")]


def test_language_names():
    """A language's own name begins with a capital; for another reader it is as CLDR writes it."""
    assert ["English", "Қазақ тілі", "Русский", "العربية"] == [language_name(tag) for tag in ("en", "kk", "ru", "ar")]
    assert "казахский" == language_name("kk", "ru")


@pytest.mark.parametrize("tag", ["xx", "not a tag"])
def test_an_unknown_locale_says_where_to_mend_it(tag):
    """CLDR knows no such locale: the message names the file."""
    with pytest.raises(UsageError, match=r"policy\.toml"):
        direction(tag)


def test_version_is_recorded():
    """A print says what its dates were written with."""
    assert CLDR_VERSION.startswith("Babel 2")


def test_glossary():
    """A term has one word in each locale; `avoid`, `watch` and `note` are no locales."""
    glossary = parse_glossary('[terms.data]\nen = "data"\nkk = "дерек"\navoid = {en = ["info"]}\n', "glossary.toml")
    assert ["data", "дерек", None, None] == [
        glossary.word(*pair) for pair in (("data", "en"), ("data", "kk"), ("data", "ru"), ("other", "en"))
    ]
    assert {"en": ("info",)} == glossary.terms["data"].avoid


def test_a_broken_glossary_names_file_and_line():
    """A slip is reported with its place."""
    with pytest.raises(ProblemsError) as caught:
        parse_glossary("[terms.data]\nen = 3\n", "glossary.toml")
    assert ("glossary.toml", 2) == (caught.value.problems[0].file, caught.value.problems[0].line)


@pytest.mark.parametrize(
    ("text", "tag", "printed"),
    [
        ("Example Pte. Ltd.", "ar", "\u200eExample Pte. Ltd.\u200e"),
        ("1 Example Road", "ar", "\u200e1 Example Road\u200e"),
        ("Example", "ar", "Example"),
        ("شركة Example Ltd.", "ar", "شركة Example Ltd."),
        ("https://example.org/", "ar", "https://example.org/"),
        ("privacy@example.org", "ar", "privacy@example.org"),
        ("Example Pte. Ltd.", "kk", "Example Pte. Ltd."),
    ],
)
def test_latin_names_keep_their_ends_among_arabic_words(text, tag, printed):
    """A full stop or a figure at the end of a Latin name stays on its side; addresses and other scripts are left."""
    assert printed == embedded(text, tag)
