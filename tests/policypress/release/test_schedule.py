"""Sections that apply to some accounts from a day of their own: what the gate admits and what readers are told."""

from __future__ import annotations

from datetime import date

import pytest

from policypress.errors import ProblemsError, RefusedError
from policypress.pages import make_pages
from policypress.release import amend, load
from policypress.source import NEXT
from tests.policypress.conftest import EFFECTIVE, SECOND

EXISTING, NEW = date(2027, 3, 1), date(2026, 12, 1)


def schedule(repository, *rows: tuple[str, str, date]) -> None:
    """Give sections days of their own, and commit."""
    tables = (
        f'\n[[schedule]]\nsection = "{section}"\naccounts = "{accounts}"\neffective = {day}\n'
        for section, accounts, day in rows
    )
    repository.write(NEXT, repository.read(NEXT) + "".join(tables))
    repository.commit("days of their own")


def refused(repository) -> tuple[str, ...]:
    with pytest.raises(RefusedError) as caught:
        repository.release(SECOND, EFFECTIVE)
    return caught.value.missing


@pytest.fixture
def scheduled(ready):
    """Return a repository whose second release applies to existing accounts later than to new ones."""
    schedule(ready, ("retention", "existing", EXISTING), ("retention", "new", NEW))
    ready.release(SECOND, EFFECTIVE)
    return ready


class TestGate:
    def test_a_section_without_a_material_change(self, ready) -> None:
        """A day of its own belongs to a change that is told."""
        schedule(ready, ("updates", "existing", EXISTING))
        assert ("policy_src/next.toml sets a date for 'updates', where nothing material changed",) == refused(ready)

    @pytest.mark.parametrize(
        ("accounts", "day", "earliest"),
        [("existing", date(2027, 1, 14), "2027-01-15"), ("new", date(2026, 11, 30), "2026-12-01")],
    )
    def test_too_early(self, ready, accounts, day, earliest) -> None:
        """Existing accounts keep the lead time of the release; new ones see it on the day it is published at the earliest."""
        schedule(ready, ("retention", accounts, day))
        expected = f"policy_src/next.toml: 'retention' applies to {accounts} accounts from {day}, before {earliest}"
        assert (expected,) == refused(ready)

    @pytest.mark.parametrize(("accounts", "day"), [("existing", EFFECTIVE), ("new", NEW)])
    def test_the_first_day_admitted(self, ready, accounts, day) -> None:
        """The effective date for existing accounts, the day of publication for new ones."""
        schedule(ready, ("retention", accounts, day))
        assert day == ready.release(SECOND, EFFECTIVE)[0].schedule[0].effective

    def test_two_days_for_one(self, ready) -> None:
        """A kind of account has one day."""
        schedule(ready, ("retention", "new", NEW), ("retention", "new", EXISTING))
        expected = "policy_src/next.toml sets more than one date for new accounts and 'retention'"
        assert (expected,) == refused(ready)

    def test_other_accounts_than_existing_and_new(self, ready) -> None:
        """A misspelt kind of account is an error with its line."""
        schedule(ready, ("retention", "old", EXISTING))
        with pytest.raises(ProblemsError, match=f"{NEXT}:\\d+: schedule.0.accounts"):
            ready.release(SECOND, EFFECTIVE)


class TestTold:
    def test_the_record_keeps_the_days(self, scheduled) -> None:
        """The rows stand in the record as they were written, and read back."""
        rows = load(scheduled.source())[SECOND].record.schedule
        assert [("retention", "existing", EXISTING), ("retention", "new", NEW)] == [
            (row.section, row.accounts, row.effective) for row in rows
        ]

    @pytest.mark.parametrize(
        ("locale", "lines"),
        [
            ("en", ("For existing accounts: from 1 March 2027", "For new accounts: from 1 December 2026")),
            (
                "kk",
                (
                    "Бұрыннан бар есептік жазбалар үшін: 2027 жылғы 1 наурыз күнінен бастап",
                    "Жаңа есептік жазбалар үшін: 2026 жылғы 1 желтоқсан күнінен бастап",
                ),
            ),
            (
                "ru",
                (
                    "Для существующих учётных записей: с 1 марта 2027\N{NARROW NO-BREAK SPACE}г.",
                    "Для новых учётных записей: с 1 декабря 2026\N{NARROW NO-BREAK SPACE}г.",
                ),
            ),
        ],
    )
    def test_bundle_and_pages_say_who_from_when(self, scheduled, locale, lines) -> None:
        """The summary carries a line for each kind of account, in every locale; the pages show them."""
        editions = scheduled.editions()
        bundle = editions.get(SECOND).bundle
        (summary,) = bundle.locales[locale].summaries
        assert lines == summary.dates
        found = {page.path: page.html for page in make_pages(editions, date(2026, 12, 1))}
        for path in (f"{locale}/upcoming/", f"{locale}/changes/{SECOND}/"):
            assert all(line in found[path] for line in lines), path

    def test_the_bundle_carries_the_rows(self, scheduled) -> None:
        """Whoever sends notices has the days as dates too."""
        rows = scheduled.editions().get(SECOND).bundle.schedule
        assert [("existing", EXISTING), ("new", NEW)] == [(row.accounts, row.effective) for row in rows]

    def test_an_amendment_takes_existing_accounts_along(self, scheduled) -> None:
        """Their day never comes before the release's own; the day of new accounts, and the record, stay as they were."""
        amend(scheduled.root, SECOND, effective=date(2027, 4, 1), on=date(2026, 12, 20), reason="Translations")
        edition = scheduled.editions().get(SECOND)
        later = date(2027, 4, 1)
        assert [("existing", later), ("new", NEW)] == [(row.accounts, row.effective) for row in edition.bundle.schedule]
        assert "For existing accounts: from 1 April 2027" == edition.bundle.locales["en"].summaries[0].dates[0]
        assert EXISTING == load(scheduled.source())[SECOND].record.schedule[0].effective

    def test_without_a_schedule_nothing_is_said(self, editions) -> None:
        """A release with one date for everybody speaks of no accounts."""
        (summary,) = editions.get(SECOND).bundle.locales["en"].summaries
        assert () == summary.dates
