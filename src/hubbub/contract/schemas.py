"""The models as JSON Schema (2020-12), by name, as every document of the contract refers to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from hubbub.contract import models
from hubbub.contract.events import Event
from hubbub.contract.models import Change
from hubbub.contract.models.base import Answer

Schema = dict[str, Any]

REF = "#/components/schemas/{model}"


def reference(name: str) -> Schema:
    """A schema that stands elsewhere in the document."""
    return {"$ref": REF.format(model=name)}


def schemas_of(wanted: Iterable[type[BaseModel]]) -> dict[str, Schema]:
    """{name: schema} of models and of all that they refer to, sorted."""
    _, document = models_json_schema([(model, "validation") for model in dict.fromkeys(wanted)], ref_template=REF)
    found: dict[str, Schema] = document.get("$defs", {})
    for name, schema in found.items():
        drop_titles(schema)
        model = getattr(models, name, None)
        if model is not None and issubclass(model, Answer):
            _leave_out(schema)
    return dict(sorted(found.items()))


def change_schema(name: str, event: Event) -> Schema:
    """The `Change` of one type, with the `data` that this type has."""
    schema = schemas_of([Change])[Change.__name__]
    narrowed = {"type": {"const": name, "type": "string"}, "data": reference(event.carries.__name__)}
    return {**schema, "description": event.summary, "properties": {**schema["properties"], **narrowed}}


def object_name(name: str) -> str:
    """What the object of an event is called: `message_posted` is a `MessagePosted`."""
    return "".join(part.capitalize() for part in name.split("_"))


def drop_titles(schema: Schema) -> None:
    """Of a model and its properties: pydantic makes them from the names, which are there already."""
    schema.pop("title", None)
    for each in schema.get("properties", {}).values():
        each.pop("title", None)


def without_null(schema: Mapping[str, Any]) -> Schema:
    """A schema for what is left out where there is nothing to say."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    return dict(kinds[0]) if len(kinds) == 1 else {key: value for key, value in schema.items() if key != "default"}


def _leave_out(schema: Schema) -> None:
    """What an answer need not have is not there rather than null."""
    for name, each in schema.get("properties", {}).items():
        if name not in schema.get("required", ()):
            schema["properties"][name] = without_null(each)
