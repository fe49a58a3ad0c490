"""The forms, before a script brings them to life."""

from __future__ import annotations

from typing import Any

from hubbub.transports.rest.documentation.try_html import console, credentials, operation_form

THING = {"properties": {"name": {"type": "string"}}, "required": ["name"]}
SAID: dict[str, Any] = {
    "parameters": [
        {"name": "emoji", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "limit", "in": "query", "schema": {"type": "integer"}},
    ],
    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
}


def test_an_operation_has_a_field_for_each_parameter_and_one_for_its_body() -> None:
    read = operation_form("put", "/things/{emoji}", SAID, {"Thing": THING})
    assert 'data-method="PUT" data-path="/things/{emoji}"' in read
    assert 'name="emoji" data-in="path" type="text" value="👍" spellcheck="false" required' in read
    assert 'name="limit" data-in="query" type="number" value="" spellcheck="false">' in read
    assert "<small>query, optional</small>" in read
    assert "&#34;name&#34;: &#34;Lobby&#34;" in read


def test_an_operation_without_a_body_has_no_field_for_one() -> None:
    assert "<textarea" not in operation_form("get", "/things", {"parameters": []}, {})


def test_nothing_is_shown_before_the_script_is_there() -> None:
    for read in (credentials(), console("/ws", []), operation_form("get", "/things", {"parameters": []}, {})):
        assert " hidden" in read.partition(">")[0]


def test_the_console_offers_each_command_with_its_example() -> None:
    read = console("/ws", [("name_it", THING)])
    assert 'data-socket="/ws"' in read
    assert '<option value="name_it" data-example="{' in read
