"""Pages on several days: what is shown, what is announced, what is in force; never a thing before its day."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import ClassVar

import pytest

from policypress.edition import make_edition
from policypress.pages import make_pages
from policypress.release import Print, amend, withdraw
from tests.policypress.conftest import FIRST, SECOND, Repository

#: Before the first release, between both, the day of publication, the eve, the day it takes effect, later.
DAYS = ["2024-08-07", "2026-11-30", "2026-12-01", "2027-01-14", "2027-01-15", "2028-01-01"]
#: Pages that every locale has on any day.
STANDING = ("", "upcoming/", "archive/", "compare/", "on/", "search/")
NEW_TEXT = {"en": "24 months", "kk": "24 ай", "ru": "24 месяца"}


def pages(editions, day: str):
    """Return the pages of a day by path."""
    return {page.path: page for page in make_pages(editions, date.fromisoformat(day))}


def shown(pages) -> list[tuple]:
    """Return all that pages show."""
    return [(page.path, page.title, page.html, page.headings, page.meta) for page in pages]


def text(page) -> str:
    """Return a page without what stands in short above its text."""
    return re.sub(r'<section class="pp-summary".*?</section>', "", page.html, flags=re.DOTALL)


def badge(page) -> str:
    """Return what the status of a page says first."""
    return re.search(r'pp-badge--[a-z-]+">([^<]+)<', page.html)[1]


class TestPaths:
    def test_before_the_first_release(self, editions) -> None:
        """With nothing published yet each locale still has its standing pages, and the chooser."""
        expected = {"", *(f"{tag}/{rest}" for tag in ("en", "kk", "ru") for rest in STANDING)}
        assert expected == set(pages(editions, "2024-08-07"))

    def test_on_the_day_of_publication(self, editions) -> None:
        """From its day on a release has its page of the archive and one of changes, in each locale."""
        new = set(pages(editions, "2026-12-01")) - set(pages(editions, "2026-11-30"))
        expected = {f"{tag}/{kind}/{SECOND}/" for tag in ("en", "kk", "ru") for kind in ("archive", "changes")}
        assert expected == new

    def test_all_locales_have_the_same_shape(self, editions) -> None:
        """An address in one language exists in every other."""
        shapes = {
            tag: {path[2:] for path in pages(editions, "2026-12-01") if path.startswith(tag)}
            for tag in ("en", "kk", "ru")
        }
        assert shapes["en"] == shapes["kk"] == shapes["ru"]

    def test_an_address_never_goes_away(self, editions) -> None:
        """Whatever was published once stays where it was."""
        for one, two in pairwise(DAYS):
            assert set(pages(editions, one)) <= set(pages(editions, two))


class TestDays:
    @pytest.mark.parametrize("day", ["2024-08-07", "2026-11-30"])
    def test_nothing_of_a_release_shows_before_its_day(self, editions, day) -> None:
        """No page says a word of a release before it is published."""
        for page in pages(editions, day).values():
            assert SECOND not in page.html + str(page.meta)
            assert all(words not in page.html for words in NEW_TEXT.values())

    @pytest.mark.parametrize("locale", ["en", "kk", "ru"])
    @pytest.mark.parametrize(("day", "new"), [("2026-12-01", False), ("2027-01-14", False), ("2027-01-15", True)])
    def test_the_text_in_force_turns_on_the_effective_date(self, editions, locale, day, new) -> None:
        """The page of the policy shows the old text to the last day, and the new one from its day on."""
        assert new is (NEW_TEXT[locale] in text(pages(editions, day)[f"{locale}/"]))

    def test_upcoming_shows_the_announced_text_and_then_none(self, editions) -> None:
        """While a release waits its text is the upcoming one; afterwards the page says that there is none (F9)."""
        assert "24 months" in pages(editions, "2027-01-14")["en/upcoming/"].html
        after = pages(editions, "2027-01-15")["en/upcoming/"].html
        assert "24 months" not in after
        assert editions.words["en"].say("no-announced-changes") in after

    @pytest.mark.parametrize(
        ("day", "there"), [("2026-11-30", False), ("2026-12-01", True), ("2027-01-14", True), ("2027-01-15", False)]
    )
    def test_the_announcement_stands_on_every_page_until_the_day(self, editions, day, there) -> None:
        """A material change is announced on each page of a locale while it waits, with its date and its changes."""
        for path, page in pages(editions, day).items():
            if path:
                assert there is (page.meta["announcements"] != ())

    def test_the_announcement_is_keyed_by_release_and_date(self, editions) -> None:
        """Whoever dismisses one announcement is still told of the next (F8)."""
        notice = pages(editions, "2026-12-01")["kk/archive/"].meta["announcements"][0]
        assert (SECOND, "2027-01-15", f"kk/changes/{SECOND}/") == (
            notice["release"],
            notice["effective"],
            notice["path"],
        )
        assert "2027 жылғы 15 қаңтар" in notice["text"]

    @pytest.mark.parametrize(
        ("day", "old", "new"),
        [
            ("2026-12-01", "In force", "Upcoming"),
            ("2027-01-14", "In force", "Upcoming"),
            ("2027-01-15", "Superseded", "In force"),
        ],
    )
    def test_badges_of_the_archive(self, editions, day, old, new) -> None:
        """Each release says in the archive and on its page what it is on the day."""
        found = pages(editions, day)
        assert (old, new) == (badge(found[f"en/archive/{FIRST}/"]), badge(found[f"en/archive/{SECOND}/"]))

    def test_a_superseded_text_leads_to_the_one_that_took_its_place(self, editions) -> None:
        """A reader of an old text is told so and led on."""
        html = pages(editions, "2027-01-15")[f"en/archive/{FIRST}/"].html
        assert "Superseded by the version of 1 December 2026" in html
        assert f'href="../../../en/archive/{SECOND}/"' in html

    def test_the_changes_page_speaks_in_the_right_tense(self, editions) -> None:
        """What will change becomes what changed on its day."""
        say = editions.words["en"].say
        path = f"en/changes/{SECOND}/"
        assert say("what-will-change") == pages(editions, "2027-01-14")[path].title
        assert say("what-changed") == pages(editions, "2027-01-15")[path].title


class TestEveryPage:
    @pytest.mark.parametrize("day", DAYS)
    def test_carries_the_demonstration_line_in_its_language(self, editions, day) -> None:
        """Every page says that this is nobody's official policy, the chooser in all languages."""
        for path, page in pages(editions, day).items():
            if path:
                assert (
                    editions.words[page.locale].say("demonstration-company", company="Example")
                    == page.meta["demonstration"]
                )
            else:
                assert 3 == page.html.count("<p>")

    @pytest.mark.parametrize("day", DAYS)
    def test_alternates_are_reciprocal_and_exist(self, editions, day) -> None:
        """Each page names itself in every language, and each of those names it back."""
        found = pages(editions, day)
        for path, page in found.items():
            if not path:
                continue
            others = {row["locale"]: row["path"] for row in page.meta["alternates"]}
            assert {"en", "kk", "ru"} == set(others)
            assert path == others[page.locale]
            assert all(page.meta["alternates"] == found[other].meta["alternates"] for other in others.values())

    @pytest.mark.parametrize("day", DAYS)
    def test_has_one_title_and_each_id_once(self, editions, day) -> None:
        """One h1 a page; no anchor twice."""
        for page in pages(editions, day).values():
            assert 1 == len(re.findall(r"<h1\b", page.html)), page.path
            ids = re.findall(r'\bid="([^"]+)"', page.html)
            assert sorted(set(ids)) == sorted(ids), page.path

    @pytest.mark.parametrize("day", DAYS)
    def test_its_contents_lead_to_its_headings(self, editions, day) -> None:
        """Every entry of a table of contents is an anchor on the page."""
        for page in pages(editions, day).values():
            ids = set(re.findall(r'\bid="([^"]+)"', page.html))
            assert {heading.anchor for heading in page.headings} <= ids, page.path

    def test_its_navigation_leads_to_pages_that_exist(self, editions) -> None:
        """The navigation is in the page's own language and to pages of the day."""
        for day in DAYS:
            found = pages(editions, day)
            for page in found.values():
                assert all(link.path in found and link.path.startswith(page.locale) for link in page.meta["nav"])


