"""Facts first, proofs second, a person's decision third."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from policypress.bundle import ChangeClass
from policypress.changes import align, changed
from policypress.document import parse
from policypress.materiality import Decision, Rename, judge
from policypress.practices import FactChange

CASES = Path(__file__).parents[2] / "cases" / "materiality"


def _cases():
    return sorted(path for path in CASES.iterdir() if path.is_dir())


def _pairs(old, new):
    return changed(align(parse(old), parse(new)))


def _clause(old, new, **options):
    """Judge one section whose only clause changed."""
    pairs = _pairs(f"## Use {{#use}}\n\n{old}\n", f"## Use {{#use}}\n\n{new}\n")
    return judge(pairs, **{"locale": "en", **options})


def _renames(rows):
    """Return declared renames: old name, new name, and the section whose heading it is, if it is one."""
    return [Rename(old=old, new=new, section=next(iter(section), None)) for old, new, *section in rows]


@pytest.mark.parametrize("case", _cases(), ids=lambda path: path.name)
def test_case_is_judged_as_listed(case):
    """`old.md` against `new.md`, its `renames` declared, has class, categories, proofs and review of `expect.toml`."""
    old, new = ((case / name).read_text(encoding="utf-8") for name in ("old.md", "new.md"))
    expected = tomllib.loads((case / "expect.toml").read_text(encoding="utf-8"))
    whole = align(parse(old), parse(new))
    verdict = judge(changed(whole), locale="en", whole=whole, renames=_renames(expected.pop("renames", ())))
    found = {
        "class": verdict.change_class.value,
        "categories": list(verdict.categories),
        "proofs": sorted({proof for finding in verdict.findings for proof in finding.proofs}),
        "review": verdict.review,
    }
    assert expected == found


@pytest.mark.parametrize("case", _cases(), ids=lambda path: path.name)
def test_nobodys_language_proves_no_more_than_english(case):
    """In a language whose words are not known yet, nothing is proved that English words would refuse."""
    old, new = ((case / name).read_text(encoding="utf-8") for name in ("old.md", "new.md"))
    whole = align(parse(old), parse(new))
    english, unknown = (judge(changed(whole), locale=locale, whole=whole).change_class for locale in ("en", "xx"))
    assert english.weight <= unknown.weight


def test_nothing_changed_is_technical():
    """No changed clause: renderer, metadata, moved files."""
    assert ChangeClass.TECHNICAL == judge((), locale="en").change_class


def test_the_default_is_material():
    """What is neither proved nor recognised is material, and a person should look."""
    finding = _clause("Roses grow here.", "Roses grow there.").findings[0]
    assert (ChangeClass.MATERIAL, (), ("not proved editorial",), True) == (
        finding.change_class,
        finding.categories,
        finding.reasons,
        finding.review,
    )


def test_the_heaviest_finding_is_the_verdict():
    """One material clause among editorial ones makes the release material."""
    verdict = judge(
        _pairs("## A {#a}\n\nWe run **it**.\n\nKept 3 days.", "## A {#a}\n\nWe run it.\n\nKept 9 days."), locale="en"
    )
    assert ["editorial", "material"] == [finding.change_class for finding in verdict.findings]
    assert ChangeClass.MATERIAL == verdict.change_class


def test_categories_come_in_the_taxonomys_order_once():
    """A verdict lists each category of its material findings once, in the order of the law's table."""
    verdict = judge(
        _pairs(
            "## A {#a}\n\nWe keep it.\n\nWe run.",
            "## A {#a}\n\nWe keep it for 2 years.\n\nWe run with cookies and keep it.",
        ),
        locale="en",
    )
    assert ("tracking", "retention") == verdict.categories


def test_a_category_names_its_source():
    """Every cue is reported with the law or guidance it comes from."""
    assert ("words suggest how long data are kept (GDPR art. 13(2)(a))",) == _clause(
        "Kept for 30 days.", "Kept for 60 days."
    ).findings[0].reasons


