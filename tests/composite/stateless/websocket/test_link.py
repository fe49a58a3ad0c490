"""The order of what an application sends, and what it is told when that is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from tests.composite.stateless.websocket.serving import client, serving
from tests.support.deadline import eventually

ACCEPT = {"type": "websocket.accept"}
SEND = {"type": "websocket.send", "text": "hello"}


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        ([SEND], "websocket.send cannot be sent now"),
        ([ACCEPT, ACCEPT], "websocket.accept cannot be sent now"),
        ([ACCEPT, {"type": "http.response.start"}], "http.response.start cannot be sent now"),
        ([{"type": "websocket.close"}, SEND], "websocket.send cannot be sent now"),
        ([ACCEPT | {"subprotocol": "a"}], "the client does not offer the subprotocol a"),
        ([ACCEPT, {"type": "websocket.send"}], "takes text or bytes"),
        ([ACCEPT, SEND | {"bytes": b"hello"}], "takes text or bytes"),
    ],
)
async def test_what_comes_at_a_wrong_time_is_refused(messages: list[dict[str, Any]], told: str) -> None:
    mistakes: list[str] = []

    async def mistaken(scope: Any, receive: Any, send: Any) -> None:
        for message in messages[:-1]:
            await send(message)
        try:
            await send(messages[-1])
        except RuntimeError as error:
            mistakes.append(str(error))

    async with serving(mistaken) as server:
        connecting = client(server)
        try:
            connection = await connecting
        except InvalidStatus:
            connection = None
        await eventually(lambda: len(mistakes) == 1, "the mistake")
        assert told in mistakes[0]
        if connection is not None:
            await connection.close()


async def test_what_is_sent_at_once_comes_behind_the_handshake() -> None:
    async def eager(scope: Any, receive: Any, send: Any) -> None:
        for message in (ACCEPT, SEND, SEND | {"text": None, "bytes": b"there"}, {"type": "websocket.close"}):
            await send(message)

    async with serving(eager) as server, client(server) as connection:
        assert [message async for message in connection] == ["hello", b"there"]
