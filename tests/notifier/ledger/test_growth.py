"""Tests that what runs once a request costs the same in a large ledger as in a small one, counted in pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.notifier.ledger.growth import fill, pages
from tests.notifier.ledger.test_queries import HOT

if TYPE_CHECKING:
    from tests.notifier.postgres import Server

#: Holders: where the trees of the indexes have two levels, and where they have three.
SMALL, LARGE = 10_000, 300_000


@pytest.mark.slow
def test_no_statement_of_the_loop_grows_with_the_ledger(postgres: Server) -> None:
    """At thirty times the size a level of a tree is added for each row that is looked up, and nothing else."""
    small, large = postgres.fresh(), postgres.fresh()
    fill(small, SMALL)
    fill(large, LARGE)
    found = {name: (pages(small, name), pages(large, name)) for name in HOT}
    assert {} == {name: both for name, both in found.items() if both[1] > 2 * both[0] + 20}
