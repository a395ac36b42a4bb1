"""What search reads: what applies and what is announced, each clause once; the archive apart."""

from __future__ import annotations

import json
import unicodedata
from datetime import date

import pytest

from policypress.exports.search import _tongues, files
from tests.policypress.conftest import FIRST, SECOND


def made(editions, day: str):
    """Return the files of a day as data."""
    return {path: json.loads(text) for path, text in files(editions, date.fromisoformat(day))}


def texts(index) -> list[str]:
    """Return what an index finds."""
    return [text for _, _, _, text in index["rows"]]


def test_what_applies_comes_first_and_what_is_announced_once(editions) -> None:
    """A clause that both texts have is found in the one that applies; only new words lead to the upcoming one."""
    index = made(editions, SECOND)["en/search.json"]
    assert ["en/", "en/upcoming/"] == [path for path, _ in index["pages"]]
    assert 1 == texts(index).count("your name;")
    new = [text for place, _, _, text in index["rows"] if place == 1]
    assert "We keep your data for 24 months after you close your account." in new
    assert [] == made(editions, SECOND)["en/archive/search.json"]["rows"]


def test_the_archive_has_what_is_found_nowhere_else(editions) -> None:
    """Once the new text applies, the old words stand in the file of the archive alone."""
    found = made(editions, "2027-01-15")
    old = "We keep your data as long as your account exists."
    assert old not in texts(found["en/search.json"])
    assert old in texts(found["en/archive/search.json"])
    assert [f"en/archive/{FIRST}/"] == [path for path, _ in found["en/archive/search.json"]["pages"]]
    assert "your name;" not in texts(found["en/archive/search.json"])


def test_nothing_is_found_before_its_day(editions) -> None:
    """The index of a day holds nothing that was published later."""
    found = json.dumps(made(editions, "2026-11-30"), ensure_ascii=False)
    assert SECOND not in found
    assert "24 months" not in found


@pytest.mark.parametrize("tag", ["en", "kk", "ru", "ar"])
def test_a_table_holds_letters_as_the_browser_folds_them(tag) -> None:
    """Beginnings and endings are small, without marks and without the letters that are put in others' place."""
    table = _tongues()[tag]
    for part in (*table["prefixes"], *table["endings"]):
        bare = "".join(one for one in unicodedata.normalize("NFD", part.lower()) if not unicodedata.combining(one))
        assert part == bare.translate(str.maketrans(table["letters"]))
