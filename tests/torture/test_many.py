"""The short form of `make torture-many`."""

from __future__ import annotations

import pytest

from tests.torture.many import good, torture


@pytest.mark.slow
@pytest.mark.parametrize("on_unknown", ["resend", "hold"])
def test_three_workers_killed_cut_and_stopped_lose_nobody(on_unknown: str) -> None:
    """Nobody is lost, no fenced write is accepted, twice only after a doubt; never with `hold`."""
    figures = torture(6000, on_unknown, 1, 50, seed=7)
    assert good(figures), figures
