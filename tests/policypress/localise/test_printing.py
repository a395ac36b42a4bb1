"""Source x catalogue -> a locale's text: numbered, filled, never an old text and never another language unmarked."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policypress.document import parse, placeholders
from policypress.errors import ProblemsError
from policypress.localise.printing import compile_locale, fold_lines, numbered
from tests.policypress.localise.world import catalogue, entry, filling, source

OBJECT = ("rights", "You may object.")


def _compiled(locale, *entries, text=None, **catalogues):
    found = {locale: catalogue(locale, *entries), **catalogues}
    return compile_locale(source(text) if text else source(), locale, catalogues=found, filling=filling())


def _text(document, anchor, place=0):
    return document.section(anchor).clauses[place].text


# Numbers


def test_numbers_are_printed_by_the_machine():
    """`1.`, `1.1`, `2.`; the title and unnumbered headings have none."""
    assert ["", "", "1.", "1.1", "2."] == [section.number for section in numbered(source()).sections]


def test_deep_numbers_begin_again_under_each_heading():
    """Every level counts within its parent."""
    document = parse("## A\n\n### B\n\n#### C\n\n#### D\n\n### E\n\n#### F\n\n## G\n\n### H")
    assert ["1.", "1.1", "1.1.1", "1.1.2", "1.2", "1.2.1", "2.", "2.1"] == [
        s.number for s in numbered(document).sections
    ]


def test_an_unnumbered_heading_does_not_count():
    """What has no number takes none from what follows."""
    document = parse("## A {#a}\n\n## B {#b .unnumbered}\n\n## C {#c}")
    assert ["1.", "", "2."] == [section.number for section in numbered(document).sections]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(2, 5), max_size=12))
def test_numbers_are_unique_whatever_the_levels(levels):
    """No two headings share a number, even where a level is skipped."""
    document = parse("\n\n".join(f"{'#' * level} Heading" for level in levels))
    numbers = [section.number for section in numbered(document).sections]
    assert len(numbers) == len(set(numbers))


def test_typed_numbers_are_replaced():
    """A number that an editor typed is not what is printed."""
    assert ["1."] == [section.number for section in numbered(parse("## 7. Use {#use}")).sections]


# Filling


def test_the_source_is_filled():
    """Facts, dates by the locale's pattern, terms, references by number and title."""
    document = _compiled("en")
    assert "We are Example Ltd., at <https://example.org/>." == _text(document, "about")
    assert "We use personal data since 8 August 2024." == _text(document, "use")
    assert "Two, see [2. Rights](#rights)." == _text(document, "details", 1)


def test_a_locale_prints_its_own_facts_dates_and_terms():
    """Kazakh: its own address, the date in its legal form, its term, the localized numbered title."""
    document = _compiled(
        "kk",
        entry("about", "We are {{ facts.name }}, at <{{ facts.url }}>.", "Біз {{ facts.name }}: <{{ facts.url }}>."),
        entry(
            "use",
            "We use {{ term('data') }} since {{ date(release.effective) }}.",
            "{{ date(release.effective) }} бастап {{ term('data') }}.",
        ),
        entry("details", "Two, see {{ ref('rights') }}.", "Екі: {{ ref('rights') }}."),
        entry("rights", "Rights", "Құқықтар"),
    )
    assert "Біз Example Ltd.: <https://example.org/kk/>." == _text(document, "about")
    assert "2024 жылғы 8 тамыз бастап дербес деректер." == _text(document, "use")
    assert "Екі: [2. Құқықтар](#rights)." == _text(document, "details", 1)
    assert "2. Құқықтар" == document.section("rights").title


def test_russian_dates_are_cldrs():
    """Without a pattern a date is in CLDR's long form of the locale."""
    clause = "We use {{ term('data') }} since {{ date(release.effective) }}."
    document = _compiled("ru", entry("use", clause, "С {{ date(release.effective) }}: {{ term('data') }}."))
    assert "С 8 августа 2024 г.: персональные данные." == _text(document, "use").replace("\u202f", " ").replace(
        "\u00a0", " "
    )


