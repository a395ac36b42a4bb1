"""The recipe that partitions a ledger by campaign: a ledger goes on in it, and all that is tested of one holds there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from notifier.ledger import open_ledger
from tests.notifier.conftest import PARTITIONED
from tests.notifier.ledger.growth import fill
from tests.notifier.postgres import Server, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
RECIPE = (ROOT / "docs" / "recipes" / "operations" / "partitions.sql").read_text(encoding="utf-8")
TABLES = ("holder", "contact", "notice", "trail")
INDEXES = """
SELECT relname FROM pg_class WHERE relkind IN ('i', 'I') AND NOT relispartition AND relnamespace = 'public'::regnamespace
ORDER BY relname
"""
#: Tests of everything that reads or writes those tables; those of migrations make older tables themselves.
SUITES = ("ledger", "test_delivery.py", "test_campaign.py", "test_refreshing.py", "test_moving.py", "test_restoring.py",
          "test_approval.py", "reach", "evidence", "consent", "serve")  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as made:
        yield made


def test_a_ledger_goes_on_in_its_partitions(server: Server) -> None:
    """Every row and every index is there, each campaign has tables of its own, and running it again changes nothing."""
    url = server.fresh()
    fill(url, 1000)
    counts = [rows(url, f"SELECT COUNT(*) FROM {name}") for name in TABLES]
    indexes = rows(url, INDEXES)
    for _ in range(2):
        rows(url, RECIPE)
        assert counts == [rows(url, f"SELECT COUNT(*) FROM {name}") for name in TABLES]
        assert indexes == rows(url, INDEXES)
        assert counts == [rows(url, f"SELECT COUNT(*) FROM {name}_1") for name in TABLES]
    open_ledger(url).close()


def test_a_campaign_that_has_no_partition_yet_lies_with_others_and_stays_there(server: Server) -> None:
    """Nothing fails when the numbers run out, and the recipe run later leaves it where it is."""
    url = server.fresh()
    open_ledger(url, create=True).close()
    rows(url, RECIPE)
    rows(url, "INSERT INTO contact VALUES (13, 1, 1, 'a@example.org', 0)")
    rows(url, "INSERT INTO campaign (id, name, bundle, digest, audience, planned_at, first_day, last_day, deadline, lead_days)"
              " OVERRIDING SYSTEM VALUE VALUES (13, 'a/b', '', '', '', 0, '', '', 0, 0)")  # fmt: skip
    rows(url, RECIPE)
    assert [(1,)] == rows(url, "SELECT COUNT(*) FROM contact_others")
    assert [(None,)] == rows(url, "SELECT to_regclass('contact_13')")
    assert [("contact_25",)] == rows(url, "SELECT to_regclass('contact_25')::text")


@pytest.mark.slow
def test_all_that_holds_for_a_ledger_holds_for_a_partitioned_one() -> None:
    """The tests of the ledger and of what works on it, once more, on tables partitioned by the recipe."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "postgresql", "-m", "not slow",
         "--ignore", "tests/notifier/ledger/test_migrations.py",
         *(f"tests/notifier/{name}" for name in SUITES)],
        cwd=ROOT, env=os.environ | {PARTITIONED: "1"}, capture_output=True, text=True, check=False, timeout=1800,
    )  # fmt: skip
    assert 0 == done.returncode, done.stdout[-4000:]
    assert 100 < done.stdout.count("."), done.stdout
