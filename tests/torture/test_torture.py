"""The short form of `make torture`."""

from __future__ import annotations

import pytest

from tests.torture.torture import good, torture


@pytest.mark.parametrize(("kills", "on_unknown"), [(13, "resend"), (7, "hold")])
def test_twenty_kills_lose_nobody(kills: int, on_unknown: str) -> None:
    """SIGKILL at every boundary and at random: nobody is lost, and twice only after a doubt; never with `hold`."""
    figures = torture(kills, 2500, on_unknown, seed=kills)
    assert good(figures), figures
    assert kills == figures["kills"]
