"""Socket.IO as the official client speaks it: namespaces, acknowledgements both ways, binary, refusals, the end."""

from __future__ import annotations

import pytest

from hubbub.testing.client import AsgiClient
from hubbub.testing.engine_client import Transport
from hubbub.testing.socketio_client import SocketIOClosed, SocketIORefused
from tests.testing.sockets_app import Sockets

TRANSPORTS: list[Transport] = ["polling", "websocket"]


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_events_and_acknowledgements(sockets_client: AsgiClient, transport: Transport) -> None:
    socket = await sockets_client.socketio(transport=transport)
    assert (await socket.event("welcome")).data == transport
    assert await socket.call("echo", {"a": [1, "ü"]}) == {"a": [1, "ü"]}
    assert await socket.call("several") == [1, 2]
    assert await socket.call("nothing") is None
    await socket.emit("say", "hello")
    await socket.emit("say", "again")
    assert (await socket.event("said", lambda event: event.data == "again")).data == "again"
    assert (await socket.event("said")).data == "hello"
    assert [event.name for event in socket.heard] == ["welcome", "said", "said"]


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_binary_passes_both_ways(sockets_client: AsgiClient, transport: Transport) -> None:
    socket = await sockets_client.socketio(transport=transport)
    payload = {"picture": b"\x00\x01", "parts": [b"a", "text", b"b"]}
    assert await socket.call("echo", payload) == payload


async def test_namespaces_share_a_session(sockets_client: AsgiClient, sockets: Sockets) -> None:
    socket = await sockets_client.socketio()
    other = await socket.session.join("/library")
    assert other.sid != socket.sid
    await other.emit("ask", "how are you?")
    question = await other.event("question")
    assert question.data == "how are you?"
    await other.acknowledge(question, "fine", 2)
    assert (await other.event("answered")).data == ["how are you?", "fine", 2]
    await other.disconnect()
    with pytest.raises(SocketIOClosed, match="left by the test"):
        await other.emit("ask", 1)
    assert await socket.call("echo", 1) == 1
    with pytest.raises(ValueError, match="no acknowledgement of 'welcome'"):
        await socket.acknowledge(socket.heard[0])
    await socket.disconnect()
    assert await sockets.why_left() == "client disconnect"


async def test_a_refusal_has_what_the_server_added(sockets_client: AsgiClient) -> None:
    with pytest.raises(SocketIORefused, match="Wrong token") as refused:
        await sockets_client.socketio(auth={"token": "wrong"})
    assert refused.value.data == {"code": "unauthenticated", "detail": "Wrong token."}
    with pytest.raises(SocketIORefused, match="Invalid namespace"):
        await sockets_client.socketio("/nowhere")


async def test_the_end_is_told_to_whoever_waits(sockets_client: AsgiClient) -> None:
    socket = await sockets_client.socketio()
    await socket.emit("leave")
    assert await socket.wait_closed() == "disconnected by the server"
    with pytest.raises(SocketIOClosed, match=r"no event 'said' came: .*heard \['welcome'\]"):
        await socket.event("said")
    with pytest.raises(SocketIOClosed):
        await socket.call("echo", 1)


async def test_a_cut_ends_a_call_under_way(sockets_client: AsgiClient) -> None:
    socket = await sockets_client.socketio()
    sockets_client.faults.cut("to_client")
    with pytest.raises(SocketIOClosed, match="1006"):
        await socket.call("echo", 1)


async def test_a_wait_in_vain_says_what_came(sockets_client: AsgiClient) -> None:
    socket = await sockets_client.socketio()
    with pytest.raises(TimeoutError, match=r"event 'said'; heard \['welcome'\]"):
        await socket.event("said", timeout=0.01)
    sockets_client.faults.drop("to_client")
    with pytest.raises(TimeoutError, match="acknowledgement of 'echo'"):
        await socket.call("echo", 1, timeout=0.01)


async def test_an_event_with_several_arguments_has_no_one(sockets_client: AsgiClient, sockets: Sockets) -> None:
    socket = await sockets_client.socketio("/library")
    await sockets.server.emit("pair", (1, 2), namespace="/library")
    pair = await socket.event("pair")
    assert pair.args == [1, 2]
    with pytest.raises(ValueError, match="unpack"):
        _ = pair.data
