"""Schemas as people read them; nothing in them is taken for HTML."""

from __future__ import annotations

from typing import Any

import pytest
from markupsafe import Markup

from hubbub.transports.rest.documentation.schema_html import (
    code,
    describe,
    fields,
    join,
    line,
    name_of,
    object_link,
    prose,
    table,
    words,
)

SOMETHING_ELSE = "<script>alert(1)</script>"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;"


@pytest.mark.parametrize(
    ("schema", "read"),
    [
        ({}, "anything"),
        ({"type": "string"}, "string"),
        ({"type": "string", "maxLength": 8000}, "string, at most 8,000 characters"),
        ({"type": "string", "minLength": 8}, "string, at least 8 characters"),
        ({"type": "string", "minLength": 1, "maxLength": 64}, "string, 1 to 64 characters"),
        ({"type": "string", "format": "date-time"}, "time"),
        ({"type": "integer", "minimum": 1, "maximum": 200}, "integer, 1 to 200"),
        ({"type": "boolean"}, "boolean"),
        ({"type": "array", "items": {"type": "string"}}, "list of string"),
        ({"type": "array", "items": {"type": "string"}, "maxItems": 10}, "list of at most 10 (string)"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
        ({"enum": ["a", "b"]}, "<code>a</code> or <code>b</code>"),
        ({"const": "a"}, "<code>a</code>"),
        ({"$ref": "#/components/schemas/Room"}, '<a href="#object-Room">Room</a>'),
    ],
)
def test_a_type_in_words(schema: dict[str, Any], read: str) -> None:
    assert words(schema) == Markup(read)


@pytest.mark.parametrize(
    ("schema", "required", "read"),
    [
        ({"type": "string"}, True, "string"),
        ({"type": "string"}, False, "string; optional"),
        ({"type": "string", "default": None}, False, "string; optional"),
        ({"type": "array", "items": {"type": "string"}, "default": []}, False, "list of string; optional"),
        ({"type": "integer", "default": 50}, False, "integer; 50 if left out"),
        ({"type": "string", "description": "In `code`."}, True, "string. In <code>code</code>."),
    ],
)
def test_what_may_be_left_out_and_what_is_said_of_it(schema: dict[str, Any], required: bool, read: str) -> None:
    assert describe(schema, required) == Markup(read)


def test_an_object_is_a_table_and_anything_else_a_line() -> None:
    found = fields({"properties": {"name": {"type": "string"}, "topic": {"type": "string"}}, "required": ["name"]})
    assert '<th scope="row"><code>name</code></th><td>string</td>' in found
    assert '<th scope="row"><code>topic</code></th><td>string; optional</td>' in found
    assert fields({"enum": ["a"]}) == Markup("<p><code>a</code></p>")


def test_a_table_has_a_head_and_names_its_rows() -> None:
    assert table(("A", "B"), [("a", Markup("<b>b</b>"))]) == Markup(
        '<table><thead><tr><th scope="col">A</th>\n<th scope="col">B</th></tr></thead>'
        '<tbody><tr><th scope="row">a</th><td><b>b</b></td></tr></tbody></table>'
    )


def test_text_is_split_into_paragraphs() -> None:
    assert prose("One `x`,\nstill one.\n\nTwo.\n") == Markup("<p>One <code>x</code>,\nstill one.</p>\n<p>Two.\n</p>")
    assert prose("") == Markup()


def test_long_names_may_be_broken_behind_their_parts() -> None:
    assert code("read_message_id") == Markup("<code>read_<wbr>message_<wbr>id</code>")


def test_a_schema_has_a_name_or_stands_for_itself() -> None:
    assert name_of({"$ref": "#/components/schemas/Room"}) == "Room"
    assert name_of({"type": "string"}) is None


def test_nothing_that_comes_in_is_taken_for_html() -> None:
    schema = {"type": SOMETHING_ELSE, "description": f"`{SOMETHING_ELSE}` {SOMETHING_ELSE}", "default": SOMETHING_ELSE}
    pieces = [
        words({"type": SOMETHING_ELSE}),
        words({"enum": [SOMETHING_ELSE]}),
        words({"anyOf": [{"const": SOMETHING_ELSE}]}),
        words({"type": "array", "items": {"type": SOMETHING_ELSE}}),
        describe(schema, required=False),
        fields({"properties": {SOMETHING_ELSE: schema}}),
        prose(SOMETHING_ELSE),
        line(f"`{SOMETHING_ELSE}`"),
        table((SOMETHING_ELSE,), [(SOMETHING_ELSE, SOMETHING_ELSE)]),
        object_link(SOMETHING_ELSE),
    ]
    for piece in pieces:
        assert "<script" not in piece
        assert ESCAPED in piece
    assert join([Markup("a"), Markup("b")], SOMETHING_ELSE) == Markup(f"a{ESCAPED}b")
