"""A WebSocket in memory: frames both ways, and every way in which it is refused or ends."""

from __future__ import annotations

import pytest

from hubbub.composite.types import Receive, Scope, Send
from hubbub.testing.exchange import HIGH_WATER
from hubbub.testing.scopes import websocket_scope
from hubbub.testing.websocket_client import WebSocketClient, WebSocketClosed, WebSocketRefused

ACCEPT = {"type": "websocket.accept", "subprotocol": "chat", "headers": [(b"x-room", b"7")]}


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    assert (await receive())["type"] == "websocket.connect"
    await send(ACCEPT)
    while (message := await receive())["type"] == "websocket.receive":
        if message.get("text") == "leave":
            await send({"type": "websocket.close", "code": 4000, "reason": "as asked"})
            return
        if message.get("text") == "vanish":
            return
        await send({**message, "type": "websocket.send"})
    scope["state"]["closed with"] = message["code"]


async def open_echo() -> WebSocketClient:
    return await WebSocketClient.connect(echo, websocket_scope("/echo"))


async def test_frames_pass_both_ways() -> None:
    scope = websocket_scope("/echo")
    socket = await WebSocketClient.connect(echo, scope)
    assert (socket.subprotocol, socket.headers["x-room"]) == ("chat", "7")
    await socket.send("text")
    await socket.send(b"bytes")
    await socket.send_json({"a": 1})
    assert [await socket.receive(), await socket.receive()] == ["text", b"bytes"]
    assert await socket.receive_json() == {"a": 1}
    with pytest.raises(TimeoutError, match="a frame of WebSocket /echo"):
        await socket.receive(timeout=0.01)
    await socket.close(4001)
    assert scope["state"] == {"closed with": 4001}
    with pytest.raises(WebSocketClosed, match="4001"):
        await socket.send("late")


@pytest.mark.parametrize(("last", "code"), [("leave", 4000), ("vanish", 1006)])
async def test_the_end_says_how_it_was(last: str, code: int) -> None:
    socket = await open_echo()
    await socket.send("first")
    await socket.send(last)
    assert (await socket.wait_closed()).code == code
    with pytest.raises(WebSocketClosed, match=str(code)):
        await socket.receive(timeout=None)
    with pytest.raises(WebSocketClosed):
        await socket.send("late")
    assert (await socket.wait_closed()).code == code
    await socket.close()


async def test_a_refusal_has_the_answer() -> None:
    async def refuses(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/answers":
            await send({"type": "websocket.http.response.start", "status": 401, "headers": [(b"x-why", b"token")]})
            await send({"type": "websocket.http.response.body", "body": b"who ", "more_body": True})
            await send({"type": "websocket.http.response.body", "body": b"are you?"})
        elif scope["path"] == "/closes":
            await send({"type": "websocket.close"})
        elif scope["path"] == "/raises":
            raise LookupError

    for path, status, text in (("/answers", 401, "who are you?"), ("/closes", 403, ""), ("/returns", 403, "")):
        with pytest.raises(WebSocketRefused, match=str(status)) as refused:
            await WebSocketClient.connect(refuses, websocket_scope(path))
        assert (refused.value.response.status_code, refused.value.response.text) == (status, text)
    with pytest.raises(LookupError):
        await WebSocketClient.connect(refuses, websocket_scope("/raises"))


async def test_who_does_not_shake_hands_is_not_waited_for() -> None:
    async def mute(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "websocket.disconnect":
            pass

    with pytest.raises(TimeoutError, match="the handshake of WebSocket /mute"):
        await WebSocketClient.connect(mute, websocket_scope("/mute"), timeout=0.01)


async def test_what_is_not_received_holds_up_the_sender() -> None:
    socket = await open_echo()
    large = "x" * HIGH_WATER
    for _ in range(5):
        await socket.send(large)
    await socket.send("leave")
    assert [await socket.receive() for _ in range(5)] == [large] * 5
    assert (await socket.wait_closed()).code == 4000
