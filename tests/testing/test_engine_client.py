"""Engine.IO as the official client speaks it, with the server's heartbeat on the test's clock."""

from __future__ import annotations

import asyncio
import contextlib

import engineio
import pytest

from hubbub.composite.sockets.engineio_fence import EngineServer
from hubbub.testing.client import AsgiClient, open_client
from hubbub.testing.clock import ManualClock
from hubbub.testing.engine_client import EngineClosed, EngineRefused, Transport
from hubbub.testing.websocket_client import WebSocketRefused
from tests.testing.sockets_app import LIMITS, Sockets

TRANSPORTS: list[Transport] = ["polling", "websocket"]
SIO = "/socket.io/"


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_messages_of_both_kinds_pass_both_ways(transport: Transport) -> None:
    server = EngineServer(cors_allowed_origins=[])

    async def echo(sid: str, data: str | bytes) -> None:
        await server.send(sid, data)

    server.on("message", echo)
    async with open_client(engineio.ASGIApp(server)) as client:
        session = await client.engineio(transport=transport)
        await session.send("text", b"bytes", "ü\n")
        assert [await session.message() for _ in range(3)] == ["text", b"bytes", "ü\n"]
        with pytest.raises(TimeoutError, match=session.sid):
            await session.message(timeout=0.01)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_pings_are_answered_until_the_test_says_otherwise(
    sockets_client: AsgiClient, manual_clock: ManualClock, sockets: Sockets, transport: Transport
) -> None:
    socket = await sockets_client.socketio(transport=transport)
    session = socket.session.engine
    for _ in range(5):
        manual_clock.advance(LIMITS.ping_interval_seconds)
        await session.pinged()
    assert not session.over.is_set()
    session.answers_pings = False
    manual_clock.advance(LIMITS.ping_interval_seconds)
    await session.pinged()
    manual_clock.advance(LIMITS.ping_timeout_seconds)
    await session.wait_over()
    assert await sockets.why_left() == "ping timeout"


async def test_an_upgrade_keeps_the_session_and_loses_nothing(sockets_client: AsgiClient, sockets: Sockets) -> None:
    socket = await sockets_client.socketio(transport="polling")
    assert (await socket.event("welcome")).data == "polling"
    upgrading = asyncio.create_task(socket.session.upgrade())
    await socket.emit("say", "under way")
    await upgrading
    await socket.emit("say", "behind it")
    assert [(await socket.event("said")).data for _ in range(2)] == ["under way", "behind it"]
    assert (socket.session.engine.transport, sockets.connection.transport) == ("websocket", "websocket")
    await socket.disconnect()
    assert await sockets.why_left() == "client disconnect"


async def test_no_second_upgrade(sockets_client: AsgiClient) -> None:
    socket = await sockets_client.socketio()
    with pytest.raises(Exception, match="closed with"):
        await socket.session.upgrade()
    assert await socket.call("echo", 1) == 1


async def test_a_lost_poll_ends_it_as_it_does_for_the_official_client(
    sockets_client: AsgiClient, manual_clock: ManualClock, sockets: Sockets
) -> None:
    socket = await sockets_client.socketio(transport="polling")
    await cut_the_poll(sockets_client)
    assert "a poll was lost" in await socket.session.engine.wait_over()
    with pytest.raises(EngineClosed, match="a poll was lost"):
        await socket.session.engine.send("late")
    manual_clock.advance(LIMITS.repoll_seconds)
    assert await sockets.why_left() == "transport close"


async def test_a_client_that_tries_again_goes_on(sockets_client: AsgiClient, sockets: Sockets) -> None:
    socket = await sockets_client.socketio(transport="polling")
    socket.session.engine.lost_polls = 1
    await cut_the_poll(sockets_client)
    await socket.emit("say", "still here")
    assert (await socket.event("said")).data == "still here"


async def test_refusals_come_with_the_answer(sockets_client: AsgiClient) -> None:
    with pytest.raises(EngineRefused, match="400") as refused:
        await sockets_client.engineio(transport="polling", path=SIO, query={"EIO": "3"})
    assert refused.value.response is not None
    assert refused.value.response.json()["code"] == 5
    with pytest.raises(WebSocketRefused, match="400"):
        await sockets_client.engineio(transport="websocket", path=SIO, query={"EIO": "3"})
    sockets_client.faults.cut("to_server")
    with pytest.raises(EngineRefused, match="without an answer"):
        await sockets_client.engineio(transport="polling", path=SIO)


async def cut_the_poll(client: AsgiClient) -> None:
    poll = await client.faults.on(method="GET").line()
    await poll.awaited()
    poll.cut()
    await poll.finished()


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_what_no_client_may_send_ends_the_session(sockets_client: AsgiClient, transport: Transport) -> None:
    session = await sockets_client.engineio(transport=transport, path=SIO)
    with contextlib.suppress(EngineClosed):  # by polling the answer says so at once
        await session.send_packets("nonsense")
    await session.wait_over()
    with pytest.raises(EngineClosed):
        await session.message()


async def test_the_end_by_the_server_is_told(sockets_client: AsgiClient, sockets: Sockets) -> None:
    session = await sockets_client.engineio(transport="polling", path=SIO)
    await sockets.server.eio.disconnect(session.sid)
    assert await session.wait_over() == "closed by the server"
