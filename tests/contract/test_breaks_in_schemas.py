"""A change of a schema breaks whoever sends it, whoever is told it, both, or nobody."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.breaks.found import Direction, Place
from tests.contract.breaks.schemas import Versions

TEXT = {"type": "string", "maxLength": 8}
NOTHING: list[str] = []


def found(direction: Direction, old: dict[str, Any], new: dict[str, Any], path: str = "name") -> list[str]:
    """What is said of a field that was `old` and is `new`."""
    return [each.what for each in Versions({}, {}).breaks(direction, old, new, Place("it", path))]


# (old, new, what is said to those who send it, what is said to those who are told it)
CASES: list[tuple[dict[str, Any], dict[str, Any], list[str], list[str]]] = [
    (TEXT, TEXT, NOTHING, NOTHING),
    (TEXT, {"type": "integer"}, ["takes no string any more"], ["may be integer now"]),
    ({"type": "integer"}, {"type": "number"}, NOTHING, ["may be number now"]),
    ({"type": "number"}, {"type": "integer"}, ["takes no number any more"], NOTHING),
    ({}, TEXT, ["takes no anything any more"], NOTHING),
    (TEXT, {}, NOTHING, ["may be anything now"]),
    (TEXT, {"anyOf": [TEXT, {"type": "null"}]}, NOTHING, ["may be null now"]),
    ({"anyOf": [TEXT, {"type": "null"}]}, TEXT, ["takes no null any more"], NOTHING),
    (TEXT, {"type": "string", "maxLength": 7}, ["takes at most 7 characters now"], NOTHING),
    (TEXT, {"type": "string", "maxLength": 9}, NOTHING, ["may be beyond at most 8 characters now"]),
    (TEXT, {"type": "string"}, NOTHING, ["may be beyond at most 8 characters now"]),
    (TEXT, {**TEXT, "minLength": 1}, ["takes at least 1 characters now"], NOTHING),
    (
        {"type": "integer", "minimum": 1},
        {"type": "integer", "minimum": 2, "maximum": 3},
        ["takes at most 3 now", "takes at least 2 now"],
        NOTHING,
    ),
    (TEXT, {**TEXT, "pattern": "^a$"}, ["has another pattern now, ^a$"], NOTHING),
    ({**TEXT, "format": "uri"}, TEXT, NOTHING, ["has another format now, None"]),
    (TEXT, {**TEXT, "enum": ["a"]}, ["takes only a now"], NOTHING),
    ({**TEXT, "enum": ["a"]}, {**TEXT, "enum": ["a", "b"]}, NOTHING, ["may be b now"]),
    ({**TEXT, "enum": ["a", "b"]}, {**TEXT, "enum": ["a"]}, ["takes no b any more"], NOTHING),
    ({**TEXT, "const": "a"}, {**TEXT, "const": "b"}, ["takes no a any more"], ["may be b now"]),
    ({**TEXT, "enum": ["a"]}, TEXT, NOTHING, ["may be anything now, and was a"]),
    (
        {"type": "array", "items": TEXT},
        {"type": "array", "items": {"type": "null"}},
        ["takes no string any more"],
        ["may be null now"],
    ),
]


@pytest.mark.parametrize(("old", "new", "sent", "told"), CASES)
def test_a_type_may_be_taken_more_freely_and_told_more_narrowly(
    old: dict[str, Any], new: dict[str, Any], sent: list[str], told: list[str]
) -> None:
    assert found(Direction.SENT, old, new) == sent
    assert found(Direction.TOLD, old, new) == told


def shape(required: list[str], **properties: object) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required}


ROOM = shape(["id"], id=TEXT, topic={**TEXT, "default": ""})
OBJECTS: list[tuple[dict[str, Any], list[str], list[str]]] = [
    (shape(["id"], id=TEXT), ["is not taken any more"], ["is gone"]),
    ({**ROOM, "required": ["id", "topic"]}, ["has to be there now"], NOTHING),
    ({**ROOM, "required": []}, NOTHING, ["may be missing now"]),
    (shape(["id"], **ROOM["properties"], more=TEXT), NOTHING, NOTHING),
    (shape(["id", "more"], **ROOM["properties"], more=TEXT), ["has to be there now"], NOTHING),
    (shape(["id"], id=TEXT, topic={**TEXT, "default": "x"}), ["is x where it is left out now"], NOTHING),
    ({**ROOM, "additionalProperties": False}, ["takes no unknown fields any more"], NOTHING),
]


@pytest.mark.parametrize(("new", "sent", "told"), OBJECTS)
def test_fields_may_come_and_not_go(new: dict[str, Any], sent: list[str], told: list[str]) -> None:
    assert found(Direction.SENT, ROOM, new) == sent
    assert found(Direction.TOLD, ROOM, new) == told


def test_a_break_names_the_place_of_the_field() -> None:
    old, new = ({"type": "array", "items": shape([], name=name)} for name in (TEXT, {"type": "null"}))
    (broken,) = Versions({}, {}).breaks(Direction.TOLD, old, new, Place("GET /rooms", "rooms"))
    assert str(broken) == "GET /rooms, rooms[].name: may be null now."


def test_an_object_that_refers_to_itself_is_compared_once() -> None:
    def document(text: dict[str, Any]) -> dict[str, Any]:
        reference = {"$ref": "#/components/schemas/Node"}
        return {"components": {"schemas": {"Node": shape([], name=text, next=reference)}}}

    versions = Versions(document(TEXT), document({"type": "string", "maxLength": 3}))
    reference = {"$ref": "#/components/schemas/Node"}
    said = [str(each) for each in versions.breaks(Direction.SENT, reference, reference, Place("it"))]
    assert said == ["it, name: takes at most 3 characters now."]


def test_types_of_changes_may_become_more() -> None:
    old, new = {**TEXT, "enum": ["a"]}, {**TEXT, "enum": ["a", "b"]}
    assert found(Direction.TOLD, old, new, "data.changes[].type") == NOTHING


@pytest.mark.parametrize("schema", [{"oneOf": [TEXT]}, {"anyOf": [TEXT, TEXT]}])
def test_what_it_does_not_know_it_does_not_pass(schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="teach it"):
        found(Direction.SENT, schema, schema)
