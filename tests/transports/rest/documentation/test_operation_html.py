"""Operations as people read them."""

from __future__ import annotations

from typing import Any

from hubbub.transports.rest.documentation.operation_html import article, entry, groups
from hubbub.transports.rest.documentation.schema_html import Schema

LISTING: dict[str, Any] = {
    "operationId": "list_things",
    "summary": "Everything there is.",
    "tags": ["things"],
    "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 9, "default": 5}}],
    "responses": {
        "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Things"}}}},
        "429": {"$ref": "#/components/responses/rate_limited"},
        "500": {"$ref": "#/components/responses/internal"},
    },
}
CHANGING: dict[str, Any] = {
    "operationId": "change_thing",
    "summary": "Change it.",
    "description": "What is `null` stays.",
    "tags": ["things"],
    "security": [{"bearer": []}],
    "parameters": [
        {"name": "thing_id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "Key", "in": "header", "description": "Once only.", "schema": {"type": "string"}},
    ],
    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
    "responses": {"204": {"description": "No Content"}},
}
DOCUMENT = {
    "tags": [{"name": "people"}, {"name": "things"}],
    "paths": {
        "/api/v1/things/{thing_id}": {"patch": CHANGING, "summary": "no method"},
        "/api/v1/things": {"get": LISTING},
    },
}
SCHEMAS: dict[str, Schema] = {"Thing": {"properties": {"size": {"type": "integer"}}}}


def test_operations_stand_under_their_tags_in_the_order_of_the_document() -> None:
    assert [(tag, [each[:2] for each in found]) for tag, found in groups(DOCUMENT)] == [
        ("people", []),
        ("things", [("patch", "/api/v1/things/{thing_id}"), ("get", "/api/v1/things")]),
    ]


def test_a_line_of_the_contents_leads_to_the_operation() -> None:
    assert str(entry(("get", "/api/v1/things", LISTING))) == (
        '<li><a href="#operation-list_things"><b>GET</b> <span>/things</span></a></li>'
    )


def test_an_operation_says_what_it_takes_and_how_it_answers() -> None:
    read = article(("get", "/api/v1/things", LISTING), {})
    assert read.startswith('<article id="operation-list_things"><h3><b>GET</b> <code>/api/v1/things</code></h3>')
    assert "<p>Everything there is.</p>" in read
    assert '<th scope="row"><code>limit</code></th><td>query</td>\n<td>integer, at most 9; 5 if left out</td>' in read
    assert '<dt>Answer</dt><dd>200 <a href="#object-Things">Things</a></dd>' in read
    assert '<a href="#error-rate_limited">rate_limited</a>, <a href="#error-internal">internal</a>' in read
    assert "Needs no session." in read
    assert "<dt>Body</dt>" not in read


def test_a_body_is_shown_where_it_is_taken() -> None:
    read = article(("patch", "/api/v1/things/{thing_id}", CHANGING), SCHEMAS)
    assert "<p>What is <code>null</code> stays.</p>" in read
    assert '<dt>Body</dt><dd><p><a href="#object-Thing">Thing</a></p><table>' in read
    assert "<code>size</code>" in read
    assert "<td>path</td>\n<td>string</td>" in read
    assert "<td>header</td>\n<td>string; optional. Once only.</td>" in read
    assert "204 without a body" in read
    assert "Needs no session." not in read
