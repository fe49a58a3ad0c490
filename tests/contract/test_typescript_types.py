"""JSON schemas as TypeScript types."""

from __future__ import annotations

from typing import Any

import pytest

from hubbub.contract.typescript_types import comment, declaration, members, type_of, union


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "maxLength": 3}, "string"),
        ({"type": "integer"}, "number"),
        ({"type": "boolean"}, "boolean"),
        ({"type": "null"}, "null"),
        ({}, "unknown"),
        ({"type": "object", "additionalProperties": True}, "{ [name: string]: unknown }"),
        ({"$ref": "#/components/schemas/Room"}, "Room"),
        ({"const": "posted", "type": "string"}, '"posted"'),
        ({"enum": ["a", "b"], "type": "string"}, '"a" | "b"'),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string | null"),
        ({"anyOf": [{"type": "integer"}, {"type": "number"}]}, "number"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Room"}}, "Room[]"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, '("a" | "b")[]'),
    ],
)
def test_a_type_is_what_may_be_written(schema: dict[str, Any], expected: str) -> None:
    assert type_of(schema) == expected


def test_what_may_be_left_out_is_marked_and_what_a_type_cannot_say_is_told() -> None:
    schema = {
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 80, "description": "As shown."},
            "topic": {"anyOf": [{"type": "string", "maxLength": 250}, {"type": "null"}]},
            "limit": {"type": "integer", "minimum": 1, "maximum": 9},
            "ids": {"type": "array", "items": {"type": "string"}, "maxItems": 4},
        },
        "required": ["name"],
    }
    assert members(schema).splitlines() == [
        "{",
        "  /** As shown. 1 to 80 characters. */",
        "  name: string;",
        "  /** At most 250 characters. */",
        "  topic?: string | null;",
        "  /** 1 to 9. */",
        "  limit?: number;",
        "  /** At most 4 items. */",
        "  ids?: string[];",
        "}",
    ]


def test_an_object_is_an_interface_and_anything_else_a_type() -> None:
    thing = declaration(
        "Thing", {"properties": {"id": {"type": "string"}}, "required": ["id"], "description": "A\nb."}
    )
    assert thing == "/** A b. */\nexport interface Thing {\n  id: string;\n}\n"
    assert declaration("Code", {"enum": ["a"]}) == 'export type Code = "a";\n'


def test_a_comment_ends_where_it_should() -> None:
    assert comment(["It ends */ here."]) == "/** It ends * / here. */\n"
    assert comment([]) == ""
    assert union(["a", "b", "a"]) == "a | b"
