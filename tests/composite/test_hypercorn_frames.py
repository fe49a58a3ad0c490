"""The frames that ASGI does not show: pongs reach whoever asked, and what breaks the protocol reaches the application.

What a client sees of it is tested with the native WebSocket, on a real Hypercorn.
"""

from __future__ import annotations

import asyncio
from types import MethodType, SimpleNamespace
from typing import Any

import pytest
from hypercorn.protocol.ws_stream import Handshake, WSStream
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import CloseConnection, Ping, Pong, TextMessage

from hubbub.composite.hypercorn_frames import (
    CLOSE_INVALID_DATA,
    CLOSE_PROTOCOL_ERROR,
    HiddenFrames,
    show_hidden_frames,
)
from hubbub.composite.types import Message

HEADERS = [(b"sec-websocket-version", b"13"), (b"sec-websocket-key", b"AAAAAAAAAAAAAAAAAAAAAA==")]


def _bare_stream() -> Any:
    return object.__new__(WSStream)


class Watched:
    """A stream that was accepted, as far as frames go, and a client's end of it."""

    def __init__(self) -> None:
        self.told: list[Message] = []
        self.pongs: list[None] = []
        self.sent: list[object] = []
        self.stream = _bare_stream()
        self.stream.handshake = Handshake(HEADERS, "1.1")
        self.stream.buffer = SimpleNamespace(closes=True)
        self.stream.app_put = self._put
        self.stream._send_wsproto_event = self._send
        send = MethodType(WSStream.app_send, self.stream)
        frames = show_hidden_frames(send, lambda: self.pongs.append(None))
        assert isinstance(frames, HiddenFrames)
        self.frames = frames
        self.status, _, self.connection = self.stream.handshake.accept(None, [])
        self.client = Connection(ConnectionType.CLIENT)

    def hear(self, data: bytes) -> list[object]:
        """What Hypercorn gets to see of these bytes."""
        self.connection.receive_data(data)
        return list(self.connection.events())

    async def _put(self, message: Message) -> None:
        self.told.append(message)

    async def _send(self, event: object) -> None:
        self.sent.append(event)


async def test_a_send_that_is_not_hypercorns_has_none() -> None:
    async def send(message: Message) -> None:
        raise AssertionError(message)

    assert show_hidden_frames(send, lambda: None) is None


async def test_messages_pass_and_pongs_are_told() -> None:
    watched = Watched()
    assert watched.status == 101
    assert watched.stream.buffer.closes is False
    (message,) = watched.hear(watched.client.send(TextMessage("hello")))
    assert isinstance(message, TextMessage)
    assert watched.hear(watched.client.send(Pong())) == []
    assert len(watched.pongs) == 1
    (ping,) = watched.hear(watched.client.send(Ping()))
    assert isinstance(ping, Ping)


async def test_a_ping_is_sent() -> None:
    watched = Watched()
    await watched.frames.ping()
    assert isinstance(watched.sent[0], Ping)


async def test_a_close_is_hypercorns_to_answer() -> None:
    watched = Watched()
    (close,) = watched.hear(watched.client.send(CloseConnection(1000)))
    assert isinstance(close, CloseConnection)
    assert watched.connection.state is ConnectionState.REMOTE_CLOSING
    assert watched.told == []


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x81\x84\0\0\0\0ab\xff\xff", CLOSE_INVALID_DATA),
        (b"\xf1\x80\0\0\0\0", CLOSE_PROTOCOL_ERROR),
        (b"\x81\x02hi", CLOSE_PROTOCOL_ERROR),
    ],
)
async def test_what_breaks_the_protocol_is_told_once_and_nothing_more_is_heard(data: bytes, code: int) -> None:
    watched = Watched()
    assert watched.hear(data) == []
    assert watched.hear(watched.client.send(TextMessage("hello"))) == []
    assert watched.hear(data) == []
    await asyncio.sleep(0)
    assert watched.told == [{"type": "websocket.disconnect", "code": code}]
    # The server can still say why.
    assert watched.connection.send(TextMessage("because"))
    assert watched.connection.send(CloseConnection(code))
