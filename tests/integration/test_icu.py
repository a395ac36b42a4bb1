"""Words of Chinese, Japanese and Thai by ICU's dictionaries: the tests of redlines once more, with the extra `cjk`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import needs

pytestmark = pytest.mark.slow

CHECKOUT = Path(__file__).resolve().parents[2]
#: Where `.ci/icu` puts PyICU, which no other test sees.
ICU = CHECKOUT / ".cache/icu"
#: What parts words, and what rests on words that are parted.
TESTS = (
    "tests/policypress/test_redline.py",
    "tests/policypress/test_changes.py",
    "tests/policypress/test_comparison.py",
)

REPORT = """
import sys
from policypress.redline import marked, redline
print(marked(redline(*sys.argv[1:3], locale=sys.argv[3])))
"""


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    """Return an environment in which Python finds PyICU."""
    if not ICU.exists():
        needs.lacks("PyICU is not here: make icu")
    return {**os.environ, "PYTHONPATH": str(ICU)}


def test_redlines_under_icu(environment) -> None:
    """Every test of redlines and alignment holds with ICU's words, the properties in every script among them."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *TESTS]
    run = subprocess.run(
        command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert run.returncode == 0, run.stdout[-3000:]


@pytest.mark.parametrize(
    ("locale", "old", "new", "expected"),
    [
        ("th", "เราเก็บข้อมูลของคุณ", "เราลบข้อมูลของคุณ", "เรา[-เก็บ-]{+ลบ+}ข้อมูลของคุณ"),
        ("zh", "我们保存数据", "我们删除数据", "我们[-保存-]{+删除+}数据"),
        ("ja", "データを保存します", "データを削除します", "データを[-保存-]{+削除+}します"),
    ],
)
def test_a_word_is_marked_and_not_the_sentence(environment, locale, old, new, expected) -> None:
    """The word that changed is marked whole, and nothing else."""
    command = [sys.executable, "-c", REPORT, old, new, locale]
    run = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert expected == run.stdout.strip()
