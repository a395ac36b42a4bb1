"""Settings of every test."""

from __future__ import annotations

from hypothesis import settings

# How long an example takes says nothing of what it shows: a machine that is busy would fail what is right.
settings.register_profile("patient", settings(deadline=None))
settings.load_profile("patient")
