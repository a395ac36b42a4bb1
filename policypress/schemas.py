"""JSON Schemas of the editors' TOML files, made of the models that read them; knows no editor and no file."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

from pydantic import BaseModel

from policypress.localise.glossary import Glossary
from policypress.practices import Practices
from policypress.release.record import Next, Record
from policypress.settings import Settings

_MODELS: dict[str, type[BaseModel]] = {
    "policy": Settings,
    "practices": Practices,
    "glossary": Glossary,
    "next": Next,
    "record": Record,
}
#: The files that have a schema, by the stem of their names.
NAMES = tuple(_MODELS)
_DRAFT = "http://json-schema.org/draft-07/schema#"  # what Taplo reads
_FIELD = re.compile(r"((?:^    #:.*\n)+)    (\w+)\s*:", re.MULTILINE)


def schema(name: str) -> dict[str, Any]:
    """Return the schema of a file; raise `KeyError` for a name that is not in `NAMES`."""
    model = _MODELS[name]
    found = model.model_json_schema(by_alias=True)
    found = json.loads(json.dumps(found).replace("#/$defs/", "#/definitions/"))
    found["definitions"] = found.pop("$defs", {})
    for part in _models(model):
        _describe(found if part is model else found["definitions"].get(part.__name__, {}), part)
    if name == "glossary":
        _words_beside(found["definitions"]["Term"])
    return {"$schema": _DRAFT, **_described(found, name)}


def dump(name: str) -> str:
    """Return the schema of a file as JSON text, stable."""
    return json.dumps(schema(name), ensure_ascii=False, indent=2) + "\n"


def _described(found: dict[str, Any], name: str) -> dict[str, Any]:
    found["title"] = f"{name}.toml"
    # Taplo and others put the schema's own address there
    found.setdefault("properties", {}).setdefault("$schema", {"type": "string"})
    return found


def _models(model: type[BaseModel]) -> list[type[BaseModel]]:
    """Return a model and every model in its fields."""
    names: dict[str, type[BaseModel]] = {}

    def walk(annotation: Any) -> None:
        is_model = inspect.isclass(annotation) and issubclass(annotation, BaseModel)
        if is_model and annotation.__name__ not in names:
            names[annotation.__name__] = annotation
            for field in annotation.model_fields.values():
                walk(field.annotation)
        for inner in getattr(annotation, "__args__", ()):
            walk(inner)

    walk(model)
    return list(names.values())


def _describe(found: dict[str, Any], model: type[BaseModel]) -> None:
    """Give each field the `#:` line above it in our code: what an editor shows at the key."""
    properties = found.get("properties", {})
    for lines, name in _FIELD.findall(inspect.getsource(model)):
        field = model.model_fields.get(name)
        key = (field.alias or name) if field else name
        if key in properties:
            properties[key]["description"] = " ".join(
                line.strip().removeprefix("#:").strip() for line in lines.splitlines()
            )


def _words_beside(term: dict[str, Any]) -> None:
    """A term's words stand in its table by locale, beside `avoid`, `watch` and `note`."""
    term["properties"].pop("words", None)
    term["required"] = []
    term["additionalProperties"] = {"type": "string"}