def test_the_changed_words_speak_before_the_clause():
    """Words that stayed suggest a category, and only one, where the changed ones suggest none."""
    old, new = "We keep cookies for the blue shop.", "We keep cookies for the red shop."
    assert ("tracking",) == _clause(old, new).findings[0].categories
    assert ("transfer",) == _clause(old, old.replace("blue shop", "blue countries")).findings[0].categories


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("We keep it.", "We collect and keep it.", {"new_data"}),
        ("We collect and keep it.", "We keep it.", set()),
        ("We keep it for advertising.", "We keep it.", set()),
    ],
)
def test_what_begins_is_told_by_words_that_came(old, new, expected):
    """New data and new purposes are no category of words that went."""
    assert expected == set(_clause(old, new).findings[0].categories) & {"new_data", "new_purpose"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("[Acme](https://acme.example)", "[Beta](https://beta.example/privacy)", True),
        ("[their list](https://acme.example)", "[our list](https://beta.example)", False),
        ("[Acme](/acme)", "[Beta](/beta)", False),
    ],
)
def test_a_company_swapped_among_those_that_are_named(old, new, expected):
    """A name with a page of its own elsewhere, behind words that bring one in, is a recipient."""
    found = _clause(f"We keep it through {old}.", f"We keep it through {new}.").findings[0].categories
    assert expected == ("recipients" in found)


def test_a_removal_asks_for_a_look():
    """What a policy no longer says may be a promise withdrawn or a practice ended: a person decides."""
    verdict = judge(_pairs("## A {#a}\n\nWe sell cookies.", "## A {#a}"), locale="en")
    assert (True, False) == (verdict.review, verdict.consent)


# Consent


def test_without_fact_sheets_consent_follows_the_words():
    """On two plain files nothing is more certain than the words."""
    assert _clause("We run.", "We run and sell it to third parties.").consent


def test_with_fact_sheets_consent_follows_the_facts():
    """Where the sheets are the same, words alone ask nobody for consent."""
    verdict = _clause("We run.", "We run and sell it to third parties.", facts=())
    assert (False, ChangeClass.MATERIAL) == (verdict.consent, verdict.change_class)


# Facts


def _fact(**values):
    return FactChange(
        **{
            "path": "retention.logs",
            "section": "use",
            "category": "retention",
            "direction": "neutral",
            "consent": False,
            "old": "P30D",
            "new": "P90D",
            **values,
        }
    )


def test_a_fact_replaces_what_words_suggest():
    """The typed difference is the more certain witness: its category stands instead of the cues, without review."""
    finding = _clause("Roses are kept.", "Cookies are sold.", facts=[_fact()]).findings[0]
    assert (("retention",), False, False) == (finding.categories, finding.review, finding.consent)
    assert ("fact: retention.logs neutral: P30D -> P90D (GDPR art. 13(2)(a))",) == finding.reasons


def test_two_facts_of_one_section_both_count():
    """A second fact adds its category to the first's."""
    facts = [_fact(), _fact(path="recipients.x", category="recipients", consent=True, old="")]
    finding = _clause("Roses are kept.", "Cookies are sold.", facts=facts).findings[0]
    assert (("retention", "recipients"), True, 2) == (finding.categories, finding.consent, len(finding.reasons))


def test_a_fact_without_a_changed_clause_stands_alone():
    """A practice that changed while the prose says nothing of it is material all the same."""
    finding = judge((), locale="en", facts=[_fact()]).findings[0]
    assert ("fact", ChangeClass.MATERIAL, "use", None) == (
        finding.kind,
        finding.change_class,
        finding.section,
        finding.pair,
    )


def test_a_fact_does_not_hide_behind_an_editorial_clause():
    """A clause proved editorial is no witness of a fact in its section: the fact stands beside it."""
    verdict = _clause("We run **it**.", "We run it.", facts=[_fact()])
    assert [ChangeClass.EDITORIAL, ChangeClass.MATERIAL] == [finding.change_class for finding in verdict.findings]


# Decisions


def _decision(fingerprint, kind="editorial", **values):
    return Decision.model_validate(
        {
            "fingerprint": fingerprint,
            "class": kind,
            "reason": "only style",
            "by": "Legal",
            "date": date(2027, 1, 2),
            **values,
        }
    )


@pytest.mark.parametrize("kind", ["editorial", "minor", "material", "technical"])
def test_a_decision_stands_in_for_the_tools_class(kind):
    """A person's class replaces the tool's, with name, day and reason; no further look is asked for."""
    before = _clause("Kept here by us.", "Kept there by us.")
    finding = _clause(
        "Kept here by us.", "Kept there by us.", decisions=[_decision(before.findings[0].fingerprint, kind)]
    ).findings[0]
    assert (ChangeClass(kind), False) == (finding.change_class, finding.review)
    assert f"decided {kind} by Legal on 2027-01-02: only style" == finding.reasons[-1]


