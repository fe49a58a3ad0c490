"""Frames as text: whatever comes in is a command or a typed error, whatever goes out is JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.transports.websocket.frames import (
    BadCommand,
    NotAFrame,
    encode_answer,
    encode_event,
    encode_refusal,
    read_command,
)

BYTES = 1_000
DEEP = '{"id":1,"type":"x","data":' + "[" * 100 + "]" * 100 + "}"


def read(text: str | None) -> Any:
    return read_command(text, max_bytes=BYTES)


def test_a_command_has_id_type_and_data() -> None:
    command = read('{"id": 7, "type": "post_message", "data": {"body": "hi"}}')
    assert (command.id, command.type, command.data) == (7, "post_message", {"body": "hi"})
    assert read('{"id": 0, "type": "x"}').data is None


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "hello",
        "[]",
        "7",
        "null",
        '"text"',
        "{",
        '{"id": NaN, "type": "x"}',
        '{"id": 1, "type": "x", "data": Infinity}',
        '{"id": 1, "type": "\\ud800"}',
        DEEP,
    ],
)
def test_what_is_no_object_in_a_text_frame_is_no_frame(text: str | None) -> None:
    with pytest.raises(NotAFrame) as refused:
        read(text)
    assert refused.value.code is ErrorCode.INVALID_REQUEST


@pytest.mark.parametrize("filling", ["x", "é", "\U0001f98a"])
def test_bytes_are_counted_and_not_characters(filling: str) -> None:
    frame = '{"id":1,"type":"x","data":"%s"}'
    room = BYTES - len(frame % "")
    size = len(filling.encode())
    assert read(frame % (filling * (room // size))).id == 1
    with pytest.raises(NotAFrame) as refused:
        read(frame % (filling * (room // size + 1)))
    assert refused.value.code is ErrorCode.TOO_LARGE


@pytest.mark.parametrize(
    ("frame", "id", "paths"),
    [
        ({"type": "x"}, None, ["id"]),
        ({"id": 7}, 7, ["type"]),
        ({"id": -1, "type": "x"}, None, ["id"]),
        ({"id": 2**53, "type": "x"}, None, ["id"]),
        ({"id": 2**63, "type": "x"}, None, ["id"]),
        ({"id": 1.5, "type": "x"}, None, ["id"]),
        ({"id": 7.0, "type": 5}, 7, ["type"]),
        ({"id": True, "type": "x"}, None, ["id"]),
        ({"id": "7", "type": "x"}, None, ["id"]),
        ({"id": None, "type": "x"}, None, ["id"]),
        ({"id": 7, "type": 5}, 7, ["type"]),
        ({"id": 7, "type": ""}, 7, ["type"]),
        ({"id": 7, "type": "x" * 65}, 7, ["type"]),
        ({"id": 7, "type": "x", "more": 1}, 7, ["more"]),
        ({}, None, ["id", "type"]),
    ],
)
def test_an_object_that_is_no_command_is_answered_where_it_can_be(
    frame: dict[str, object], id: int | None, paths: list[str]
) -> None:
    with pytest.raises(BadCommand) as refused:
        read(json.dumps(frame))
    assert refused.value.code is ErrorCode.INVALID_FIELDS
    assert refused.value.id == id
    assert [each.path for each in refused.value.errors] == paths


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@given(st.text(max_size=200) | ANYTHING.map(json.dumps))
def test_nothing_else_is_ever_raised(text: str) -> None:
    try:
        id = read(text).id
    except HubbubError as error:
        id = len(json.loads(encode_refusal(None, error))["error"]["detail"])
    assert 0 <= id < 2**53


def test_an_event_is_its_name_and_its_payload() -> None:
    assert json.loads(encode_event("ready", '{"a":1}')) == {"type": "ready", "data": {"a": 1}}


def test_an_answer_names_its_command() -> None:
    assert json.loads(encode_answer(7, {"ok": True, "data": None})) == {"reply_to": 7, "ok": True, "data": None}
    refused = json.loads(encode_refusal(None, HubbubError(ErrorCode.GONE, "Load anew.")))
    assert refused == {"reply_to": None, "ok": False, "error": {"code": "gone", "detail": "Load anew."}}
