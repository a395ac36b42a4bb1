"""A proof is a pure function of one changed clause; none holds where a word of substance changed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policypress.bundle import ChangeClass
from policypress.changes import Pair, Placed, align, changed
from policypress.document import Clause, Section, parse
from policypress.materiality.judge import judge
from policypress.materiality.lexicon import lexicon
from policypress.materiality.proofs import LOOK, PROOFS, Evidence, prove


def _pair(old, new, kind="reworded"):
    section = Section(anchor="use", level=2, heading=Clause(kind="heading", text="Use"))
    placed = [Placed(0, section, Clause(kind="paragraph", text=text)) for text in (old, new)]
    return Pair(kind=kind, old=placed[0], new=placed[1])


def _prove(old, new, locale="en", kind="reworded"):
    return " ".join(prove(Evidence(pair=_pair(old, new, kind), lexicon=lexicon(locale))))


def test_every_proof_says_in_one_sentence_what_it_proves():
    """The registry is a tuple of functions with names and docstrings; the names are what reports show."""
    assert all((proof.__doc__ or "").endswith(".") for proof in PROOFS)
    assert len(PROOFS) == len({proof.__name__ for proof in PROOFS})
    assert {proof.__name__ for proof in PROOFS} >= LOOK


WORDS = [
    "not",
    "never",
    "no",
    "without",
    "except",
    "only",
    "may",
    "must",
    "shall",
    "will",
    "all",
    "any",
    "each",
    "some",
    "every",
    "consent",
    "sell",
    "share",
    "third",
    "partner",
    "Ltd",
    "LLC",
    "GmbH",
    "minors",
    "children",
    "30",
    "16",
    "13%",
    "Brazil",
    "Kazakhstan",
]
PLAIN = st.lists(
    st.sampled_from(["we", "run", "the", "shop", "with", "data", "that", "you", "gave", "us", "here"]),
    min_size=1,
    max_size=8,
)


@settings(max_examples=80, deadline=None)
@given(PLAIN, st.sampled_from(WORDS), st.data())
def test_a_word_of_substance_that_comes_or_goes_is_never_proved(words, word, data):
    """Negation, modals, quantifiers, figures, countries, legal entities, consent, sale: inserting one is no style."""
    place = data.draw(st.integers(0, len(words)))
    old, new = " ".join(words), " ".join((*words[:place], word, *words[place:]))
    assert "" == _prove(old, new)
    assert "" == _prove(new, old)


@settings(max_examples=60, deadline=None)
@given(PLAIN, st.sampled_from(WORDS), st.sampled_from(WORDS), st.data())
def test_a_word_of_substance_swapped_for_another_is_never_proved(words, one, two, data):
    """`may` -> `must`, `30` -> `16`, `Ltd` -> `LLC`."""
    place = data.draw(st.integers(0, len(words)))
    old, new = (" ".join((*words[:place], word, *words[place:])) for word in (one, two))
    assert ("mark_up" if one == two else "") == _prove(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Write the contact down", "Write the contract down"),
        ("Keep the trial open", "Keep the trail open"),
        ("The field report", "The filed report"),
        ("the right word", "the write word"),
        ("Alphabeta runs it", "Alphabetta runs it"),
        ("Recieved by post", "Received by post"),
        ("one courier goes", "one couriers goes"),
        ("it is stored", "it is store"),
        ("a B2B4U thing", "a B2B44U thing"),
        ("the thier one", "the other one"),
        ("our stores here", "our stories here"),
        ("kept there days", "kept three days"),
        ("write to privcay@example.org", "write to privacy@example.org"),
    ],
)
def test_another_word_is_no_misspelling(old, new):
    """A word one slip away that is a word too, another form, a name, a figure: not proved."""
    assert "" == _prove(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("we recieve it", "we receive it"),
        ("your adress here", "your address here"),
        ("it is neccessary", "it is necessary"),
        ("the informaiton is", "the information is"),
        ("it is recieved and seperatley kept", "it is received and seperately kept"),
    ],
)
def test_a_misspelling_is_proved(old, new):
    """Letters swapped, doubled or missing inside a longer word."""
    assert "spelling" == _prove(old, new)


@pytest.mark.parametrize("locale", ["hy", "xx"])
def test_proofs_that_need_words_wait_for_the_words(locale):
    """In a language without a lexicon, spelling, links and dates are not proved; what needs no words is."""
    assert "" == _prove("we recieve it", "we receive it", locale)
    assert "" == _prove("see [it](https://x.org/a)", "see [it](https://x.org/b)", locale)
    assert "" == _prove("updated 1 May 2024", "updated 2 May 2024", locale)
    assert "mark_up" == _prove("Біз **сақтаймыз**", "Біз сақтаймыз", locale)
    assert "punctuation" == _prove("Мы храним, да", "Мы храним: да", locale)
    assert "case" == _prove("Дербес Деректер", "дербес деректер", locale)


@pytest.mark.parametrize(
    ("old", "new", "proof"),
    [
        ("[terms](https://a.org/en-US/terms/)", "[terms](https://a.org/terms/)", "link_target"),
        ("[terms](https://a.org/terms)", "[terms](https://a.org/terms#top)", "link_target"),
        ("[a map](https://a.org/x)", "[a map](https://b.org/y)", "link_target"),
        ("[terms](/a/terms)", "[terms](/b/terms)", "link_moved"),
        ("[terms](https://a.org/terms)", "[terms](https://b.org/terms)", ""),
        ("[terms](https://a.org/terms-1)", "[terms](https://a.org/terms-2)", ""),
        ("[vendors](https://a.org/v1)", "[vendors](https://a.org/v2)", ""),
        ("[a map](https://a.org/x)", "[a map](https://a.org/partners)", ""),
        ("[a map](https://a.org/x)", "[the map](https://a.org/y)", ""),
        ("<https://a.org/x>", "<https://a.org/y>", ""),
    ],
)
def test_links(old, new, proof):
    """A target may change where the page is the same or names no document that is part of the text."""
    assert proof == _prove(f"See {old}.", f"See {new}.")


@pytest.mark.parametrize(
    ("old", "new", "proof"),
    [
        ("Last updated: 8 August 2024", "Last updated: 15 January 2027", "updated_date"),
        ("Last updated 2024-08-08.", "Last updated 2027-01-15.", "updated_date"),
        ("Version of May 2024", "Version of June 2024", "updated_date"),
        ("Updated May 1st, 2024", "Updated May 3rd, 2024", "updated_date"),
        ("Last updated: 8 August 2024", "Last changed: 8 August 2025", ""),
        ("What you publish we keep 12 months", "What you publish we keep 24 months", ""),
        ("Modified data: 3 years", "Modified data: 4 years", ""),
        ("In force since 8 August 2024", "In force since 9 August 2024", "effective_line"),
        ("Since 8 August 2024 we keep it", "Since 9 August 2024 we keep it", ""),
    ],
)
def test_dates(old, new, proof):
    """Only a line that says when the text was touched, and only its day; a period in figures is no date."""
    assert proof == _prove(old, new)


def test_a_moved_clause_is_proved_only_word_for_word():
    """A clause that moved and was reworded on the way is judged as reworded."""
    assert "moved" == _prove("We run it.", "We run it.", kind="moved")
    assert "" == _prove("We run it.", "We run it now.", kind="moved")
    assert "punctuation" == _prove("We run it.", "We run it!", kind="moved")


WEAK = {
    "link_moved": ("See [terms](/a/terms).", "See [terms](/b/terms)."),
    "linked": ("See our terms.", "See our [terms](/terms)."),
    "template_tag": ("{% if a %}x{% endif %}", "{% if b %}x{% endif %}"),
    "misspelling": ("The party here.\n\nA rarty there.", "The party here.\n\nA party there."),
    "article": ("We run the shop.", "We run a shop."),
    "agreement": ("The data is here.", "The data are here."),
    "effective_line": ("Effective 1 May 2024", "Effective 2 May 2024"),
    "stamp": ("We run it.", "Last updated: 1 May 2024\n\nWe run it."),
    "banner": ("This version was in effect until 1 May 2024.\n\nWe run it.", "We run it."),
    "contents": ("We run it.", "- [Use](#use)\n\nWe run it."),
    "heading": ("## Shop {#s}\n\nWe run it.", "## Our shop {#s}\n\nWe run it."),
    "heading_parted": ("We run it.\n\nYou see it.", "We run it.\n\n### Views\n\nYou see it."),
}


@pytest.mark.parametrize("proof", sorted(LOOK))
def test_weak_proofs_ask_for_a_look(proof):
    """Where a proof rests on more than the words, the finding is editorial and marked for review."""
    pairs = align(*(parse(f"# Use {{#use}}\n\n{text}\n") for text in WEAK[proof]))
    verdict = judge(changed(pairs), locale="en", whole=pairs)
    found = {name for finding in verdict.findings for name in finding.proofs}
    assert ({proof}, ChangeClass.EDITORIAL, True) == (found - {"moved"}, verdict.change_class, verdict.review)


@pytest.mark.parametrize(
    ("locale", "old", "new"),
    [
        ("kk", "Біз деректерді сатпаймыз.", "Біз деректерді сатамыз."),
        ("kk", "Біз деректерді 30 күн сақтаймыз.", "Біз деректерді 60 күн сақтаймыз."),
        ("kk", "Тек қызметкерлер көреді.", "Қызметкерлер көреді."),
        ("kk", "Иесі – Мысал ЖШС.", "Иесі – Мысал АҚ."),
        ("kk", "Жариялағаныңызды 12 ай сақтаймыз.", "Жариялағаныңызды 24 ай сақтаймыз."),
        ("ru", "Мы не передаём данные.", "Мы передаём данные."),
        ("ru", "Храним данные 30 дней.", "Храним данные 60 дней."),
        ("ru", "Только сотрудники видят.", "Сотрудники видят."),
        ("ru", "Владелец – ООО Пример.", "Владелец – АО Пример."),
        ("ru", "Опубликованное храним 12 месяцев.", "Опубликованное храним 24 месяца."),
        ("ar", "لا نبيع البيانات.", "نبيع البيانات."),
        ("ar", "نحتفظ بالبيانات لمدة 30 يومًا.", "نحتفظ بالبيانات لمدة 60 يومًا."),
        ("ar", "لا يطلع عليها إلا الموظفون.", "يطلع عليها الموظفون."),
        ("ar", "نجمعها بموافقتك.", "نجمعها."),
        ("ar", "نحتفظ بما تنشره لمدة 12 شهرًا.", "نحتفظ بما تنشره لمدة 24 شهرًا."),
    ],
)
def test_substance_in_the_other_languages_is_never_proved(locale, old, new):
    """The traps of English in the languages that are published: negation, figures, `only`, legal forms, periods."""
    assert "" == _prove(old, new, locale)
    assert "" == _prove(new, old, locale)


@pytest.mark.parametrize(
    ("locale", "old", "new"),
    [
        ("kk", "Соңғы рет жаңартылған күні: 2024 жылғы 8 тамыз", "Соңғы рет жаңартылған күні: 2027 жылғы 15 қаңтар"),
        ("ru", "Последнее обновление: 8 августа 2024 г.", "Последнее обновление: 15 января 2027 г."),
        ("ar", "تاريخ النشر: 8 أغسطس 2024", "تاريخ النشر: 15 يناير 2027"),
    ],
)
def test_dates_in_the_other_languages(locale, old, new):
    """A line that says when the text was touched is known in each published language."""
    assert "updated_date" == _prove(old, new, locale)
