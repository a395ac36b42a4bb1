"""Releases and texts that are unusual and allowed, and those that are refused: what their pages do."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from babel import localedata

from policypress import checks
from policypress.builder import build
from policypress.edition import make_edition
from policypress.errors import ProblemsError
from policypress.git import Repository
from policypress.lineage import trace
from policypress.localise import Words
from policypress.pages import make_pages
from policypress.release import candidate
from policypress.release.gate import missing
from policypress.settings import LocaleSettings, parse_settings
from policypress.source import catalogue_path
from tests.policypress.conftest import FIRST, NEXT_TOML, SECOND, TRANSLATIONS

THIRD = "2026-12-10"


def shorten(repository) -> None:
    """Make the text of a third release."""
    repository.edit("policy_src/text/02-retention.md", "for 24 months", "for 12 months")
    repository.edit("policy_src/practices.toml", 'period = "P24M"', 'period = "P12M"')
    repository.write("policy_src/next.toml", NEXT_TOML.replace("24 months", "12 months"))
    words = {
        one.replace("24", "12"): tuple(text.replace("24", "12") for text in both) for one, both in TRANSLATIONS.items()
    }
    repository.translate(words=words)


@pytest.fixture
def thrice(twice):
    """Return a repository with two announced releases: one for 15 January, one for 1 March."""
    shorten(twice)
    twice.commit()
    twice.release(THIRD, date(2027, 3, 1))
    return twice


class TestTwoAnnounced:
    def test_both_are_announced_and_the_next_one_is_shown(self, thrice) -> None:
        """Each stands in the announcement with its own day; `/upcoming/` shows the next and leads to the other."""
        found = {page.path: page for page in make_pages(thrice.editions(), date(2026, 12, 12))}
        assert [(SECOND, "2027-01-15"), (THIRD, "2027-03-01")] == [
            (one["release"], one["effective"]) for one in found["kk/"].meta["announcements"]
        ]
        html = found["en/upcoming/"].html
        assert "for 24 months" in html
        assert f'href="../../en/archive/{THIRD}/"' in html

    def test_the_statements_turn_twice(self, thrice) -> None:
        """The release between is announced, then in force, then superseded, each from its instant on."""
        found = {page.path: page for page in make_pages(thrice.editions(), date(2026, 12, 12))}
        boxes = re.findall(r'<div class="pp-status pp-status--([a-z-]+)"([^>]*)>', found[f"en/archive/{SECOND}/"].html)
        first, second = "2027-01-14T19:00:00Z", "2027-02-28T19:00:00Z"
        assert [
            ("announced", f' data-until="{first}"'),
            ("in-force", f' data-until="{second}" data-from="{first}" hidden'),
            ("superseded", f' data-from="{second}" hidden'),
        ] == boxes

    def test_the_periods_of_a_day_follow_each_other(self, thrice) -> None:
        """No day is in two periods and none between them is in none."""
        found = {page.path: page for page in make_pages(thrice.editions(), date(2026, 12, 12))}
        periods = re.findall(r'data-first="([\d-]+)" data-last="([\d-]*)"', found["ru/on/"].html)
        assert [("2027-03-01", ""), ("2027-01-15", "2027-02-28"), (FIRST, "2027-01-14")] == periods


def test_a_language_that_was_published_cannot_be_dropped(twice) -> None:
    """Its pages would go away: the build says which releases have it and where to put it back (F5)."""
    twice.edit("policy_src/policy.toml", '[locales.ru]\nfallback = ["en"]\n', "")
    twice.edit("policy_src/policy.toml", 'fallback = ["ru", "en"]', 'fallback = ["en"]')
    with pytest.raises(ProblemsError) as caught:
        twice.editions()
    assert [("dropped-locale", "policy_src/policy.toml", "ru")] == [
        (one.rule, one.file, one.locale) for one in caught.value.problems
    ]
    assert f"{FIRST}, {SECOND}" in caught.value.problems[0].message


RETIRED = ('[locales.ru]\nfallback = ["en"]\n', "[locales.ru]\nretired = true\n")


@pytest.fixture
def retired(twice):
    """Return a repository whose third release is made without Russian, which the first two were published in."""
    twice.edit("policy_src/policy.toml", *RETIRED)
    twice.edit("policy_src/policy.toml", 'fallback = ["ru", "en"]', 'fallback = ["en"]')
    (twice.root / catalogue_path("ru", "policy")).unlink()
    twice.edit("policy_src/text/03-updates.md", "periodically", "each year")

    return twice


class TestRetiredLanguage:
    def test_a_release_is_made_without_it(self, retired) -> None:
        """Nothing waits for its translations: the draft has no text in it, and nobody is asked for one."""
        source = retired.source()
        made = candidate(source, THIRD, published=date(2026, 12, 10), effective=date(2027, 3, 1), historic=False)
        assert ("en", "kk") == made.draft.locales
        assert [] == [line for line in missing(made, Repository(retired.root)) if "ru" in line.split()]
        assert [] == [one for one in checks.run(source) if one.locale == "ru"]

    def test_what_was_published_in_it_stays(self, twice) -> None:
        """Every address of before is there with the same text; the language is still linked to."""
        before = {page.path: page for page in make_pages(twice.editions(), date(2026, 12, 12))}
        twice.edit("policy_src/policy.toml", *RETIRED)
        twice.edit("policy_src/policy.toml", 'fallback = ["ru", "en"]', 'fallback = ["en"]')
        after = {page.path: page for page in make_pages(twice.editions(), date(2026, 12, 12))}
        assert set(before) == set(after)
        assert before[f"ru/archive/{FIRST}/"].html == after[f"ru/archive/{FIRST}/"].html
        assert {"en", "kk", "ru"} == {one["locale"] for one in after["kk/"].meta["alternates"]}

    def test_after_a_release_without_it(self, twice) -> None:
        """Its first page and its upcoming one lead to the source's language; its archive, feed and old texts stay."""
        editions = twice.editions()
        first, second = editions.editions
        printed = replace(
            second.printed, files={name: text for name, text in second.printed.files.items() if name != "ru.md"}
        )
        step = replace(second.step, new=printed)
        without = make_edition(editions.settings, editions.words, printed, second.record, step)
        editions = replace(editions, editions=(first, without))
        for day, path in ((date(2026, 12, 12), "upcoming/"), (date(2027, 2, 1), "")):
            found = {page.path: page for page in make_pages(editions, day)}
            assert f'href="{"../" * (2 if path else 1)}en/{path}"' in found[f"ru/{path}"].html
            assert {"ru/archive/", f"ru/archive/{FIRST}/", "ru/upcoming/", "ru/on/", "ru/search/"} <= set(found)
            assert not {f"ru/archive/{SECOND}/", f"ru/changes/{SECOND}/"} & set(found)
            assert FIRST in found["ru/archive/"].html

    def test_its_readers_are_told(self, twice) -> None:
        """A change is announced to them too, in the source's text; then every page says in which languages the policy is."""
        shorten(twice)
        twice.edit("policy_src/policy.toml", *RETIRED)
        twice.edit("policy_src/policy.toml", 'fallback = ["ru", "en"]', 'fallback = ["en"]')
        (twice.root / catalogue_path("ru", "policy")).unlink()
        twice.commit()
        twice.release(THIRD, date(2027, 3, 1))
        before = build(twice.root, as_of=date(2026, 12, 12))
        html = (before / "ru/archive/index.html").read_text(encoding="utf-8")
        assert f'<a href="../../en/changes/{THIRD}/" hreflang="en">' in html
        assert 'class="pp-elsewhere"' not in html
        after = build(twice.root, as_of=date(2027, 3, 1))
        told = {
            p.relative_to(after).as_posix()
            for p in after.rglob("*.html")
            if 'class="pp-elsewhere"' in p.read_text("utf-8")
        }
        # its first page says so in its text
        assert {p.relative_to(after).as_posix() for p in (after / "ru").rglob("*.html")} - {"ru/index.html"} == told
        html = (after / "ru/archive/index.html").read_text(encoding="utf-8")
        assert '<a href="../../en/" lang="en" hreflang="en">English</a> · <a href="../../kk/" lang="kk"' in html

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ('[locales.ru]\nfallback = ["en"]\n', '[locales.ru]\nretired = true\nfallback = ["en"]\n'),
            ('fallback = ["ru", "en"]', 'retired = true\nfallback = ["ru", "en"]'),
        ],
    )
    def test_what_still_needs_it_is_named(self, twice, old, new) -> None:
        """A language that others fall back to, or that governs, cannot be retired."""
        twice.edit("policy_src/policy.toml", old, new)
        text = (twice.root / "policy_src/policy.toml").read_text(encoding="utf-8")
        with pytest.raises(ProblemsError, match="locales retired, but still named"):
            parse_settings(text.replace('prevailing_locale = "en"', 'prevailing_locale = "kk"'))


