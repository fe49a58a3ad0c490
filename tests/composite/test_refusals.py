"""A refusal is sent after the body it answers."""

from __future__ import annotations

import pytest

from hubbub.composite import refusals
from hubbub.composite.body_reading import BodyLimits
from hubbub.composite.problem import Problem
from hubbub.composite.refusals import REFUSED_BODY, refuse
from hubbub.composite.types import Message
from tests.support.asgi_calls import Call, body_events, http_scope, websocket_scope

NO = Problem(403, "forbidden", "No.")


async def test_the_body_is_read_first() -> None:
    call = Call(body_events(b"1", b"2"))
    await refuse(http_scope(method="POST"), call.receive, call.send, NO)
    assert list(call.events) == body_events(b"1", b"2")
    assert call.status == 403
    assert "connection" not in call.headers


@pytest.mark.parametrize(("version", "connection"), [("1.1", "close"), ("2", None)])
async def test_a_body_without_end_ends_the_connection(version: str, connection: str | None) -> None:
    call = Call(body_events(b"x" * (REFUSED_BODY.discard_bytes + 1)))
    await refuse(http_scope(method="POST", http_version=version), call.receive, call.send, NO)
    assert call.headers.get("connection") == connection


async def test_a_silent_client_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "REFUSED_BODY", BodyLimits(seconds=0.01))
    for scope in (http_scope(method="POST"), websocket_scope()):
        call = Call([])
        await refuse(scope, call.receive, call.send, NO)
        assert call.status == 403


async def test_a_websocket_is_refused_after_its_connect() -> None:
    events: list[Message] = [{"type": "websocket.connect"}]
    call = Call(events)
    await refuse(websocket_scope(), call.receive, call.send, NO)
    assert call.start["type"] == "websocket.http.response.start"
