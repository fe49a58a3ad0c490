"""One call in memory: its order, its bounds, and how it ends whatever the application does."""

from __future__ import annotations

import asyncio

import pytest

from hubbub.composite.types import Receive, Scope, Send
from hubbub.testing.exchange import Exchange, StillRunning, size_of
from hubbub.testing.scopes import http_scope, websocket_scope

DISCONNECT = {"type": "http.disconnect"}


async def test_messages_pass_in_order_both_ways() -> None:
    async def echo(scope: Scope, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] != "websocket.disconnect":
            await send({**message, "type": "websocket.send"})

    exchange = Exchange(echo, websocket_scope("/echo"))
    for number in range(3):
        exchange.tell({"type": "websocket.receive", "text": str(number)})
    heard = [await exchange.hear() for _ in range(3)]
    assert [message["text"] for message in heard if message] == ["0", "1", "2"]
    await exchange.end({"type": "websocket.disconnect", "code": 1000})
    assert exchange.over
    assert await exchange.hear() is None
    assert str(exchange) == "WebSocket /echo"


async def test_asked_waits_until_everything_was_taken() -> None:
    taken: list[int] = []

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(3):
            taken.append((await receive())["number"])
            await asyncio.sleep(0)

    exchange = Exchange(slow, http_scope())
    for number in range(2):
        exchange.tell({"type": "http.request", "number": number})
    await exchange.asked()
    assert taken == [0, 1]
    exchange.tell({"type": "http.request", "number": 2})
    await exchange.asked()
    assert exchange.over


async def test_a_failure_is_told_once() -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        raise LookupError

    exchange = Exchange(fails, http_scope())
    with pytest.raises(LookupError):
        await exchange.hear()
    assert await exchange.hear() is None
    await exchange.end(DISCONNECT)
    unheard = Exchange(fails, http_scope())
    with pytest.raises(LookupError):
        await unheard.end(DISCONNECT)


async def test_who_goes_on_without_a_client_is_cancelled_and_named() -> None:
    cancelled = asyncio.Event()

    async def stubborn(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    exchange = Exchange(stubborn, http_scope("/stubborn"))
    await asyncio.sleep(0)
    with pytest.raises(StillRunning, match="GET /stubborn"):
        await exchange.end(DISCONNECT, timeout=0.01)
    assert cancelled.is_set()


def test_sizes_are_of_what_is_carried() -> None:
    assert size_of({"type": "websocket.send", "text": "ü"}) == 2
    assert size_of({"type": "websocket.send", "bytes": b"abc", "text": None}) == 3
    assert size_of({"type": "http.response.body", "body": b"abcd"}) == 4
    assert size_of({"type": "websocket.close", "code": 1000}) == 0
