"""`releases/*.json`: valid against the schema that is published beside them."""

from __future__ import annotations

import json

import jsonschema
import pytest

from policypress.exports.data import files, schema
from tests.policypress.conftest import FIRST, SECOND


@pytest.fixture(scope="module")
def found(editions) -> dict[str, str]:
    """Return the JSON files by path."""
    return dict(files(editions.editions))


def test_the_files_of_a_site(found) -> None:
    """One file a release, an index and the schemas."""
    schemas = ("release.schema", "index.schema", "text.schema")
    expected = {f"releases/{name}.json" for name in (FIRST, SECOND, "index", *schemas)}
    assert expected == set(found)


def test_the_schema_is_a_schema() -> None:
    """The published schema is valid JSON Schema 2020-12."""
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("release", [FIRST, SECOND])
def test_every_bundle_follows_the_published_schema(found, release) -> None:
    """A reader in any language can check a bundle with the file beside it."""
    published = json.loads(found["releases/release.schema.json"])
    validator = jsonschema.Draft202012Validator(published, format_checker=jsonschema.FormatChecker())
    assert [] == [error.message for error in validator.iter_errors(json.loads(found[f"releases/{release}.json"]))]


@pytest.mark.parametrize(
    "wound",
    [
        lambda data: data.pop("effective"),
        lambda data: data.update(release="next week"),
        lambda data: data.update({"class": "huge"}),
        lambda data: data["locales"]["kk"].pop("words"),
        lambda data: data.update(surprise=True),
    ],
)
def test_the_schema_refuses_what_is_no_bundle(found, wound) -> None:
    """A missing date, a bad id, an unknown class, a locale without words, an unknown key: none is valid."""
    data = json.loads(found[f"releases/{SECOND}.json"])
    wound(data)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schema(), cls=jsonschema.Draft202012Validator)


def test_the_index_lists_every_release_with_its_dates(found) -> None:
    """The index answers which release there is for a day without opening a bundle."""
    rows = json.loads(found["releases/index.json"])["releases"]
    assert [(FIRST, "2024-08-08", None), (SECOND, "2027-01-15", FIRST)] == [
        (row["id"], row["effective"], row["previous"]) for row in rows
    ]
    assert [["en", "kk", "ru"]] * 2 == [row["locales"] for row in rows]
    assert all(f"releases/{row['bundle']}" in found for row in rows)


def test_letters_stay_letters(found) -> None:
    """JSON is UTF-8 text that a person can read, not escapes, and ends with a newline."""
    for text in found.values():
        assert "\\u04" not in text
        assert text.endswith("}\n")
