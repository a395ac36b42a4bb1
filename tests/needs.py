"""What some tests need beside the locked packages: where it is missing they are skipped, and under CI=true they fail.

Only what is kept beside the checkout, in `../shared`, may be missing under CI too.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from typing import Never

CI = os.environ.get("CI") == "true"
SHARED = Path(__file__).resolve().parents[2] / "shared"
#: A page as it was before the tool, and labelled pairs of real policies.
SEEDS = sorted((SHARED / "seed").glob("*.txt"))
CORPUS = SHARED / "corpus" / "materiality-dev"

seed = pytest.mark.skipif(not SEEDS, reason="../shared/seed is not here")
corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpus/materiality-dev is not here")


def system(found: object, way_out: str) -> pytest.MarkDecorator:
    """Return the mark of tests that need a part of the system; `way_out` says what it is and how it comes here."""
    return pytest.mark.skipif(not (found or CI), reason=way_out)


def lacks(way_out: str) -> Never:
    """Say in a fixture that a part of the system is not here."""
    (pytest.fail if CI else pytest.skip)(way_out)
