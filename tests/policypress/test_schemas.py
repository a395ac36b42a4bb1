"""The JSON Schemas: fresh, valid, and true of the files that they are for."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from policypress.cli import OK, USAGE, main
from policypress.schemas import NAMES, dump, schema
from tests.policypress.conftest import DECISION, NEXT_TOML

CHECKOUT = Path(__file__).resolve().parents[2]


def _plain(value):
    """Return TOML data as an editor's JSON: days are strings."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


def _errors(name, text):
    validator = jsonschema.Draft7Validator(schema(name))
    return [error.message for error in validator.iter_errors(_plain(tomllib.loads(text)))]


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_schema_is_fresh(name) -> None:
    """docs/schemas holds what `policypress schema` prints."""
    assert dump(name) == (CHECKOUT / f"docs/schemas/{name}.schema.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_schema(name) -> None:
    """Draft 7, which TOML editors read."""
    jsonschema.Draft7Validator.check_schema(schema(name))


@pytest.mark.parametrize("name", ["policy", "practices", "glossary"])
def test_our_own_files_are_valid_and_name_their_schema(name) -> None:
    """The first line leads an editor to the schema, from where the file stands."""
    path = CHECKOUT / f"policy_src/{name}.toml"
    text = path.read_text(encoding="utf-8")
    named = text.split("\n", maxsplit=1)[0].removeprefix("#:schema ")
    assert (CHECKOUT / f"docs/schemas/{name}.schema.json").resolve() == (path.parent / named).resolve()
    assert [] == _errors(name, text)


def test_records_and_what_is_being_prepared_are_valid() -> None:
    """Every printed release, and a next.toml with a decision and a summary."""
    for record in (CHECKOUT / "policy_src/releases").glob("*/record.toml"):
        assert [] == _errors("record", record.read_text(encoding="utf-8")), record
    assert [] == _errors("next", NEXT_TOML + DECISION.format(fingerprint="0123456789abcdef"))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("policy", 'idd = "x"', "'idd' was unexpected"),
        ("practices", '[controller]\nname = "x"', "'section' is a required property"),
        ("glossary", "[terms.a]\nen = 1", "1 is not of type 'string'"),
        ("next", "[[summaries]]\nsection = 'a'\nstarts = true\ntext = ''", "'' should be non-empty"),
    ],
)
def test_a_slip_is_shown(name, text, message) -> None:
    """An unknown key, a missing one, a wrong kind."""
    assert any(message in error for error in _errors(name, text)), _errors(name, text)


def test_keys_are_explained() -> None:
    """An editor shows what our code says above the field."""
    assert (
        "The language whose text governs where texts differ."
        == (schema("policy")["properties"]["prevailing_locale"]["description"])
    )
    assert (
        "ISO 8601 duration." == schema("practices")["definitions"]["Retention"]["properties"]["period"]["description"]
    )


def test_the_command(capsys) -> None:
    """It prints one, and refuses a name that is none."""
    assert OK == main(["schema", "policy"])
    assert dump("policy") == capsys.readouterr().out
    assert USAGE == main(["schema", "nothing"])
