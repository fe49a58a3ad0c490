"""JSON schemas as TypeScript types; knows nothing of commands, events and operations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

Schema = Mapping[str, Any]

_PRIMITIVES = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
_BOUNDS = (("minLength", "maxLength", "characters"), ("minItems", "maxItems", "items"), ("minimum", "maximum", ""))


def declaration(name: str, schema: Schema) -> str:
    """An exported type, with what its author says of it."""
    head = comment([*_sentences(schema)])
    if "properties" not in schema:
        return f"{head}export type {name} = {type_of(schema)};\n"
    return f"{head}export interface {name} {members(schema)}\n"


def members(schema: Schema, indent: str = "") -> str:
    """The fields of an object in braces, one a line."""
    required = schema.get("required", ())
    lines = []
    for name, each in schema["properties"].items():
        mark = "" if name in required else "?"
        lines.append(comment([*_sentences(each), *_bounds(each)], f"{indent}  "))
        lines.append(f"{indent}  {name}{mark}: {type_of(each)};\n")
    return "{\n" + "".join(lines) + indent + "}"


def type_of(schema: Schema) -> str:
    """A type as it stands behind a colon."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return union(type_of(each) for each in schema["anyOf"])
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return union(map(json.dumps, schema["enum"]))
    if schema.get("type") == "array":
        items = type_of(schema["items"])
        return f"({items})[]" if " | " in items else f"{items}[]"
    if schema.get("type") == "object":
        return "{ [name: string]: unknown }"
    return _PRIMITIVES.get(schema.get("type", ""), "unknown")


def union(types: Iterable[str]) -> str:
    """Any of these."""
    return " | ".join(dict.fromkeys(types))


def comment(sentences: Iterable[str], indent: str = "") -> str:
    """A documentation comment on one line; nothing for nothing."""
    text = " ".join(" ".join(sentences).split()).replace("*/", "* /")
    return f"{indent}/** {text} */\n" if text else ""


def _sentences(schema: Schema) -> list[str]:
    return [schema["description"]] if "description" in schema else []


def _bounds(schema: Schema) -> list[str]:
    """What a type cannot say."""
    for kind in schema.get("anyOf", (schema,)):
        for low, high, unit in _BOUNDS:
            if high in kind:
                span = f"{kind[low]} to {kind[high]}" if low in kind else f"At most {kind[high]}"
                return [f"{span} {unit}".strip() + "."]
    return []
