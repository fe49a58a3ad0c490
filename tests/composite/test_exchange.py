"""One request or websocket, and the ways it can be ended from outside."""

from __future__ import annotations

import asyncio

import pytest

from hubbub.composite.exchange import CLOSE_SERVICE_RESTART, Exchange
from hubbub.composite.problem import Problem
from hubbub.composite.types import Message, Scope
from tests.support.asgi_calls import Call, body_events, http_scope, websocket_scope

BUSY = Problem(503, "server_busy", "Later.")


def exchange(scope: Scope, made: Call) -> Exchange:
    return Exchange(scope, made.receive, made.send, lambda: False)


async def test_messages_pass_through() -> None:
    made = Call(body_events(b"x"))
    one = exchange(http_scope(), made)
    assert (await one.receive())["body"] == b"x"
    await one.send({"type": "http.response.start", "status": 200, "headers": []})
    assert (one.started, made.status) == (True, 200)


@pytest.mark.parametrize("scope", [http_scope(), websocket_scope()])
async def test_an_interrupted_one_hears_that_the_client_is_gone(scope: Scope) -> None:
    one = exchange(scope, Call([]))
    waiting = asyncio.create_task(_receive(one))
    await asyncio.sleep(0)
    one.interrupt()
    expected = f"{scope['type']}.disconnect"
    assert (await waiting)["type"] == expected
    assert waiting.cancelling() == 0
    assert (await one.receive())["type"] == expected


async def test_a_handler_that_never_waits_lets_others_run_when_its_client_is_gone() -> None:
    class Stream:
        closed = True

        async def app_send(self, _message: Message) -> None:
            return

    made = Call([])
    one = Exchange(http_scope(), made.receive, Stream().app_send, lambda: False)
    stopped = asyncio.Event()
    asyncio.get_running_loop().call_soon(stopped.set)
    while not stopped.is_set():
        await one.send({"type": "http.response.body", "body": b"x", "more_body": True})


async def test_a_cancellation_from_elsewhere_stays_one() -> None:
    one = exchange(http_scope(), Call([]))
    waiting = asyncio.create_task(_receive(one))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_refusal_comes_before_the_answer_or_not_at_all() -> None:
    early, late = Call([]), Call([])
    first = exchange(http_scope(), early)
    await first.refuse(BUSY)
    await first.send({"type": "http.response.start", "status": 200, "headers": []})
    assert early.status == 503
    second = exchange(http_scope(), late)
    await second.send({"type": "http.response.start", "status": 200, "headers": []})
    await second.refuse(BUSY)
    assert late.status == 200


async def test_a_closed_websocket_takes_nothing_more() -> None:
    made = Call([])
    one = exchange(websocket_scope(), made)
    await one.send({"type": "websocket.accept"})
    await one.close(CLOSE_SERVICE_RESTART, "server_restarting")
    await one.close(1000, "twice")
    await one.send({"type": "websocket.send", "text": "late"})
    assert made.messages[1:] == [{"type": "websocket.close", "code": 1012, "reason": "server_restarting"}]


async def _receive(one: Exchange) -> Message:
    return await one.receive()
