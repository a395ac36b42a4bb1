"""Settings of every test."""

from __future__ import annotations

import signal

from hypothesis import settings

# How long an example takes says nothing of what it shows: a machine that is busy would fail what is right.
settings.register_profile("patient", settings(deadline=None))
settings.load_profile("patient")


def pytest_configure() -> None:
    """Hear Ctrl-C, as every command that a test starts then does.

    A job that a shell started in the background ignores it, and what it starts does too.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