class TestText:
    def test_sections_keep_their_anchors_in_every_language(self, editions) -> None:
        """`#updates` is the same section in English, Kazakh and Russian."""
        found = pages(editions, "2026-12-01")
        for locale in ("en", "kk", "ru"):
            assert ["collection", "data-provided", "retention", "updates"] == [
                h.anchor for h in found[f"{locale}/"].headings
            ]

    def test_a_translation_says_which_language_governs(self, editions) -> None:
        """A translation names itself one and says which text prevails; the governing text does not."""
        found = pages(editions, "2026-12-01")
        say = editions.words["kk"].say
        assert say("english-prevails") in found["kk/"].html
        assert editions.words["en"].say("english-prevails") not in found["en/"].html

    def test_pending_changes_are_told_on_the_text_in_force_only(self, editions) -> None:
        """The text in force says that changes are announced; the announced one does not say it of itself."""
        found = pages(editions, "2026-12-01")
        say = editions.words["en"].say
        assert say("announced-changes") in found["en/"].html
        assert say("announced-changes") not in found["en/upcoming/"].html

    def test_a_clause_that_fell_back_is_marked_and_explained(self, once) -> None:
        """A clause without a Russian text stands in English with its own lang and dir and a note in Russian (F3, F4)."""
        path = "locales/ru/LC_MESSAGES/policy.po"
        once.write(path, once.read(path).replace('msgstr "ваше имя;"', 'msgstr ""'))
        once.edit("policy_src/text/01-collection.md", "- your e-mail address.", "- your e-mail address")
        once.translate("kk", words={"your e-mail address": ("электрондық поштаңызды", "")})
        once.commit()
        once.release("2025-01-01", date(2025, 1, 1), historic=True)
        editions = Repository(once.root).editions()
        html = pages(editions, "2025-01-02")["ru/"].html
        assert '<li lang="en" dir="ltr">your name;' in html
        note = editions.words["ru"].words.get("fallback-clause-en", "")
        assert note in html
        assert 'class="pp-fallback"' in html
        assert 'lang="' not in pages(editions, "2025-01-02")["kk/"].html