def test_a_decision_against_material_takes_consent_away():
    """What a person calls editorial asks for no consent; what stays material keeps asking."""
    old, new = "We run the shop for you.", "We run the shop for third parties."
    mark = _clause(old, new).findings[0].fingerprint
    assert not _clause(old, new, decisions=[_decision(mark)]).consent
    assert _clause(old, new, decisions=[_decision(mark, "material")]).consent


def test_a_decision_dies_with_its_clause():
    """Another fingerprint, one more word, another section: the decision does nothing."""
    mark = _clause("Kept here by us.", "Kept there by us.").findings[0].fingerprint
    assert (
        ChangeClass.MATERIAL
        == _clause("Kept here by us.", "Kept over there by us.", decisions=[_decision(mark)]).change_class
    )
    assert ChangeClass.MATERIAL == _clause("A b c.", "A b d.", decisions=[_decision("0" * 16)]).change_class


def test_a_decision_on_a_fact():
    """A fact that stands alone has a fingerprint too, and a person may decide on it."""
    mark = judge((), locale="en", facts=[_fact()]).findings[0].fingerprint
    verdict = judge((), locale="en", facts=[_fact()], decisions=[_decision(mark, "minor")])
    assert ChangeClass.MINOR == verdict.change_class


def test_a_correction_is_decided_for_its_locale_only():
    """`only` names the locale of a translator's correction; a decision about another does nothing."""
    old, new = "Біз сақтаймыз.", "Біз бөлісеміз."
    mark = _clause(old, new, locale="kk", only="kk").findings[0].fingerprint
    for only, kind in (("kk", "editorial"), ("ru", "material"), (None, "material")):
        verdict = _clause(old, new, locale="kk", only="kk", decisions=[_decision(mark, only=only)])
        assert (kind, "kk") == (verdict.change_class.value, verdict.findings[0].only)


@pytest.mark.parametrize(
    "wrong",
    [
        {"fingerprint": "xyz"},
        {"class": "trivial"},
        {"reason": ""},
        {"by": ""},
        {"when": "today"},
        {"date": "soon"},
        {"only": "English"},
    ],
)
def test_a_decision_is_complete_or_refused(wrong):
    """Class, reason, name and day are not optional, and nothing else may stand there."""
    with pytest.raises(ValidationError):
        _decision(**{"fingerprint": "0" * 16, **wrong})


@pytest.mark.parametrize(
    ("locale", "old", "new", "categories"),
    [
        ("ru", "Мы храним данные 12 месяцев.", "Мы храним данные 24 месяца.", {"retention"}),
        ("ru", "Мы храним имя.", "Мы храним имя и передаём его партнёрам.", {"recipients"}),
        ("ru", "Мы защищаем имя.", "Мы защищаем имя и собираем геолокацию.", {"new_data"}),
        ("kk", "Деректерді 12 ай сақтаймыз.", "Деректерді 24 ай сақтаймыз.", {"retention"}),
        ("kk", "Атыңызды сақтаймыз.", "Атыңызды сақтаймыз және серіктестерге ұсынамыз.", {"recipients"}),
        ("kk", "Атыңызды қорғаймыз.", "Атыңызды қорғаймыз және геолокация жинаймыз.", {"new_data"}),
    ],
)
def test_kazakh_and_russian_words_suggest_categories(locale, old, new, categories):
    """What changed in a Kazakh or Russian text is named by the words of its own language."""
    pairs = align(*(parse(f"# A {{#a}}\n\n{text}\n") for text in (old, new)))
    found = judge(changed(pairs), locale=locale, whole=pairs)
    assert ("material", categories) == (found.change_class, set(found.categories))


@pytest.mark.parametrize(
    ("locale", "old", "new"),
    [
        ("ru", "Мы ведём имена, адреса и заметки.", "Мы ведём адреса, имена и заметки."),
        ("kk", "Аттар, мекенжайлар және жазбалар бар.", "Мекенжайлар, аттар және жазбалар бар."),
    ],
)
def test_lists_may_stand_in_another_order_in_kazakh_and_russian(locale, old, new):
    """The members of a list in another order are editorial, and a person should see that."""
    pairs = align(*(parse(f"# A {{#a}}\n\n{text}\n") for text in (old, new)))
    found = judge(changed(pairs), locale=locale, whole=pairs)
    assert ("editorial", True) == (found.change_class, found.review)
