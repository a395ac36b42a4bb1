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
        ("Last updated: 05/12/2022", "Last updated: 06/14/2023", "updated_date"),
        ("Last revised on 12.05.2022.", "Last revised on 14.06.2023.", "updated_date"),
        ("Version 1.2, May 2022", "Version 1.3, June 2023", "updated_date"),
        ("Updated on the 25th of May 2018", "Updated on the 1st of June 2019", "updated_date"),
        ("Last update: 3 Mar. 2021", "Last update: 13 Apr. 2021", "updated_date"),
        ("Last updated: Tuesday, March 3, 2021", "Last updated: Monday, May 4, 2021", "updated_date"),
        ("Last updated: 3 March 2021 at 10:00 UTC", "Last updated: 4 March 2021 at 12:30 UTC", "updated_date"),
        ("© 2021 Acorn, Inc. All rights reserved.", "© 2021–2024 Acorn, Inc. All rights reserved.", "copyright_line"),
        ("Copyright claims are kept until 2022", "Copyright claims are kept until 2032", ""),
        ("Version 2 of the app collects it", "Version 3 of the app collects it", ""),
        (
            "This version applies to data collected before 1 May 2020",
            "This version applies to data collected before 1 May 2022",
            "",
        ),
        ("We keep updated logs for 3.5.2021", "We keep updated logs for 3.6.2022", ""),
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
    "connective": ("You run it. However, we see it.", "You run it. we see it."),
    "plain_words": ("We run it prior to that.", "We run it before that."),
    "picture": ("We run it.", "![A logo](/logo.png)\n\nWe run it."),
    "reordered": ("We run shops, stands and fairs.", "We run stands, shops and fairs."),
    "retitled": ("", ""),
    "agreement": ("The data is here.", "The data are here."),
    "pictured": ("We run it. ![We sing](/a.png)", "We run it. We sing"),
    "dateline": ("3 May 2024 {: datetime='2024-05-03'}", "5 June 2024 {: datetime='2024-06-05'}"),
    "effective_line": ("Effective 1 May 2024", "Effective 2 May 2024"),
    "stamp": ("We run it.", "Last updated: 1 May 2024\n\nWe run it."),
    "banner": ("This version was in effect until 1 May 2024.\n\nWe run it.", "We run it."),
    "contents": ("We run it.", "- [Use](#use)\n\nWe run it."),
    "heading": ("## Shop {#s}\n\nWe run it.", "## Our shop {#s}\n\nWe run it."),
    "heading_parted": ("We run it.\n\nYou see it.", "We run it.\n\n### Views\n\nYou see it."),
}


def test_the_description_of_a_picture_may_have_a_bracket():
    """An escaped bracket ends no description."""
    assert "pictured punctuation" == _prove(r"We run it. ![We \] sing](/a.png)", "We run it. We ] sing")


@pytest.mark.parametrize("proof", sorted(LOOK))
def test_weak_proofs_ask_for_a_look(proof):
    """Where a proof rests on more than the words, the finding is editorial and marked for review."""
    titles = ("Use Policy", "Use Notice") if proof == "retitled" else ("Use", "Use")
    pairs = align(*(parse(f"# {title} {{#use}}\n\n{text}\n") for title, text in zip(titles, WEAK[proof], strict=True)))
    verdict = judge(changed(pairs), locale="en", whole=pairs)
    found = {name for finding in verdict.findings for name in finding.proofs}
    assert ({proof}, ChangeClass.EDITORIAL, True) == (
        found - {"moved", "mark_up"},
        verdict.change_class,
        verdict.review,
    )


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


KINDS = [
    # what the edit is, old, new, class
    ("a word written twice", "We keep it out out of reach.", "We keep it out of reach.", "editorial"),
    ("a slip in a short word", "We use teh data.", "We use the data.", "editorial"),
    ("a slip in a word of substance", "We need your consnet.", "We need your consent.", "editorial"),
    ("two slips in a long word", "The acommodaton is here.", "The accommodation is here.", "editorial"),
    ("another word", "They are servers.", "They are severs.", "material"),
    (
        "a list in another order",
        "You may access, correct or delete it.",
        "You may access, delete or correct it.",
        "editorial",
    ),
    (
        "a list with another member",
        "You may access, correct or delete it.",
        "You may access, move or correct it.",
        "material",
    ),
    (
        "a list that changes its conjunction",
        "You may see, move or delete it.",
        "You may see, delete and move it.",
        "material",
    ),
    ("long members have their places", "Logs go to Spain and France.", "France and logs go to Spain.", "material"),
    ("a list that holds a negation", "We do not sell, but keep it.", "We keep, but do not sell it.", "material"),
    ("a struck sentence", "We do not keep it.", "~~We do not keep it.~~", "material"),
    ("an address that leads elsewhere", "[a@b.org](mailto:a@b.org)", "[a@b.org](mailto:a@c.org)", "material"),
    ("a page without its ending", "[Map](https://a.org/map.html)", "[Map](/map/)", "editorial"),
    (
        "an article of a law is no section here",
        "Under Article 6 we keep it.",
        "Under Article 9 we keep it.",
        "material",
    ),
    ("please", "Tell us if it is wrong.", "Please tell us if it is wrong.", "editorial"),
    ("what a negation hangs on", "We do not, however, keep it.", "We do, however, keep it.", "material"),
]


@pytest.mark.parametrize(("old", "new", "expected"), [row[1:] for row in KINDS], ids=[row[0] for row in KINDS])
def test_kinds_of_edit(old, new, expected):
    """What an edit is decides its class, whatever the clause speaks of."""
    assert expected == _whole(*(f"# Use {{#use}}\n\nWe run it.\n\n{text}\n" for text in (old, new)))


def _whole(old, new):
    pairs = align(parse(old), parse(new))
    return judge(changed(pairs), locale="en", whole=pairs).change_class


def test_a_reference_follows_its_section():
    """`Section 2` becomes `Section 3` where the section did; where it did not, the reference leads elsewhere."""
    text = "# P\n\n## 1. Use {#use}\n\nSee Section 2.\n\n## 2. Shop {#shop}\n\nWe run it.\n"
    renumbered = text.replace("2. Shop", "3. Shop")
    assert "editorial" == _whole(text, renumbered.replace("Section 2", "Section 3"))
    assert "material" == _whole(text, text.replace("Section 2", "Section 1"))
    assert "material" == _whole(text, renumbered.replace("Section 2", "Section 1"))


def test_a_new_title_names_the_text_everywhere():
    """A policy that calls itself a notice, in its title and in every clause, is the same text; one clause is not."""
    text = "# Privacy Policy\n\nThis Privacy Policy is ours.\n\nOur policy is short.\n"
    assert "editorial" == _whole(text, text.replace("Policy", "Notice").replace("policy", "notice"))
    assert "material" == _whole(text, text.replace("This Privacy Policy", "This Privacy Notice"))
    assert "material" == _whole(text.replace("Policy", "Acorn Ltd"), text.replace("Policy", "Oak Ltd"))


def test_a_heading_that_says_more_is_material():
    """Other words for a heading are editorial; a new thing in it is not."""
    text = "# P\n\n## Protection {#p}\n\nWe keep your data safe.\n"
    assert "editorial" == _whole(text, text.replace("Protection", "How we keep your data safe"))
    assert "material" == _whole(text, text.replace("Protection", "Protection and monitoring"))
