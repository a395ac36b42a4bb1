"""The draft: what it is held against on which day, what is wrong with it, and pages that never say they are published."""

from __future__ import annotations

from datetime import date

import pytest

from policypress.drafting import make_draft
from policypress.edition import make_editions
from policypress.errors import ProblemsError
from policypress.pages.draft import make_draft_pages
from policypress.source import worktree
from tests.policypress.conftest import EFFECTIVE, FIRST, SECOND

TEXT = "policy_src/text/02-retention.md"
#: Announced, and in force.
BEFORE, AFTER = date.fromisoformat(SECOND), EFFECTIVE


def drafted(repository, day):
    """Return the draft and its pages by path."""
    source = worktree(repository.root)
    editions = make_editions(source)
    draft = make_draft(source, editions, day)
    return draft, {page.path: page for page in make_draft_pages(editions, draft, day)}


class TestWhatItIsHeldAgainst:
    def test_the_release_in_force_and_the_newest(self, twice) -> None:
        """While a release waits for its day, the draft is held against what applies and against what is announced."""
        draft, _ = drafted(twice, BEFORE)
        assert [FIRST, SECOND] == [edition.record.previous for edition in draft.editions]

    def test_one_release_once(self, twice) -> None:
        """Where the newest release is in force, there is one redline."""
        draft, _ = drafted(twice, AFTER)
        assert [SECOND] == [edition.record.previous for edition in draft.editions]

    def test_an_edit_is_marked_in_every_locale_that_has_it(self, twice) -> None:
        """The redline marks the edit; the Kazakh text, not translated yet, falls back visibly."""
        twice.edit(TEXT, "24 months", "36 months")
        _, pages = drafted(twice, AFTER)
        assert "36" in pages["en/draft/"].html
        assert "<ins>" in pages["en/draft/changes/"].html
        assert 'lang="en"' in pages["kk/draft/"].html
        assert {f"{tag}/draft/{rest}" for tag in ("en", "kk", "ru") for rest in ("", "changes/")} == set(pages)

    def test_no_release_at_all(self, bare) -> None:
        """Before the first release there is a text and nothing to hold it against."""
        draft, pages = drafted(bare, BEFORE)
        assert ((), ()) == (draft.editions, draft.lacks)
        assert {"en/draft/", "kk/draft/", "ru/draft/"} == set(pages)


class TestItsPages:
    def test_they_say_that_they_are_a_draft_in_the_page_s_language(self, twice) -> None:
        """Each page bears the badge and the sentence, and is marked as a draft for the frame."""
        _, pages = drafted(twice, BEFORE)
        for path, page in pages.items():
            sentence = {"en": "has not been published", "kk": "жарияланбаған", "ru": "не опубликован"}[page.locale]
            assert "pp-badge--draft" in page.html, path
            assert sentence in page.html, path
            assert page.meta["draft"] is True

    def test_problems_stand_above_the_text(self, twice) -> None:
        """What `check` finds is listed with file and line, hostile text in it escaped."""
        twice.edit(TEXT, "We keep", "We <script>alert(1)</script> keep")
        draft, pages = drafted(twice, AFTER)
        problem = next(one for one in draft.problems if one.rule == "raw-html")
        html = pages["ru/draft/"].html
        assert f"{TEXT}:{problem.line}" in html
        assert "<script>" not in html

    def test_what_a_release_lacks(self, twice) -> None:
        """A material change without summary and translation is listed as what keeps it from being released."""
        twice.edit(TEXT, "24 months", "36 months")
        draft, pages = drafted(twice, AFTER)
        assert any("no summary for the material change in 'retention'" in line for line in draft.lacks)
        assert "no summary for the material change" in pages["kk/draft/"].html

    def test_what_cannot_be_printed_is_an_error_with_its_place(self, twice) -> None:
        """A fact that does not exist stops the draft by file and line."""
        twice.edit(TEXT, "We keep", "{{ facts.nonesuch }} We keep")
        with pytest.raises(ProblemsError, match=r"02-retention\.md:3"):
            drafted(twice, AFTER)
