"""The texts that the browser compares: every clause, in words that join to the text again."""

from __future__ import annotations

import json

import pytest

from policypress.document import plain
from policypress.exports.texts import files
from policypress.lineage import trace
from tests.policypress.conftest import FIRST, SECOND


@pytest.fixture
def made(editions):
    """Return the files as data."""
    return {path: json.loads(text) for path, text in files(editions.editions, trace(editions.editions))}


def test_one_file_a_release_and_language(made) -> None:
    """The address says which."""
    expected = {f"releases/{release}/{tag}.json" for release in (FIRST, SECOND) for tag in ("en", "kk", "ru")}
    assert expected == set(made)


def test_words_join_to_the_text(made, editions) -> None:
    """Nothing of a clause is lost between words."""
    for path, text in made.items():
        _, release, name = path.split("/")
        clauses = editions.get(release).printed.documents[name.removesuffix(".json")].clauses()
        assert [plain(clause.text) for _, clause in clauses] == ["".join(row["words"]) for row in text["clauses"]]


def test_languages_share_their_numbers(made) -> None:
    """Clause n of one language is clause n of the other: that is how two stand side by side."""
    for release in (FIRST, SECOND):
        rows = [[row["n"] for row in made[f"releases/{release}/{tag}.json"]["clauses"]] for tag in ("en", "kk", "ru")]
        assert rows[0] == rows[1] == rows[2]
