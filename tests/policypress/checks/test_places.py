"""Lines of keys in TOML."""

from __future__ import annotations

import pytest

from policypress.checks.places import key_line, value_lines

TEXT = """[facts]
url = "a"

[[recipients]]
id = "one"
label = "x"

[[recipients]]  # another
id = "two"
label = "y"

[locales.kk.facts]
url = "b"
"""


@pytest.mark.parametrize(
    ("table", "key", "index", "expected"),
    [
        ("facts", "url", 0, 2),
        ("locales.kk.facts", "url", 0, 13),
        ("recipients", "label", 1, 10),
        ("recipients", "no such key", 1, 8),
        ("recipients", "", 0, 4),
        ("recipients", "label", 7, 6),
        ("nothing", "nowhere", 0, 0),
    ],
)
def test_key_line(table, key, index, expected):
    """A key is found in its own table; failing that its table, then any key of that name, then nothing."""
    assert expected == key_line(TEXT, table, key, index)


def test_value_lines():
    """Every line on which a key is given a text."""
    assert [2] == value_lines(TEXT, "url", "a")
