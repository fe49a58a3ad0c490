"""How much may be open at once."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from hubbub.composite.connections import ConnectionBounds, ConnectionsMiddleware, Gate
from hubbub.composite.types import Receive, Scope, Send
from tests.support.asgi_calls import Call, Recorder, call, http_scope, websocket_scope

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BOUNDS = ConnectionBounds(requests=3, websockets=3, requests_per_address=2, websockets_per_address=2)


class Held:
    """An application whose calls last until they are told to end."""

    def __init__(self, bounds: ConnectionBounds) -> None:
        self.door = ConnectionsMiddleware(self._app, bounds=bounds)
        self._entered = asyncio.Semaphore(0)
        self._leave = asyncio.Event()

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._entered.release()
        await self._leave.wait()

    @asynccontextmanager
    async def open(self, scope: Scope) -> AsyncIterator[Call]:
        made = Call([])
        task = asyncio.create_task(self.door(scope, made.receive, made.send))
        await self._entered.acquire()
        yield made
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("scope_of", [http_scope, websocket_scope], ids=["http", "websocket"])
async def test_one_address_is_bounded_and_the_others_are_not_touched(scope_of) -> None:  # type: ignore[no-untyped-def]
    held = Held(BOUNDS)
    async with held.open(scope_of()), held.open(scope_of()):
        reply = await call(held.door, scope_of())
        assert (reply.status, reply.document["code"]) == (429, "rate_limited")
        assert reply.document["retry_after"] > 0
        async with held.open(scope_of(client=("192.0.2.2", 1))):
            pass
    assert held.door.open_requests == held.door.open_websockets == 0


async def test_all_together_are_bounded() -> None:
    held = Held(BOUNDS)
    async with AsyncExitStack() as stack:
        for number in range(3):
            await stack.enter_async_context(held.open(http_scope(client=(f"192.0.2.{number}", 1))))
        assert held.door.open_requests == 3
        reply = await call(held.door, http_scope(client=("192.0.2.9", 1)))
        assert (reply.status, reply.document["code"]) == (503, "server_busy")
        async with held.open(websocket_scope()):
            assert held.door.open_websockets == 1


async def test_ipv6_counts_by_its_64() -> None:
    held = Held(BOUNDS)
    async with held.open(http_scope(client=("2001:db8::1", 1))), held.open(http_scope(client=("2001:db8::2", 1))):
        assert (await call(held.door, http_scope(client=("2001:db8::3", 1)))).status == 429


async def test_no_bound_by_address() -> None:
    held = Held(ConnectionBounds(requests=3, requests_per_address=None))
    async with held.open(http_scope()), held.open(http_scope()), held.open(http_scope()):
        assert (await call(held.door, http_scope())).status == 503


async def test_an_application_that_fails_has_left() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("broken")

    door = ConnectionsMiddleware(app)
    with pytest.raises(RuntimeError):
        await call(door, http_scope())
    assert door.open_requests == 0


def test_whoever_left_needs_no_memory() -> None:
    gate = Gate("requests", 10, 5)
    for number in range(1000):
        assert gate.enter(str(number)) is None
        gate.leave(str(number))
    assert gate.addresses == gate.total == 0


async def test_lifespan_passes_through() -> None:
    inner = Recorder()
    await call(ConnectionsMiddleware(inner), {"type": "lifespan"}, [])
    assert inner.scope == {"type": "lifespan"}
