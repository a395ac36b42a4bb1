"""`policy.toml`: typed, frozen, every slip named with its line."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from policypress.bundle import ChangeClass
from policypress.errors import Problem, ProblemsError, RefusedError, Severity
from policypress.settings import line_of, parse_settings, parse_toml

TEXT = """id = "privacy"
company = "Example"
source_locale = "en"
prevailing_locale = "en"
timezone = "Asia/Almaty"
site_url = "https://policy.example.org/"
countries = { KZ = "kk" }

[facts]
support_url = "https://example.org/support"
name = "Example Ltd."

[locales.en]

[locales.kk]
required = true
fallback = ["ru", "en"]
date = "y 'жылғы' d MMMM"

[locales.kk.facts]
support_url = "https://example.org/kk/support"

[locales.ru]

[lead_time]
reason = "Thirty days are common practice."
material = 30

[lead_time.countries.KZ]
material = 45
"""


def _problems(text):
    with pytest.raises(ProblemsError) as caught:
        parse_settings(text, "policy.toml")
    return caught.value.problems


def test_settings_are_read():
    """The whole file as typed values."""
    settings = parse_settings(TEXT)
    assert ("privacy", "Asia/Almaty", False) == (settings.id, settings.timezone, settings.demonstration)
    assert {"KZ": "kk"} == settings.countries
    assert {"KZ": {ChangeClass.MATERIAL: 45}} == settings.lead_time.countries


def test_locales_in_order():
    """The source first, then the translations in the order of the file."""
    settings = parse_settings(TEXT.replace("[locales.en]\n", "").replace("[lead_time]", "[locales.en]\n[lead_time]", 1))
    assert ("en", "kk", "ru") == settings.order
    assert ("kk", "ru") == settings.translations


def test_facts_of_a_locale():
    """What differs by locale stands in for the general fact."""
    settings = parse_settings(TEXT)
    assert "https://example.org/kk/support" == settings.facts_in("kk")["support_url"]
    assert "https://example.org/support" == settings.facts_in("ru")["support_url"]
    assert "Example Ltd." == settings.facts_in("kk")["name"]


def test_fallbacks_end_at_the_source():
    """The chain of a locale is as set, the source at its end, once."""
    settings = parse_settings(TEXT)
    assert ("ru", "en") == settings.fallbacks("kk")
    assert ("en",) == settings.fallbacks("ru")


def test_lead_time_by_class():
    """A class without days needs none; each class has its own."""
    assert {
        ChangeClass.TECHNICAL: 0,
        ChangeClass.EDITORIAL: 0,
        ChangeClass.MINOR: 0,
        ChangeClass.MATERIAL: 30,
    } == parse_settings(TEXT).lead_time.days()


def test_settings_are_frozen():
    """Nobody changes a setting behind another's back."""
    with pytest.raises(ValidationError):
        parse_settings(TEXT).id = "other"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('id = "privacy"', 'id = "Privacy Policy"', "id"),
        ('timezone = "Asia/Almaty"', 'timezone = "Asia/Nowhere"', "unknown time zone"),
        ('timezone = "Asia/Almaty"', 'timezone = "../etc/passwd"', "unknown time zone"),
        ('site_url = "https:', 'site_url = "ftp:', "site_url"),
        ("required = true", "require = true", "locales.kk.require"),
        ("material = 30", "material = -1", "lead_time.material"),
        ("material = 45", "materials = 45", "lead_time.countries.KZ"),
        ('reason = "Thirty days are common practice."', 'reason = "30"', "lead_time.reason"),
        ('name = "Example Ltd."', 'Name = "Example Ltd."', "facts.Name"),
        ("countries = {", 'countries = { Kazakhstan = "kk",', "countries.Kazakhstan"),
    ],
)
def test_a_slip_names_file_and_line(old, new, words):
    """Each wrong value is reported with its file, its line and its key."""
    broken = TEXT.replace(old, new, 1)
    problem = _problems(broken)[0]
    assert words in problem.message
    assert ("policy.toml", broken[: broken.index(new)].count("\n") + 1) == (problem.file, problem.line)


@pytest.mark.parametrize(
    "value", ["a *b*", "[x](y)", "<b>", "a | b", "back\\\\slash", "`code`", "_soft_", "two\\nlines"]
)
def test_a_fact_with_mark_up_is_refused(value):
    """A fact is printed into a clause, so it may hold nothing that Markdown acts on."""
    problem = _problems(TEXT.replace("Example Ltd.", value))[0]
    assert "Markdown would act on" in problem.message


@pytest.mark.parametrize("value", ["#04-02/03 Nexus @one-north", "B.V. (NL) – 2", "ЖШС «Мысал»", "snake_case_name"])
def test_an_ordinary_fact_is_accepted(value):
    """Signs of addresses and names are no mark-up."""
    assert value == parse_settings(TEXT.replace("Example Ltd.", value)).facts["name"]


def test_a_locale_that_is_not_set_up_is_refused():
    """A country, a fallback or the prevailing language that no [locales] names."""
    for old, new, tag in (
        ('"kk" }', '"uz" }', "uz"),
        ('["ru", "en"]', '["de"]', "de"),
        ('prevailing_locale = "en"', 'prevailing_locale = "fr"', "fr"),
    ):
        assert tag in _problems(TEXT.replace(old, new))[0].message


def test_broken_toml_names_the_line():
    """TOML that does not parse is one problem with the line where it breaks."""
    problem = _problems(TEXT.replace('company = "Example"', 'company = "Example'))[0]
    assert ("toml", 2, "policy.toml") == (problem.rule, problem.line, problem.file)


def test_toml_that_ends_too_early_names_the_last_line():
    """Where TOML names no line, the end of the file is the place."""
    with pytest.raises(ProblemsError) as caught:
        parse_toml('a = """\nx', "f.toml")
    assert 2 == caught.value.problems[0].line


def test_all_slips_at_once():
    """An editor sees every slip in one run."""
    broken = TEXT.replace('"privacy"', '"P"').replace("material = 30", "material = -1").replace("required", "require")
    assert 3 == len(_problems(broken))


def test_line_of_what_is_nowhere():
    """A key that is not in the file, in no table that is, has no line."""
    assert 0 == line_of("a = 1\n", ("b",))
    assert 2 == line_of("\n[[a]]\nx = 1\n", ("a", 0, "y"))


def test_a_key_inside_another_table_is_not_mistaken():
    """The second table's key is not the first's, and a longer name is not the shorter."""
    text = "[[a]]\nkey = 1\nkeys = 2\n[[a]]\nkeys = 3\nkey = 4\n"
    assert [2, 6] == [line_of(text, ("a", place, "key")) for place in (0, 1)]


# The base errors, shown


def test_a_problem_reads_file_line_locale_message_help():
    """One line for a terminal, complete."""
    problem = Problem(rule="r", file="a.md", line=3, locale="kk", message="wrong", help="Mend it")
    assert "a.md:3: kk: wrong. Mend it" == str(problem)
    assert "a.md: wrong" == str(Problem(rule="r", file="a.md", message="wrong"))
    assert Severity.ERROR is Problem(rule="r", message="wrong").severity


def test_errors_list_everything():
    """An error of several problems is a text of as many lines; a refusal lists what is missing."""
    error = ProblemsError([Problem(rule="r", message="one"), Problem(rule="r", message="two")])
    assert "one\ntwo" == str(error)
    assert "no release:\n  - a\n  - b" == str(RefusedError("no release:", ["a", "b"]))
