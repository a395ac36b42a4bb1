"""The fixed words: filled from an allow-list, in the plural of each language, none missing."""

from __future__ import annotations

import pytest

from policypress.errors import ProblemsError
from policypress.localise import Words, load_words
from policypress.settings import parse_settings
from policypress.source import Source
from tests.policypress.localise.world import HEADER, SETTINGS, entry, po

PLURAL = """msgctxt "days"
msgid "{count} day"
msgid_plural "{count} days"
"""
TEMPLATE = po(entry("from", "From {date}.", ""), entry("hello", "Hello, {name}", "")) + f'\n{PLURAL}msgstr[0] ""\n'


def _catalogue(*forms, first=("from", "From {date}.", "{date} бастап."), second=("hello", "Hello, {name}", "{name}!")):
    plural = PLURAL + "".join(f'msgstr[{place}] "{form}"\n' for place, form in enumerate(forms))
    return po(entry(*first), entry(*second)) + "\n" + plural


FORMS = {
    "kk": ("{count} күн",),
    "ru": ("{count} день", "{count} дня", "{count} дней"),
    "ar": tuple(f"{{count}} {form}" for form in ("zero", "one", "two", "few", "many", "other")),
}


def _load(**catalogues):
    found = {locale: _catalogue(*forms) for locale, forms in FORMS.items()} | catalogues
    source = Source(
        settings=parse_settings(SETTINGS), settings_text=SETTINGS, texts={}, words=TEMPLATE, notice_catalogues=found
    )
    return load_words(source)


def _problems(**catalogues):
    with pytest.raises(ProblemsError) as caught:
        _load(**catalogues)
    return [(problem.rule, problem.locale, problem.file, problem.message) for problem in caught.value.problems]


def test_words_of_every_locale():
    """English from the template, the others from their catalogues."""
    words = _load()
    assert ["en", "kk", "ru", "ar"] == list(words)
    assert "Hello, Ana" == words["en"].say("hello", name="Ana")
    assert "Ana!" == words["kk"].say("hello", name="Ana")


def test_a_slot_is_filled_once():
    """A value with curly brackets is text: it is neither formatted nor filled again."""
    words = Words(locale="en", words={"hello": "Hello, {name}: {other}"})
    assert "Hello, {other} {0.__class__}: x" == words.say("hello", name="{other} {0.__class__}", other="x")


@pytest.mark.parametrize(("name", "slots"), [("nothing", {}), ("hello", {}), ("hello", {"nom": "x"})])
def test_an_unknown_word_or_an_unfilled_slot_is_an_error(name, slots):
    """Nothing is said half."""
    with pytest.raises(KeyError):
        Words(locale="en", words={"hello": "Hello, {name}"}).say(name, **slots)


@pytest.mark.parametrize(
    ("value", "said"),
    [("15 января 2027 г.", "С 15 января 2027 г."), ("15 января 2027", "С 15 января 2027."), ("", "С .")],
)
def test_a_value_that_ends_in_a_full_stop_brings_its_own(value, said):
    """`15 января 2027 г.` ends a sentence without a second full stop."""
    assert said == Words(locale="ru", words={"from": "С {date}."}).say("from", date=value)


def test_a_full_stop_inside_a_sentence_is_kept():
    """Only the one behind the slot is swallowed."""
    words = Words(locale="ru", words={"a": "{date} и далее. {date}."})
    assert "1 мая 2027 г. и далее. 1 мая 2027 г." == words.say("a", date="1 мая 2027 г.")


@pytest.mark.parametrize(
    ("locale", "number", "said"),
    [
        ("en", 1, "1 day"),
        ("en", 0, "0 days"),
        ("en", 2, "2 days"),
        ("kk", 1, "1 күн"),
        ("kk", 30, "30 күн"),
        ("ru", 1, "1 день"),
        ("ru", 3, "3 дня"),
        ("ru", 11, "11 дней"),
        ("ru", 21, "21 день"),
        ("ru", 30, "30 дней"),
        ("ar", 0, "0 zero"),
        ("ar", 1, "1 one"),
        ("ar", 2, "2 two"),
        ("ar", 3, "3 few"),
        ("ar", 11, "11 many"),
        ("ar", 100, "100 other"),
    ],
)
def test_plurals(locale, number, said):
    """Each language counts by CLDR's rule."""
    assert said == _load()[locale].count("days", number)


def test_every_missing_word_is_listed_at_once():
    """Not translated, fuzzy, translated from another English, a plural form short: all in one run, each with its file."""
    kazakh = _catalogue("{count} күн", first=("from", "From the {date}.", "{date} бастап."))
    russian = _catalogue("{count} день", "", "{count} дней")
    arabic = po(entry("from", "From {date}.", "من {date}.", fuzzy=True), entry("hello", "Hello, {name}", "{name}"))
    file = "locales/{}/LC_MESSAGES/notice.po".format
    assert [
        ("missing-word", "kk", file("kk"), "from: not translated"),
        ("missing-word", "ru", file("ru"), "days: not translated"),
        ("missing-word", "ar", file("ar"), "from: not translated"),
        ("missing-word", "ar", file("ar"), "days: not translated"),
    ] == _problems(kk=kazakh, ru=russian, ar=arabic)


@pytest.mark.parametrize("translation", ["{day} бастап.", "бастап.", "{date} {name} бастап."])
def test_other_slots_are_refused(translation):
    """A translation has the slots of the English, no fewer and no others."""
    assert [("word-slots", "kk")] == [
        found[:2] for found in _problems(kk=_catalogue("{count} күн", first=("from", "From {date}.", translation)))
    ]


def test_no_catalogue_at_all_lists_every_word():
    """A locale that was set up and not begun."""
    assert 3 == len(_problems(kk=""))
    assert 3 == len(_problems(kk=HEADER))
