"""Two texts held against each other: prints, revisions, the draft, plain files."""

from __future__ import annotations

import shutil

import pytest

from policypress.bundle import ChangeClass
from policypress.comparison import compare_prints, compare_texts, find_print
from policypress.errors import UsageError
from policypress.git import NotARepositoryError, RevisionError
from policypress.release import DRAFT
from policypress.source import catalogue_path
from tests.policypress.conftest import CORRECTED, FIRST, SECOND


def find(repository, name):
    """Return a print by name."""
    return find_print(repository.root, name)


def compare(repository, old, new, locale="en"):
    """Return the comparison of two names."""
    return compare_prints(repository.source(), find(repository, old), find(repository, new), locale)


def test_two_releases(twice) -> None:
    """Releases are compared from their prints; rows carry heading, words and class."""
    found = compare(twice, FIRST, SECOND)
    assert (FIRST, SECOND, ChangeClass.MATERIAL) == (found.old, found.new, found.verdict.change_class)
    updates = "3. How we update this policy"
    assert ["Privacy Policy", "2. How long we keep data", updates, updates] == [row.heading for row in found.rows]


def test_a_translators_correction_shows_in_the_sources_report(twice) -> None:
    """It weighs in the class, so the source's report shows it, in its own words; another translation's does not."""
    (row,) = [row for row in compare(twice, FIRST, SECOND).rows if row.finding.only]
    assert ("kk", "3. How we update this policy", CORRECTED[1]) == (row.finding.only, row.heading, row.new)
    assert [] == [row for row in compare(twice, FIRST, SECOND, "ru").rows if row.finding.only]


def test_a_drafts_correction_is_found_in_its_catalogue(twice) -> None:
    """A material draft never hides why: the only change is Kazakh, and the report leads to its catalogue."""
    twice.edit(catalogue_path("kk", "policy"), CORRECTED[1], "Маңызды өзгерістер туралы айтпаймыз.")
    found = compare(twice, SECOND, DRAFT)
    assert ChangeClass.MATERIAL is found.verdict.change_class
    (row,) = found.rows
    assert ("kk", catalogue_path("kk", "policy")) == (row.finding.only, row.pair.clause.file)


def test_in_another_locale(twice) -> None:
    """Rows are the locale's own: headings and texts, its correction too, and not the slip it never had."""
    found = compare(twice, FIRST, SECOND, "kk")
    assert ["Құпиялылық саясаты", "2. Деректерді қанша уақыт сақтаймыз", "3. Бұл саясатты қалай жаңартамыз"] == [
        row.heading for row in found.rows
    ]
    assert [None, None, "kk"] == [row.finding.only for row in found.rows]


def test_the_class_is_the_same_in_every_locale(twice) -> None:
    """Which language one reads decides nothing about what a change weighs."""
    classes = {compare(twice, FIRST, SECOND, locale).verdict.change_class for locale in ("en", "kk", "ru")}
    assert {ChangeClass.MATERIAL} == classes


def test_the_draft_after_a_release_is_no_change(twice) -> None:
    """Nothing was edited since the newest release, so the draft differs in nothing."""
    assert () == compare(twice, SECOND, DRAFT).rows


def test_the_draft_with_an_edit(twice) -> None:
    """An uncommitted edit shows in the draft."""
    twice.edit("policy_src/text/02-retention.md", "24 months", "36 months")
    (row,) = compare(twice, SECOND, DRAFT).rows
    assert "We keep your data for 36 months after you close your account." == row.new


def test_a_revision_is_compiled_from_its_source(twice) -> None:
    """A git revision stands for what its source would print."""
    found = compare(twice, "HEAD~1", SECOND)
    assert "HEAD~1" == found.old
    assert {"Privacy Policy"} == {row.heading for row in found.rows}


def test_old_and_new_the_other_way_round(twice) -> None:
    """Comparing backwards shows what would come back."""
    backwards = next(row for row in compare(twice, SECOND, FIRST).rows if "keep" in row.heading)
    assert "We keep your data as long as your account exists." == backwards.new


def test_unknown_name(twice) -> None:
    """A name that is no release, no draft and no revision is told."""
    with pytest.raises(RevisionError, match="v9: neither a release nor a git revision"):
        find(twice, "v9")


def test_git_is_opened_only_for_a_revision(twice) -> None:
    """Prints and the draft need no git; only a revision does."""
    shutil.rmtree(twice.root / ".git")
    assert (FIRST, DRAFT) == tuple(find(twice, name).id for name in (FIRST, DRAFT))
    with pytest.raises(NotARepositoryError):
        find(twice, "HEAD")


def test_a_draft_before_any_release(bare) -> None:
    """With nothing released there is nothing to hold a draft against."""
    with pytest.raises(UsageError, match="nothing is released yet"):
        find(bare, DRAFT)


def test_a_locale_that_a_print_lacks(twice) -> None:
    """A locale that came later is told to be missing where it is."""
    with pytest.raises(UsageError, match=f"{FIRST} has no text in 'fr'; it has en, kk, ru"):
        compare(twice, FIRST, SECOND, "fr")


def test_plain_files() -> None:
    """Two files need no repository: they are aligned, judged and marked."""
    old = "# Policy {#policy}\n\nWe keep your data for 12 months.\n\nWe like you.\n"
    new = "# Policy {#policy}\n\nWe like you.\n\nWe keep your data for 24 months.\n"
    found = compare_texts(old, new, names=("a.md", "b.md"), locale="en")
    assert ("a.md", "b.md", ChangeClass.MATERIAL) == (found.old, found.new, found.verdict.change_class)
    assert any(row.new == "We keep your data for 24 months." for row in found.rows)


def test_equal_files() -> None:
    """A text held against itself has no rows and weighs nothing."""
    found = compare_texts("# A {#a}\n\nText.\n", "# A {#a}\n\nText.\n", names=("a", "b"), locale="kk")
    assert ((), ChangeClass.TECHNICAL) == (found.rows, found.verdict.change_class)


def test_metrics_count_the_marked_words(twice) -> None:
    """A report can say how much of the text was touched."""
    metrics = compare(twice, FIRST, SECOND).metrics
    assert compare(twice, SECOND, SECOND).metrics != metrics