def test_a_date_may_be_typed_in_iso():
    """`date('2024-08-08')` is written for the reader like any other."""
    assert "On 8 August 2024." == _text(_compiled("en", text="## A {#a}\n\nOn {{ date('2024-08-08') }}."), "a")


def test_a_clause_that_fell_back_is_filled_in_its_own_language():
    """Russian text on a Kazakh page has a Russian date and a Russian term."""
    clause = "We use {{ term('data') }} since {{ date(release.effective) }}."
    russian = catalogue("ru", entry("use", clause, "С {{ date(release.effective) }}: {{ term('data') }}."))
    found = _compiled("kk", ru=russian).section("use").clauses[0]
    assert "ru" == found.lang
    assert found.text.startswith("С 8 августа 2024")
    assert found.text.endswith("персональные данные.")


@pytest.mark.parametrize(
    "expression",
    [
        "facts.__class__",
        "facts.__class__.__mro__",
        "facts.name.__class__",
        "''.__class__",
        "facts.name.format(facts)",
        "facts.name.upper()",
        "facts.items",
        "facts.items()",
        "date.__globals__",
        "ref.__self__",
        "'x'.ljust(2000000000)",
        "facts.name | upper",
        "facts['name']",
        "9**9**9",
        "1 + 1",
        "'a' * 9",
        "'a' ~ 'b'",
        "[1, 2]",
        "(1, 2)",
        "facts.name if facts.url else ''",
        "facts.name == 'x'",
        "not facts",
        "range(9)",
        "lipsum()",
        "cycler('a')",
        "self",
        "config",
        "facts",
        "release.effective",
        "facts.nothing",
        "nothing",
        "ref('nowhere')",
        "ref()",
        "ref(anchor='rights')",
        "ref(facts)",
        "term('nothing')",
        "date('soon')",
        "date('2024-13-01')",
        "date(9)",
        "1",
        "none",
        "facts.name, facts.url",
        "for x in facts",
        "'a\\nb'",
        "(" * 3000 + "facts.name" + ")" * 3000,
        "'" + "x" * 3000 + "'",
        "",
    ],
)
def test_what_an_expression_may_not_do(expression):
    """Attributes of values, filters, arithmetic, loops, other names, huge or odd results: refused with file and line."""
    with pytest.raises(ProblemsError) as caught:
        _compiled("en", text=f"## A {{#a}}\n\nText {{{{ {expression} }}}}.")
    problem = caught.value.problems[0]
    assert ("placeholder", "policy_src/text/a.md", 3, "en") == (
        problem.rule,
        problem.file,
        problem.line,
        problem.locale,
    )
    assert "cannot be filled" in problem.message


@pytest.mark.parametrize(
    "expression", ["'{:2000000000}'.format(1)", "{'a': 1}", "%} {% for x in facts %}", "x {{ 9**9 "]
)
def test_what_holds_brackets_is_no_placeholder_and_not_evaluated(expression):
    """Curly brackets inside leave the text as it is, for the check `bad-placeholder` to report; nothing is run."""
    document = _compiled("en", text=f"## A {{#a}}\n\nText {{{{ {expression}.")
    assert f"Text {{{{ {expression}." == _text(document, "a")
    if "9**9" not in expression:
        document = _compiled("en", text=f"## A {{#a}}\n\nText {{{{ {expression} }}}}.")
        assert f"Text {{{{ {expression} }}}}." == _text(document, "a")


def test_all_unfilled_placeholders_at_once():
    """An editor sees every placeholder that cannot be filled in one run, each on its line."""
    with pytest.raises(ProblemsError) as caught:
        _compiled("en", text="## {{ facts.x }} {#a}\n\n{{ facts.y }}, {{ facts.name }}, {{ facts.z }}.")
    assert [1, 3, 3] == [problem.line for problem in caught.value.problems]


def test_what_a_fact_prints_is_not_evaluated_again():
    """A translation's or a fact's curly brackets are text: filling happens once."""
    clause = "We are {{ facts.name }}, at <{{ facts.url }}>."
    document = _compiled("kk", entry("about", clause, "{{ facts.url }} {{ facts.name }} {% raw %}"))
    assert "https://example.org/kk/ Example Ltd. {% raw %}" == _text(document, "about")


