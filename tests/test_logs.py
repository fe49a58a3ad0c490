"""Log lines carry the request id and no secret."""

from __future__ import annotations

import json
import logging

import pytest

from hubbub.composite.request_id import request_id
from hubbub.logs import JSONFormatter, TextFormatter, hide_secrets


def record(message: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord("hubbub.test", logging.INFO, __file__, 1, message, args, None)


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer s3cr3t-token",
        "cookie: a=b; hubbub_session=s3cr3t-token; c=d",
        '{"token": "s3cr3t-token"}',
        "{'password': 's3cr3t-token'}",
        "password=s3cr3t-token",
    ],
)
def test_secrets_are_hidden(text: str) -> None:
    assert "s3cr3t" not in hide_secrets(text)
    assert "[hidden]" in hide_secrets(text)


def test_json_lines_carry_the_request_id() -> None:
    token = request_id.set("request-17")
    try:
        event = json.loads(JSONFormatter().format(record("hello %s", "world")))
    finally:
        request_id.reset(token)
    assert event["request_id"] == "request-17"
    assert event["message"] == "hello world"
    assert event["level"] == "info"


def test_text_lines_are_one_line_each() -> None:
    line = TextFormatter().format(record("hello"))
    assert line.endswith("INFO    hubbub.test - hello")
