"""What stands in the fields of a form before anybody has written there: something that could be sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

# {field: a value that reads well}; ids and cursors are empty, for the page fills in those that it has seen.
_WORDS: Mapping[str, Any] = {
    "username": "ada",
    "password": "correct horse battery",
    "display_name": "Ada",
    "name": "Lobby",
    "topic": "Tea and bread",
    "visibility": "public",
    "body": "Hello",
    "client_id": "try-1",
    "emoji": "👍",
    "typing": True,
    "max_uses": 1,
}


def example(schema: Schema) -> str:
    """An object as JSON: what it needs, or all that it takes where it needs nothing."""
    properties: Mapping[str, Schema] = schema["properties"]
    names = schema.get("required") or list(properties)
    return json.dumps({name: _value(name, properties[name]) for name in names}, indent=2, ensure_ascii=False)


def word(name: str) -> str:
    """What stands in a field of its own."""
    return str(_WORDS.get(name, ""))


def _value(name: str, schema: Schema) -> object:
    if name in _WORDS:
        return _WORDS[name]
    if "default" in schema:
        return schema["default"]
    return [""] if schema.get("type") == "array" else ""
