"""Editions: a release in every locale, held against the one before, as a bundle that needs nothing else."""

from __future__ import annotations

from datetime import date

import pytest

from policypress.bundle import Bundle, ChangeClass
from policypress.edition import addresses, make_editions, written
from policypress.errors import ProblemsError
from policypress.release import amend, withdraw
from policypress.source import catalogue_path
from tests.policypress.conftest import FIRST, SECOND

ALL = {"en", "kk", "ru"}


@pytest.fixture(scope="module")
def bundle(editions) -> Bundle:
    """Return the bundle of the second release."""
    return editions.get(SECOND).bundle


def test_editions_are_oldest_first_with_their_steps(editions) -> None:
    """The first release has nothing to be held against; the second is held against the first."""
    assert [(FIRST, False), (SECOND, True)] == [(e.record.id, e.step is not None) for e in editions.editions]


def test_a_bundle_carries_the_record(bundle) -> None:
    """Dates, class, zone, lead time and what it is compared with come from the record."""
    assert (SECOND, FIRST, ChangeClass.MATERIAL) == (bundle.release, bundle.previous, bundle.release_class)
    assert (date(2026, 12, 1), date(2027, 1, 15), "Asia/Almaty") == (
        bundle.published,
        bundle.effective,
        bundle.timezone,
    )
    assert 30 == bundle.lead_time.for_country("KZ", bundle.release_class)
    assert bundle.demonstration


def test_every_locale_says_everything(bundle, editions) -> None:
    """Title, dates, words, summaries and direction stand in each language."""
    assert ALL == set(bundle.locales)
    kazakh = bundle.locales["kk"]
    assert ("Құпиялылық саясаты", "2027 жылғы 15 қаңтар", "ltr") == (kazakh.title, kazakh.effective, kazakh.dir)
    assert ("ru", "en") == kazakh.fallback
    assert ["Деректеріңізді 24 ай сақтаймыз."] == [summary.text for summary in kazakh.summaries]
    assert ["2. Деректерді қанша уақыт сақтаймыз"] == [summary.heading for summary in kazakh.summaries]
    assert len({frozenset(text.words) for text in bundle.locales.values()}) == 1
    assert editions.get(SECOND).record.digests["kk.md"] == kazakh.digest


def test_a_change_is_left_out_where_the_locale_did_not_change(bundle) -> None:
    """A slip in the English that no translation had is shown in English alone; the Kazakh correction in Kazakh alone."""
    texts = {locale: [change.text for change in text.changes] for locale, text in bundle.locales.items()}
    slip = "We review this policy [-periodicaly-]{+periodically+}."
    assert [True, False, False] == [slip in texts[locale] for locale in ("en", "kk", "ru")]
    corrected = [locale for locale in ("en", "kk", "ru") if any("алдын ала" in change for change in texts[locale])]
    assert ["kk"] == corrected
    assert {"en": 3, "kk": 3, "ru": 2} == {locale: len(changes) for locale, changes in texts.items()}


def test_every_local_change_belongs_to_a_change(bundle) -> None:
    """What a reader sees is a change that the release lists, with its class."""
    classes = {change.id: change.change_class for change in bundle.changes}
    for text in bundle.locales.values():
        assert ChangeClass.MATERIAL in {classes[change.id] for change in text.changes}


def test_redlines_mark_words_and_say_so(bundle) -> None:
    """HTML marks what came and went and says it to screen readers in the page's language."""
    (change,) = [one for one in bundle.locales["en"].changes if "24 months" in one.new]
    assert "We keep your data for 24 months after you close your account." == change.new
    assert "<ins>" in change.html
    assert "<del>" in change.html
    assert 'class="pp-sr"' in change.html
    assert bundle.locales["kk"].words["sr-added"] in bundle.locales["kk"].changes[0].html


def test_addresses_are_absolute_and_of_one_shape() -> None:
    """All locales have the same addresses below the site's."""
    urls = addresses("https://policy.example.org/", "kk", SECOND)
    base = "https://policy.example.org/kk/"
    assert (base, f"{base}archive/{SECOND}/", f"{base}changes/{SECOND}/", f"{base}archive/", f"{base}feed.xml") == (
        urls.policy,
        urls.release,
        urls.changes,
        urls.archive,
        urls.feed,
    )
    assert f"{base}changes/{SECOND}/#comparison" == urls.comparison


def test_a_bundle_reads_back(bundle) -> None:
    """The JSON of a bundle is the bundle."""
    assert bundle == Bundle.model_validate_json(bundle.dump())


def test_bundles_are_the_same_every_time(twice, bundle) -> None:
    """Nothing in a bundle depends on when or where it was made."""
    assert bundle.dump() == twice.editions().get(SECOND).bundle.dump()


def test_the_draft_does_not_reach_a_bundle(twice, bundle) -> None:
    """Work on the next text changes nothing that was published."""
    twice.edit("policy_src/text/02-retention.md", "24 months", "48 months")
    twice.edit(catalogue_path("kk", "policy"), "24 ай", "48 ай")
    assert bundle.dump() == twice.editions().get(SECOND).bundle.dump()


def test_a_missing_word_stops_everything(twice) -> None:
    """A fixed word without a translation is an error with file and locale, never an English word on a Kazakh page."""
    path = catalogue_path("kk", "notice")
    before, _, after = twice.read(path).partition('msgctxt "status-in-force"')
    rest = after[after.index("\n\n") :]
    twice.write(path, before.rstrip() + rest)
    with pytest.raises(ProblemsError) as caught:
        make_editions(twice.source())
    assert [("missing-word", path, "kk")] == [(p.rule, p.file, p.locale) for p in caught.value.problems]


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("en", "15 January 2027"), ("kk", "2027 жылғы 15 қаңтар"), ("ru", "15 января 2027\N{NARROW NO-BREAK SPACE}г.")],
)
def test_days_as_each_locale_writes_them(editions, locale, expected) -> None:
    """A pattern of policy.toml where there is one, else CLDR's long form."""
    assert expected == written(date(2027, 1, 15), locale, editions.settings)


def test_an_amended_bundle_carries_the_new_date(twice, bundle) -> None:
    """Date and words of every locale are the new ones, the entry is there, and nothing else differs."""
    amend(twice.root, SECOND, effective=date(2027, 3, 1), on=date(2026, 12, 20), reason="late")
    new = twice.editions().get(SECOND).bundle
    assert (date(2027, 3, 1), date(2027, 1, 30)) == (new.effective, new.latest_notice("KZ"))
    assert ["1 March 2027", "2027 жылғы 1 наурыз", "1 марта 2027\N{NARROW NO-BREAK SPACE}г."] == [
        new.locales[locale].effective for locale in ("en", "kk", "ru")
    ]
    assert [("amended", date(2026, 12, 20), date(2027, 3, 1), "late")] == [
        (moved.kind, moved.on, moved.effective, moved.reason) for moved in new.moved
    ]
    assert not new.withdrawn
    told = {"effective", "moved", "locales"}
    assert bundle.model_dump(exclude=told) == new.model_dump(exclude=told)


def test_a_withdrawn_bundle_says_so(twice, bundle) -> None:
    """The entry stands in it; dates, texts and changes are as they were announced."""
    withdraw(twice.root, SECOND, on=date(2026, 12, 20), reason="the partner left")
    new = twice.editions().get(SECOND).bundle
    assert (True, False) == (new.withdrawn, bundle.withdrawn)
    assert bundle.model_dump(exclude={"moved"}) == new.model_dump(exclude={"moved"})
    assert new == Bundle.model_validate_json(new.dump())