class TestChanges:
    def test_material_changes_come_first_with_their_meaning(self, editions) -> None:
        """The section with the material change leads, with the reviewed summary."""
        html = pages(editions, "2026-12-01")[f"kk/changes/{SECOND}/"].html
        groups = re.findall(r'<h3 id="change-([a-z-]+)"', html)
        assert "retention" == groups[0]
        assert "Деректеріңізді 24 ай сақтаймыз." in html

    def test_the_whole_text_follows_with_its_marks(self, editions) -> None:
        """Below stands every clause, changed or not, headings under anchors of their own."""
        html = pages(editions, "2026-12-01")[f"en/changes/{SECOND}/"].html
        assert {"c-collection", "c-data-provided", "c-retention", "c-updates"} <= set(re.findall(r'id="([^"]+)"', html))
        whole = html[html.index('id="comparison"') :]
        assert "your e-mail address." in whole
        assert "<del>" in whole

    def test_a_slip_of_the_source_is_not_a_change_for_other_readers(self, editions) -> None:
        """A Russian reader sees two changes, not the English spelling."""
        found = pages(editions, "2026-12-01")
        assert "periodicaly" in found[f"en/changes/{SECOND}/"].html
        assert 'id="change-updates"' not in found[f"ru/changes/{SECOND}/"].html
        assert 'id="change-updates"' in found[f"kk/changes/{SECOND}/"].html

    def test_a_correction_is_marked_in_the_whole_text_too(self, editions) -> None:
        """The Kazakh correction stands marked where it belongs."""
        html = pages(editions, "2026-12-01")[f"kk/changes/{SECOND}/"].html
        whole = html[html.index('id="comparison"') :]
        assert re.search(r"<ins>.*алдын ала", whole)


