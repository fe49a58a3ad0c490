"""Clients over a real Hypercorn that take nothing of what they are sent: gone in time, at nobody else's cost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hubbub.composite.socket_server import SocketLimits
from hubbub.composite.sockets.heartbeat import loop_later
from tests.support.deadline import DEADLINE, eventually
from tests.support.http2 import Http2Connection, StreamReset
from tests.support.hypercorn_here import hypercorn_here
from tests.support.server import Address
from tests.support.socket_application import SocketApplication

KIB = 1024
HASTY = SocketLimits(ping_interval_seconds=0.5, ping_timeout_seconds=0.5, send_seconds=0.5, farewell_seconds=0.2)
LARGE = json.dumps("x" * 8 * KIB)
MORE_THAN_A_WINDOW = 100  # of `LARGE`: what HTTP/2 lets go at first, and what Hypercorn keeps besides


@pytest.fixture
def world() -> SocketApplication:
    return SocketApplication(HASTY, later=loop_later)


@pytest.fixture
async def address(world: SocketApplication, tmp_path: Path) -> AsyncIterator[Address]:
    async with hypercorn_here(world.app, tmp_path) as address:
        yield address


async def test_a_websocket_over_http_2_loses_its_stream_and_no_other(
    world: SocketApplication, address: Address
) -> None:
    async with await Http2Connection.connect(address) as connection:
        socket = await connection.open_websocket("/socket.io/?EIO=4&transport=websocket")
        await socket.send("40")
        await eventually(lambda: len(world.joined) == 1, "the client to join")
        await connection.hold(socket.stream_id)
        for _ in range(MORE_THAN_A_WINDOW):
            world.connection.emit("said", LARGE)
        with pytest.raises(StreamReset):
            await connection.response(socket.stream_id)
        assert (await connection.request("GET", "/socket.io/?EIO=4&transport=polling")).status == 200
        assert world.left == ["ping timeout"]


async def test_a_poll_over_http_2_loses_its_stream_and_no_other(world: SocketApplication, address: Address) -> None:
    async with await Http2Connection.connect(address) as connection:
        handshake = await connection.request("GET", "/socket.io/?EIO=4&transport=polling")
        path = f"/socket.io/?EIO=4&transport=polling&sid={json.loads(handshake.body[1:])['sid']}"
        await connection.request("POST", path, body=b"40")
        assert (await connection.request("GET", path)).body.startswith(b"40")
        for _ in range(MORE_THAN_A_WINDOW // 10):
            world.connection.emit("said", json.dumps("x" * 100 * KIB))
        stream_id = await connection.open_stream("GET", path)
        await connection.hold(stream_id)
        with pytest.raises(StreamReset):
            await connection.response(stream_id)
        assert (await connection.request("GET", "/socket.io/?EIO=4&transport=polling")).status == 200
        await asyncio.wait_for(world.gone.wait(), DEADLINE)
        assert world.left == ["transport error"]
