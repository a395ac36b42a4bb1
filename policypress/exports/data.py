"""Releases as JSON: one bundle each, an index of them, and the schemas that what is published follows."""

from __future__ import annotations

import json
from importlib.resources import files as resources
from typing import TYPE_CHECKING

from policypress.bundle import FORMAT, Bundle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policypress.edition import Edition

_SCHEMAS = resources("policypress.exports") / "schemas"


def files(editions: Iterable[Edition]) -> Iterator[tuple[str, str]]:
    """Yield the JSON files of published releases with their path on the site."""
    editions = tuple(editions)
    for edition in editions:
        yield f"releases/{edition.record.id}.json", edition.bundle.dump()
    yield "releases/index.json", _dump({"format": FORMAT, "releases": [_row(edition) for edition in editions]})
    yield "releases/release.schema.json", _dump(schema())
    for name in ("index", "text"):
        yield f"releases/{name}.schema.json", (_SCHEMAS / f"{name}.json").read_text(encoding="utf-8")


def schema() -> dict[str, object]:
    """Return the JSON Schema (draft 2020-12) of a bundle."""
    made = Bundle.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def _row(edition: Edition) -> dict[str, object]:
    record = edition.record
    return {
        "document": record.document,
        "id": record.id,
        "published": record.published.isoformat(),
        "effective": record.takes_effect.isoformat(),
        "class": record.release_class.value,
        "previous": record.previous,
        "withdrawn": record.withdrawn,
        "locales": sorted(edition.printed.locales),
        "bundle": f"{record.id}.json",
    }


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
