from __future__ import annotations

import pytest
from h2.errors import ErrorCodes
from hyperframe.frame import PingFrame

from tests.support.deadline import eventually
from tests.support.http2 import Http2Connection, WebSocketRefused
from tests.support.server import ServerProcess

# Larger than the window a connection begins with (64 KiB), so that flow control has to work both ways.
LARGE = b"x" * 300_000


async def test_requests_share_a_connection(tiny: ServerProcess) -> None:
    async with await Http2Connection.connect(tiny) as connection:
        first = await connection.open_stream("GET", "/http-version")
        second = await connection.open_stream("GET", "/no-such-page")
        assert (await connection.response(second)).status == 404
        answer = await connection.response(first)
        assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
        assert b'"http_version":"2"' in answer.body


async def test_large_bodies_go_both_ways(tiny: ServerProcess) -> None:
    async with await Http2Connection.connect(tiny) as connection:
        answer = await connection.request("POST", "/echo", body=LARGE)
        assert answer.body == LARGE


async def test_a_websocket_lives_on_a_stream(tiny: ServerProcess) -> None:
    async with await Http2Connection.connect(tiny) as connection:
        assert connection.takes_websockets
        socket = await connection.open_websocket("/ws")
        other = await connection.open_websocket("/ws")
        for message in ("hello", b"\x00\xff", "é" * 100_000):
            await socket.send(message)
            assert await socket.receive() == message
        await socket.close()
        assert socket.close_code == 1000
        await other.send("still here")
        assert await other.receive() == "still here"


async def test_a_websocket_can_be_refused(tiny: ServerProcess) -> None:
    async with await Http2Connection.connect(tiny) as connection:
        with pytest.raises(WebSocketRefused):
            await connection.open_websocket("/no-such-socket")


async def test_a_fault_is_answered_with_goaway(tiny: ServerProcess) -> None:
    ping_of_one_byte = bytes([0, 0, 1, PingFrame.type, 0, 0, 0, 0, 0, 0])
    async with await Http2Connection.connect(tiny) as connection:
        await connection.send_raw(ping_of_one_byte)
        await eventually(lambda: connection.terminated is not None, "GOAWAY")
    assert connection.terminated is not None
    assert connection.terminated.error_code == ErrorCodes.FRAME_SIZE_ERROR
