"""Tests of the releases that campaigns announced, where a date moved."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from notifier.consent.shelf import Shelf
from notifier.consent.standing import Notice, holding
from notifier.ledger import figures, open_ledger
from tests.notifier.factory import make_bundle, many_rows
from tests.notifier.test_moving import AMENDED, FIRST, amended, begin, plan

if TYPE_CHECKING:
    import pytest


def test_a_release_whose_date_moved_is_one_release(ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is listed once, with the date that holds now, also to who follows a link of the first notice."""
    monkeypatch.setenv("NOTIFIER_LEDGER", ledger_url)
    plan(make_bundle(), *many_rows(4), day="2026-12-01")
    begin(ledger_url, 1)
    plan(amended(AMENDED), *many_rows(4))
    database = open_ledger(ledger_url)
    try:
        shelf = Shelf(database=database, now=lambda: datetime(2026, 12, 6, tzinfo=UTC))
        first = figures.campaign(database, FIRST).id
        with database.reading() as work:
            (listed,) = shelf.releases(work)
            followed = shelf.release(work, first)
    finally:
        database.close()
    assert (FIRST, date(2027, 2, 15)) == (listed.name, listed.bundle.effective)
    assert followed is not None
    assert (first, FIRST, date(2027, 2, 15)) == (followed.campaign, followed.name, followed.bundle.effective)


def test_who_was_told_before_the_date_moved_needs_no_notice(ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their short notice only says another day; who was not told needs the whole one still."""
    monkeypatch.setenv("NOTIFIER_LEDGER", ledger_url)
    plan(make_bundle(), *many_rows(4), day="2026-12-01")
    begin(ledger_url, 2)
    plan(amended(AMENDED), *many_rows(4))
    database = open_ledger(ledger_url)
    try:
        shelf = Shelf(database=database, now=lambda: datetime(2026, 12, 7, tzinfo=UTC))
        with database.reading() as work:
            release = shelf.releases(work)[0]
            found = {f"a{number}": holding(work, release, f"a{number}").notice for number in range(4)}
            unknown = holding(work, release, "nobody").notice
    finally:
        database.close()
    assert 2 == sum(notice is Notice.TOLD for notice in found.values())
    assert Notice.NEEDED is unknown
