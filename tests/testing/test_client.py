"""One client over everything: what all of it shares, and that it leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from quart import Quart, Response, request, websocket

from hubbub.composite.app import CompositeApp
from hubbub.composite.types import Receive, Scope, Send
from hubbub.testing.client import AsgiClient, open_client
from hubbub.testing.event_stream import NoEventStream
from tests.testing.sockets_app import Sockets


def rest() -> Quart:
    app = Quart(__name__)

    @app.get("/sign-in")
    async def sign_in() -> Response:
        response = Response("welcome")
        response.set_cookie("session", "ada")
        return response

    @app.websocket("/ws")
    async def who() -> None:
        await websocket.send(f"{websocket.cookies['session']} by {websocket.headers['x-device']}")

    @app.get("/events")
    async def events() -> Response:
        first = int(request.headers.get("last-event-id", -1)) + 1

        async def ticks() -> AsyncIterator[str]:
            for number in range(first, 3):
                yield f"id: {number}\nevent: tick\ndata: {number}\n\n"

        return Response(ticks(), content_type=request.headers["accept"])

    return app


async def test_cookies_and_headers_go_with_everything() -> None:
    async with open_client(rest(), headers={"x-device": "phone"}) as client:
        await client.get("/sign-in")
        socket = await client.websocket("/ws")
        assert await socket.receive() == "ada by phone"


async def test_event_streams_resume() -> None:
    async with open_client(rest()) as client:
        async with client.events("/events") as stream:
            assert [event.data async for event in stream] == [0, 1, 2]
        async with client.events("/events", last_event_id="1") as stream:
            assert (await stream.event("tick")).data == 2
        with pytest.raises(NoEventStream, match="404"):
            async with client.events("/nothing"):
                pytest.fail("it is no stream")


async def test_scopes_say_who_and_how() -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)
        await receive()
        await send({"type": "websocket.accept"})

    async with AsgiClient(app, base_url="https://example.org/api", address=("192.0.2.9", 9), state={"a": 1}) as client:
        await client.websocket("/ws?b=c", subprotocols=["chat"])
    async with AsgiClient(app, http_version="2") as client:
        await client.websocket("/ws")
    first, second = seen
    assert (first["path"], first["query_string"], first["scheme"]) == ("/api/ws", b"b=c", "wss")
    assert (first["client"], first["state"], first["subprotocols"]) == (("192.0.2.9", 9), {"a": 1}, ["chat"])
    assert (b"upgrade", b"websocket") in first["headers"]
    assert (second["http_version"], [name for name, _ in second["headers"] if name == b"upgrade"]) == ("2", [])


async def test_a_websocket_over_http_2_reaches_socketio_through_the_composite(sockets: Sockets) -> None:
    async with open_client(sockets.app, http_version="2", base_url="https://example.org/below") as client:
        socket = await client.socketio()
        assert await socket.call("echo", 1) == 1


async def test_closing_ends_all_that_is_open_in_whatever_state(sockets: Sockets) -> None:
    async with open_client(CompositeApp(sockets.server, rest())) as client:
        for _ in range(2):
            await client.socketio()
            await client.socketio(transport="polling")
        client.faults.lines[0].half_open()
        client.faults.lines[-1].stall()
    assert sockets.server.eio.sockets == {}
    assert asyncio.all_tasks() == {asyncio.current_task()}