class TestAmended:
    """The second release's date was moved on 20 December from 15 January to 1 March."""

    MOVED: ClassVar = {
        "en": "The effective date was moved from 15 January 2027 to 1 March 2027",
        "kk": "Күшіне ену күні ауыстырылды: бұрынғы күні – 2027 жылғы 15 қаңтар, жаңа күні – 2027 жылғы 1 наурыз",
        "ru": (
            "Дата вступления в силу перенесена: прежняя – 15 января 2027\N{NARROW NO-BREAK SPACE}г., "
            "новая – 1 марта 2027\N{NARROW NO-BREAK SPACE}г."
        ),
    }

    @pytest.fixture
    def amended(self, twice):
        """Return the editions with the amendment."""
        amend(twice.root, SECOND, effective=date(2027, 3, 1), on=date(2026, 12, 20), reason="late")
        return twice.editions()

    @pytest.mark.parametrize("locale", ["en", "kk", "ru"])
    def test_says_from_when_to_when(self, amended, locale) -> None:
        """Each page of the release names both dates in its language, from the day of the entry on and for good."""
        for day in ("2026-12-20", "2027-03-01", "2028-01-01"):
            found = pages(amended, day)
            for path in (f"{locale}/archive/{SECOND}/", f"{locale}/changes/{SECOND}/"):
                assert self.MOVED[locale] in found[path].html, (path, day)
        assert self.MOVED[locale] in pages(amended, "2026-12-20")[f"{locale}/upcoming/"].html
        assert self.MOVED[locale] not in pages(amended, "2026-12-20")[f"{locale}/archive/{FIRST}/"].html

    def test_before_the_entry_the_pages_are_as_they_were(self, amended, editions) -> None:
        """A site built for a day before says nothing of it: what stood there on that day stands there."""
        before, after = (
            [
                (page.path, page.title, page.html, page.headings, page.meta)
                for page in make_pages(one, date(2026, 12, 19))
            ]
            for one in (editions, amended)
        )
        assert before == after

    @pytest.mark.parametrize(
        ("day", "badges"),
        [
            ("2026-12-19", ("In force", "Upcoming")),
            ("2027-01-15", ("In force", "Upcoming")),
            ("2027-02-28", ("In force", "Upcoming")),
            ("2027-03-01", ("Superseded", "In force")),
        ],
    )
    def test_badges_follow_the_new_date(self, amended, day, badges) -> None:
        """It waits until the new date and applies from it on."""
        found = pages(amended, day)
        assert badges == tuple(badge(found[f"en/archive/{one}/"]) for one in (FIRST, SECOND))

    def test_the_announcement_names_the_new_date(self, amended) -> None:
        """Whoever dismissed the old announcement is told again: its key has the new date."""
        notice = pages(amended, "2027-01-20")["en/"].meta["announcements"][0]
        assert (SECOND, "2027-03-01") == (notice["release"], notice["effective"])
        assert "1 March 2027" in notice["text"]

    def test_two_amendments_are_a_line_each(self, twice) -> None:
        """The second one starts from where the first one led."""
        for on, effective in ((date(2026, 12, 20), date(2027, 3, 1)), (date(2027, 2, 1), date(2027, 4, 1))):
            amend(twice.root, SECOND, effective=effective, on=on, reason="late")
        html = pages(twice.editions(), "2027-02-01")["en/upcoming/"].html
        assert self.MOVED["en"] in html
        assert "The effective date was moved from 1 March 2027 to 1 April 2027" in html
        assert "1 April" not in pages(twice.editions(), "2027-01-31")["en/upcoming/"].html


