"""Fixtures shared by the tests of the post."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from notifier.ledger import open_ledger
from notifier.ledger.records import Rules
from tests.notifier.factory import make_bundle
from tests.notifier.postgres import Server, rows
from tests.notifier.sendgrid_server import SendGridServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notifier.ledger.database import Database
    from policypress.bundle import Bundle


ROOT = Path(__file__).parents[2]
#: Set by a test that runs others on partitioned tables.
PARTITIONED = "TEST_PARTITIONED"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("NOTIFIER_", "SENDGRID_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def bundle() -> Bundle:
    return make_bundle()


@pytest.fixture
def bundle_path(bundle: Bundle, tmp_path: Path) -> Path:
    path = tmp_path / "2026-12-01.json"
    path.write_text(bundle.dump(), encoding="utf-8")
    return path


@pytest.fixture
def rules() -> Rules:
    return Rules(lease=60_000, reconcile=3_600_000, tries=2)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a ledger can be made, in each database in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/test.db"
    server: Server = request.getfixturevalue("postgres")
    if not os.environ.get(PARTITIONED):
        return server.corner()
    url = server.fresh()
    partition(url)
    return url


def partition(url: str) -> None:
    """Make a ledger whose tables are partitioned by campaign, as the recipe does."""
    open_ledger(url, create=True).close()
    rows(url, (ROOT / "docs" / "recipes" / "operations" / "partitions.sql").read_text(encoding="utf-8"))


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Database]:
    database = open_ledger(ledger_url, create=True)
    yield database
    database.close()


@pytest.fixture
def sqlite_ledger(tmp_path: Path) -> Iterator[Database]:
    database = open_ledger(f"sqlite:///{tmp_path}/test.db", create=True)
    yield database
    database.close()


@pytest.fixture
def sendgrid_server() -> Iterator[SendGridServer]:
    with SendGridServer() as server:
        yield server