def test_a_renamed_section_keeps_its_old_address(once) -> None:
    """A link to the anchor that a section had before still leads to it, in every language (an empty element bears it)."""
    once.edit("policy_src/text/02-retention.md", "{#retention}", "{#keeping}")
    once.edit("policy_src/text/01-collection.md", "ref('retention')", "ref('keeping')")
    once.edit("policy_src/practices.toml", '"retention"', '"keeping"')
    words = {
        one.replace("ref('retention')", "ref('keeping')"): tuple(
            t.replace("ref('retention')", "ref('keeping')") for t in both
        )
        for one, both in TRANSLATIONS.items()
    }
    once.translate(words=words)
    once.commit()
    once.release("2025-01-01", date(2025, 1, 1), historic=True)
    found = {page.path: page for page in make_pages(once.editions(), date(2025, 1, 2))}
    for locale in ("en", "kk", "ru"):
        html = found[f"{locale}/"].html
        assert re.search(r'<h2 id="keeping"[^>]*>.*?<span id="retention"></span>', html)
        assert 1 == html.count('id="retention"')


def test_a_release_without_an_effective_date(twice) -> None:
    """It is refused with the file and what is missing; nothing of a site is made (F11)."""
    path = twice.root / f"policy_src/releases/{FIRST}/record.toml"
    path.write_text(re.sub(r"(?m)^effective = .*\n", "", path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ProblemsError) as caught:
        twice.editions()
    assert [f"policy_src/releases/{FIRST}/record.toml"] == [one.file for one in caught.value.problems]
    assert "effective" in str(caught.value)


def test_sixty_languages(editions) -> None:
    """Each page is linked to its twin in all of them, and all have the same pages."""
    known = sorted(tag for tag in localedata.locale_identifiers() if len(tag) == 2)
    tags = [tag for tag in known if tag not in editions.words][:57]
    english = editions.words["en"]
    many = {tag: Words(locale=tag, words=english.words) for tag in tags}
    settings = editions.settings.model_copy(
        update={"locales": {**editions.settings.locales, **dict.fromkeys(tags, LocaleSettings())}}
    )
    words, grown = {**editions.words, **many}, []
    for one in editions.editions:
        files = {**one.printed.files, **{f"{tag}.md": one.printed.files["en.md"] for tag in tags}}
        digests = {**one.record.digests, **{f"{tag}.md": one.record.digests["en.md"] for tag in tags}}
        printed, record = replace(one.printed, files=files), one.record.model_copy(update={"digests": digests})
        step = replace(one.step, new=printed, old=grown[0].printed) if one.step else None
        grown.append(make_edition(settings, words, printed, record, step))
    all_of_them = replace(editions, settings=settings, words=words, editions=tuple(grown))
    found = {page.path: page for page in make_pages(all_of_them, date.fromisoformat(SECOND))}
    shapes = {tag: {path.partition("/")[2] for path in found if path.startswith(f"{tag}/")} for tag in tags}
    assert 1 == len({frozenset(shape) for shape in shapes.values()})
    assert 60 == len(found[f"{tags[-1]}/archive/"].meta["alternates"])


def test_an_empty_section_and_a_clause_of_200_kb(once) -> None:
    """A heading with nothing below it stands alone; a huge clause is printed whole and still compared."""
    huge = " ".join(f"word{number}" for number in range(24_000))
    once.write("policy_src/text/04-empty.md", f"## Reserved {{#reserved}}\n\n## Annex {{#annex}}\n\n{huge}.\n")
    words = {
        **TRANSLATIONS,
        "Reserved": ("Бос", "Пусто"),
        "Annex": ("Қосымша", "Приложение"),
        f"{huge}.": (f"{huge}.",) * 2,
    }
    once.translate(words=words)
    once.commit()
    once.release("2025-01-01", date(2025, 1, 1), historic=True)
    editions = once.editions()
    found = {page.path: page for page in make_pages(editions, date(2025, 1, 2), trace(editions.editions))}
    for locale in ("en", "kk", "ru"):
        html = found[f"{locale}/"].html
        assert 200_000 < len(huge)
        assert f"{huge}." in html
        assert re.search(r'id="reserved">.*?</h2>\s*<h2 id="annex"', html, re.DOTALL)
        assert huge[-40:] in found[f"{locale}/changes/2025-01-01/"].html