class TestWithdrawn:
    """The second release was taken back on 20 December."""

    SAID: ClassVar = {
        "en": ("Withdrawn", "Withdrawn on 20 December 2026; it does not take effect"),
        "kk": ("Кері қайтарып алынған редакция", "2026 жылғы 20 желтоқсан күні кері қайтарып алынды; күшіне енбейді"),
        "ru": ("Отозванная редакция", "Отозвана 20 декабря 2026\N{NARROW NO-BREAK SPACE}г.; в силу не вступит"),
    }

    @pytest.fixture
    def withdrawn(self, twice):
        """Return the editions with the withdrawal."""
        withdraw(twice.root, SECOND, on=date(2026, 12, 20), reason="the partner left")
        return twice.editions()

    @pytest.mark.parametrize("locale", ["en", "kk", "ru"])
    @pytest.mark.parametrize("day", ["2026-12-20", "2027-01-15", "2030-01-01"])
    def test_the_text_in_force_stays(self, withdrawn, locale, day) -> None:
        """Nothing is announced, nothing upcoming; the old text applies, and the archive says what became of the new."""
        found = pages(withdrawn, day)
        assert NEW_TEXT[locale] not in found[f"{locale}/"].html
        assert withdrawn.words[locale].say("no-announced-changes") in found[f"{locale}/upcoming/"].html
        assert all(page.meta["announcements"] == () for page in found.values())
        assert [] == [link for link in found[f"{locale}/"].meta["nav"] if link.path == f"{locale}/upcoming/"]
        name, line = self.SAID[locale]
        html = found[f"{locale}/archive/{SECOND}/"].html
        assert name == badge(found[f"{locale}/archive/{SECOND}/"])
        assert line in html
        assert NEW_TEXT[locale] in html
        assert f">{name}<" in found[f"{locale}/archive/"].html

    def test_it_is_not_said_to_be_in_force_or_to_take_effect(self, withdrawn) -> None:
        """A text that never applied has no date from which it does, on any page."""
        found = pages(withdrawn, "2027-02-01")
        for path in (f"en/archive/{SECOND}/", f"en/changes/{SECOND}/", "en/archive/"):
            assert "15 January 2027" not in found[path].html, path

    def test_before_the_entry_the_pages_are_as_they_were(self, withdrawn, editions) -> None:
        """On the day before it was announced as ever."""
        assert shown(make_pages(editions, date(2026, 12, 19))) == shown(make_pages(withdrawn, date(2026, 12, 19)))

    def test_no_address_goes_away(self, withdrawn, editions) -> None:
        """What was linked to is still there."""
        for day in DAYS:
            assert set(pages(editions, day)) == set(pages(withdrawn, day))


def test_pages_are_the_same_every_time(editions) -> None:
    """Making pages twice gives the same pages."""
    day = date.fromisoformat(SECOND)
    assert shown(make_pages(editions, day)) == shown(make_pages(editions, day))


def test_a_language_added_later_begins_with_its_release(editions) -> None:
    """Where the release before had no text in a language, there is no page of changes and no link to one."""
    first, second = editions.editions
    files = {name: text for name, text in first.printed.files.items() if name != "kk.md"}
    old = Print(id=FIRST, files=files, record=first.record)
    step = replace(second.step, old=old)
    both = (
        make_edition(editions.settings, editions.words, old, first.record, None),
        make_edition(editions.settings, editions.words, second.printed, second.record, step),
    )
    made = pages(replace(editions, editions=both), SECOND)
    assert f"en/changes/{SECOND}/" in made
    assert f"kk/changes/{SECOND}/" not in made
    assert [] == [page.path for page in made.values() if page.locale == "kk" and "changes/" in page.html]
    assert f"https://policy.example.org/kk/archive/{SECOND}/" == both[1].bundle.locales["kk"].urls.changes