# Which text is printed


def test_a_missing_clause_falls_back_marked():
    """Without a translation: the next locale of the chain that has one, with its own `lang`, else the source."""
    russian = catalogue("ru", entry(*OBJECT, "Вы вправе возражать."))
    clause = _compiled("kk", ru=russian).section("rights").clauses[0]
    assert ("Вы вправе возражать.", "ru") == (clause.text, clause.lang)
    clause = _compiled("kk").section("rights").clauses[0]
    assert ("You may object.", "en") == (clause.text, clause.lang)


def test_a_translated_clause_bears_no_mark():
    """What is in the page's own language needs no `lang`."""
    assert "" == _compiled("kk", entry(*OBJECT, "Қарсы болуға құқылысыз.")).section("rights").clauses[0].lang


def test_a_fuzzy_translation_is_never_printed():
    """A guess is shown in no language: the page falls back past it."""
    russian = catalogue("ru", entry(*OBJECT, "Устарело.", fuzzy=True))
    clause = _compiled("kk", entry(*OBJECT, "Ескірген.", fuzzy=True), ru=russian).section("rights").clauses[0]
    assert ("You may object.", "en") == (clause.text, clause.lang)


def test_a_translation_of_another_section_is_not_used():
    """The context is part of what an entry translates."""
    assert "en" == _compiled("kk", entry("use", "You may object.", "Қарсы болуға.")).section("rights").clauses[0].lang


@pytest.mark.parametrize(
    "translation",
    [
        "Біз, мына жерде: <{{ facts.url }}>.",
        "Біз {{ facts.name }} {{ facts.name }}, <{{ facts.url }}>.",
        "Біз {{ facts.title }}, <{{ facts.url }}>.",
        "Біз {{ facts.name }}, <{{ facts.url }}> {{ 9**9**9 }}.",
    ],
)
def test_a_translation_with_other_placeholders_is_not_used(translation):
    """A placeholder lost, doubled, renamed or slipped in: the clause falls back, and nothing is evaluated."""
    clause = (
        _compiled("kk", entry("about", "We are {{ facts.name }}, at <{{ facts.url }}>.", translation))
        .section("about")
        .clauses[0]
    )
    assert ("We are Example Ltd., at <https://example.org/>.", "en") == (clause.text, clause.lang)


def test_placeholders_may_change_places():
    """Another language has another order of words."""
    clause = "We are {{ facts.name }}, at <{{ facts.url }}>."
    document = _compiled("kk", entry("about", clause, "<{{facts.url}}> – {{  facts.name }}."))
    assert "<https://example.org/kk/> – Example Ltd.." == _text(document, "about")


def test_every_locale_has_the_structure_of_the_source():
    """The same blocks under the same anchors, so that clause n of one is clause n of the other."""
    english, kazakh = _compiled("en"), _compiled("kk")
    assert [(s.anchor, s.level, s.number) for s in english.sections] == [
        (s.anchor, s.level, s.number) for s in kazakh.sections
    ]
    assert [(c.kind, c.depth, c.marker) for _, c in english.clauses()] == [
        (c.kind, c.depth, c.marker) for _, c in kazakh.clauses()
    ]


def test_the_caller_may_say_what_is_usable():
    """A preview or a gate picks by its own rule; what it refuses falls back."""
    document = compile_locale(
        source(),
        "kk",
        catalogues={},
        filling=filling(),
        usable=lambda tag, section, clause: f"{tag}!" if tag == "ru" and not placeholders(clause.text) else None,
    )
    clauses = dict.fromkeys((clause.text, clause.lang) for _, clause in document.clauses())
    assert ("ru!", "ru") in clauses
    assert ("We are Example Ltd., at <https://example.org/>.", "en") in clauses


def test_white_space_of_a_translation_is_folded():
    """A translator's line breaks are layout; a hard break is text."""
    assert "a b\\\nc" == fold_lines("a\n b\\\n  c ")
