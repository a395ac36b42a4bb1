"""Tests of the loop that carries many requests."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from notifier.channels.flight import Flight

if TYPE_CHECKING:
    import pytest


async def complain(secret: str) -> None:
    asyncio.get_running_loop().call_exception_handler({"message": secret, "exception": OSError(secret)})


async def nothing() -> None:
    """End."""


def test_what_the_loop_complains_of_is_written_nowhere(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """A request that nobody waits for any more may fail with the endpoint in its words."""
    caplog.set_level(logging.DEBUG)
    flight = Flight()
    flight.run(complain("https://push.example.net/s/endpoint-1"))
    flight.close(nothing())
    said = capsys.readouterr()
    assert "endpoint-1" not in caplog.text + said.out + said.err
