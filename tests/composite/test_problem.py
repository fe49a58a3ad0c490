"""What a refusal looks like on the wire."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from hubbub.composite.problem import CLOSE_REASON_BYTES, Problem, problem_document, send_problem
from hubbub.composite.types import ASGIApp, Receive, Scope, Send
from tests.support.asgi_calls import call, http_scope, websocket_scope

if TYPE_CHECKING:
    from collections.abc import Iterator

BUSY = Problem(503, "server_busy", "Too many at once. Try again.", retry_after=1.2)


def refusing(problem: Problem) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send_problem(scope, send, problem)

    return app


async def test_document_has_the_contract_shape() -> None:
    problem = Problem(422, "invalid_fields", "Two fields are wrong.", errors=(("name", "Too long."), ("", "Odd.")))
    reply = await call(refusing(problem), http_scope(state={"request_id": "abc"}))
    assert reply.status == 422
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["content-length"] == str(len(reply.body))
    assert reply.document == {
        "type": "/docs#error-invalid_fields",
        "title": "Unprocessable Content",
        "status": 422,
        "code": "invalid_fields",
        "detail": "Two fields are wrong.",
        "errors": [{"path": "name", "message": "Too long."}, {"path": "", "message": "Odd."}],
        "request_id": "abc",
    }


async def test_retry_after_is_whole_seconds_in_the_header() -> None:
    reply = await call(refusing(BUSY), http_scope())
    assert reply.headers["retry-after"] == "2"
    assert reply.document["retry_after"] == 1.2


async def test_head_has_the_headers_without_the_body() -> None:
    reply = await call(refusing(BUSY), http_scope(method="HEAD"))
    assert int(reply.headers["content-length"]) > 0
    assert reply.body == b""


async def test_websocket_is_refused_by_a_response() -> None:
    reply = await call(refusing(BUSY), websocket_scope())
    assert [message["type"] for message in reply.messages] == [
        "websocket.http.response.start",
        "websocket.http.response.body",
    ]
    assert reply.document["code"] == "server_busy"


@pytest.mark.parametrize(("status", "code"), [(403, 1008), (429, 1013), (503, 1013), (500, 1011)])
async def test_websocket_is_closed_where_responses_are_not_known(status: int, code: int) -> None:
    long = Problem(status, "some_code", "é" * 200)
    reply = await call(refusing(long), websocket_scope(extensions={}))
    assert reply.messages[0]["type"] == "websocket.close"
    assert reply.messages[0]["code"] == code
    assert len(reply.messages[0]["reason"].encode()) <= CLOSE_REASON_BYTES


async def test_a_lone_surrogate_does_not_break_the_answer() -> None:
    reply = await call(refusing(Problem(400, "invalid_request", "bad \ud800")), http_scope())
    assert reply.document["detail"] == "bad ?"


async def test_extra_headers_are_sent() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send_problem(scope, send, Problem(405, "method_not_allowed", "No."), headers=[(b"allow", b"GET")])

    assert (await call(app, http_scope())).headers["allow"] == "GET"


def test_can_be_raised_through_context_managers() -> None:
    @contextmanager
    def passing() -> Iterator[None]:
        yield

    with pytest.raises(Problem, match="503 server_busy"), passing():
        raise BUSY


def test_document_without_retry_after_does_not_name_it() -> None:
    assert "retry_after" not in problem_document(Problem(404, "not_found", "Nothing here."), "x")
