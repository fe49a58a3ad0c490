"""What the balancer says itself."""

from __future__ import annotations

import asyncio

import pytest

from hubbub.composite.balancer.answers import answer_problem, answer_session_unknown, busy, failed
from hubbub.composite.balancer.failures import Broken, TimedOut, Unreached, UpstreamError
from hubbub.composite.balancer.replay import Replay
from hubbub.composite.types import Scope
from tests.support.asgi_calls import Call, body_events, http_scope, websocket_scope
from tests.support.deadline import DEADLINE


@pytest.mark.parametrize(
    ("error", "status"), [(Unreached("x"), 503), (Broken("x"), 502), (TimedOut("x"), 504)], ids=["503", "502", "504"]
)
def test_each_failure_has_its_status(error: UpstreamError, status: int) -> None:
    assert failed(error, 3.0).status == status


@pytest.mark.parametrize(("wait", "said"), [(0.0, 1.0), (7.5, 7.5)])
def test_when_to_come_back(wait: float, said: float) -> None:
    assert (busy(wait).code, busy(wait).retry_after) == ("server_busy", said)


@pytest.mark.parametrize("read", [0, 1, 3], ids=["nothing", "a part", "all"])
async def test_what_the_client_still_sends_is_read_first_and_no_more(read: int) -> None:
    client = Call(body_events(b"one", b"two"))
    replay = Replay(client.receive, 1_000)
    for _ in range(read):
        await replay.receive()
    async with asyncio.timeout(DEADLINE):
        await answer_problem(http_scope("/", "POST"), replay, client.send, busy(1.0))
    assert client.status == 503
    assert list(client._events) == []


@pytest.mark.parametrize(
    ("scope", "kinds"),
    [
        (http_scope("/socket.io/"), ["http.response.start", "http.response.body"]),
        (websocket_scope("/socket.io/"), ["websocket.http.response.start", "websocket.http.response.body"]),
        (websocket_scope("/socket.io/", extensions={}), ["websocket.close"]),
    ],
    ids=["poll", "websocket", "websocket of a server without refusals"],
)
async def test_a_session_that_is_gone(scope: Scope, kinds: list[str]) -> None:
    client = Call(body_events() if scope["type"] == "http" else [{"type": "websocket.connect"}])
    await answer_session_unknown(scope, Replay(client.receive, 1_000), client.send)
    assert [message["type"] for message in client.messages] == kinds
    if len(kinds) > 1:
        assert (client.status, client.document) == (400, {"code": 1, "message": "Session ID unknown"})
