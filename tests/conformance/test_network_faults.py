"""What the network may do between a client and us, ordered fault by fault, and the clock with it: nothing is lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from hubbub.application import SOCKET_LIMITS, Bounds
from hubbub.contract.limits import BODY_CHARS
from hubbub.domain.clock import timestamp
from hubbub.live.hub import END_NOTICE
from hubbub.live.presence import LINGER_SECONDS
from hubbub.service.sessions import LIFETIME
from hubbub.testing.chat import ChatServer, Person, open_chat, settings_in
from hubbub.testing.clock import ManualClock
from hubbub.testing.socketio_client import SocketEvent, SocketIOClient, SocketIOClosed
from hubbub.testing.websocket_client import WebSocketClient
from hubbub.transports.websocket.close_codes import UNAUTHENTICATED

PING = SOCKET_LIMITS.ping_interval_seconds
SOCKET_IO = "/socket.io"
LARGE = "🙂" * (BODY_CHARS - 10)


@pytest.fixture
async def ada(hubbub_server: ChatServer) -> Person:
    return await hubbub_server.person("ada")


@pytest.fixture
async def bob(hubbub_server: ChatServer, ada: Person) -> Person:
    return await hubbub_server.person("bob")


@pytest.fixture
async def room(ada: Person, bob: Person) -> str:
    """Ada's room, with Bob in it."""
    room_id = str((await ada.create_room())["id"])
    (await bob.put(f"/rooms/{room_id}/members/me")).raise_for_status()
    return room_id


async def post(person: Person, room: str, body: str, client_id: str | None = None) -> dict[str, Any]:
    message = {"body": body} if client_id is None else {"body": body, "client_id": client_id}
    answer = await person.post(f"/rooms/{room}/messages", json=message)
    answer.raise_for_status()
    posted: dict[str, Any] = answer.json()
    return posted


async def bodies(person: Person, room: str) -> list[str]:
    return [message["body"] for message in (await person.get(f"/rooms/{room}/messages")).json()["messages"]]


def heard(socket: SocketIOClient) -> list[str]:
    return [event.data["data"]["body"] for event in socket.heard if event.name == "message_posted"]


def says(body: str) -> Any:
    def fits(event: SocketEvent) -> bool:
        return bool(event.data["data"]["body"] == body)

    return fits


# --- polls ---


async def test_a_poll_that_drops_loses_nothing(ada: Person, bob: Person, room: str) -> None:
    socket = await bob.connect(transport="polling")
    socket.session.engine.lost_polls = 1
    poll = await bob.faults.on(SOCKET_IO, method="GET").line()
    await poll.awaited()
    poll.cut()
    await poll.finished()
    for body in ("one", "two"):
        await post(ada, room, body)
    await socket.event("message_posted", says("two"))
    assert heard(socket) == ["one", "two"]


async def test_an_answer_to_a_poll_that_is_lost_is_healed_by_the_cursor(ada: Person, bob: Person, room: str) -> None:
    socket = await bob.connect(transport="polling")
    await post(ada, room, "one")
    last = await socket.event("message_posted")
    bob.faults.on(SOCKET_IO, method="GET").cut("to_client")
    await post(ada, room, "two")
    await socket.wait_closed()
    await post(ada, room, "three")
    again = await bob.connect(cursor=last.data["cursor"], transport="polling")
    assert heard(socket) + heard(again) == ["one", "two", "three"]


# --- repeats ---


async def test_a_doubled_post_gives_one_message(ada: Person, bob: Person, room: str) -> None:
    socket = await bob.connect()
    ada.faults.on("/api/v1", method="POST").duplicate("to_server")
    posted = await post(ada, room, "once", client_id="c-1")
    await post(ada, room, "then")
    await socket.event("message_posted", says("then"))
    assert await bodies(bob, room) == heard(socket) == ["once", "then"]
    assert posted["client_id"] == "c-1"


async def test_a_doubled_command_gives_one_message(ada: Person, bob: Person, room: str) -> None:
    writing, reading = await ada.connect(), await bob.connect()
    ada.faults.on(SOCKET_IO).duplicate("to_server")
    message = {"room_id": room, "body": "once", "client_id": "c-1"}
    answer = await writing.call("post_message", message)
    assert (await writing.call("post_message", {**message, "body": "then", "client_id": "c-2"}))["ok"]
    await reading.event("message_posted", says("then"))
    assert heard(reading) == ["once", "then"]
    assert answer["data"]["id"] == reading.heard[-2].data["data"]["id"]


async def test_a_request_whose_answer_was_lost_is_sent_again(ada: Person, bob: Person, room: str) -> None:
    ada.faults.on("/api/v1", method="POST").cut("to_client")
    with pytest.raises(httpx.RemoteProtocolError):
        await post(ada, room, "once", client_id="c-1")
    first = await post(ada, room, "once", client_id="c-1")
    assert await bodies(bob, room) == ["once"]
    assert first["body"] == "once"


async def test_an_acknowledgement_that_is_lost_with_its_connection_is_asked_for_again(
    ada: Person, bob: Person, room: str
) -> None:
    writing = await ada.connect()
    message = {"room_id": room, "body": "once", "client_id": "c-1"}
    ada.faults.on(SOCKET_IO).cut("to_client")
    with pytest.raises(SocketIOClosed):
        await writing.call("post_message", message)
    again = await ada.connect()
    assert (await again.call("post_message", message))["ok"]
    assert await bodies(bob, room) == ["once"]


async def test_a_late_acknowledgement_is_late_for_nobody_else(
    hubbub_server: ChatServer, ada: Person, bob: Person, room: str
) -> None:
    writing, reading = await ada.connect(), await bob.connect()
    late = ada.faults.on(SOCKET_IO).delay("to_client", seconds=3)
    calling = asyncio.create_task(writing.call("post_message", {"room_id": room, "body": "hello", "client_id": "c"}))
    await reading.event("message_posted")
    await late.happened()
    hubbub_server.clock.advance(2.9)
    assert (await reading.call("set_typing", {"room_id": room, "typing": True}))["ok"]
    assert not calling.done()
    hubbub_server.clock.advance(0.1)
    assert (await calling)["ok"]


# --- who does not read, and who is not there ---


async def test_a_stalled_reader_gets_a_resync_and_heals(ada: Person, bob: Person, room: str) -> None:
    slow, quick = await bob.connect(), await ada.connect()
    await post(ada, room, "before")
    before = await slow.event("message_posted")
    (await bob.faults.on(SOCKET_IO, kind="websocket").line()).stall()
    many = SOCKET_LIMITS.outbox_bytes // len(LARGE.encode()) + 10
    for number in range(many):
        await post(ada, room, f"{number} {LARGE}")
    await quick.event("message_posted", says(f"{many - 1} {LARGE}"))
    (await bob.faults.on(SOCKET_IO, kind="websocket").line()).resume()
    resync = await slow.event("resync")
    await post(ada, room, "after")
    await slow.event("message_posted", says("after"))
    missed = await between(slow, before.data["cursor"], resync.data["cursor"])
    behind = [event.data for event in slow.heard[slow.heard.index(resync) :] if event.name == "message_posted"]
    seen = {change["cursor"]: change["data"]["body"] for change in [*missed, *behind]}
    assert list(seen.values()) == heard(quick)[1:]


async def between(socket: SocketIOClient, since: str, until: str) -> list[dict[str, Any]]:
    """The messages that `get_changes` gives behind one cursor, up to and with the other."""
    changes: list[dict[str, Any]] = []
    while since != until:
        page = (await socket.call("get_changes", {"since": since}))["data"]
        for change in page["changes"]:
            changes.append(change)
            if change["cursor"] == until:
                return changes
        since = page["cursor"]
    return changes


async def test_the_half_open_are_gone_by_the_ping_timeout(
    hubbub_server: ChatServer, ada: Person, bob: Person, room: str
) -> None:
    staying, vanishing = await ada.connect(), await bob.connect()
    line = await bob.faults.on(SOCKET_IO, kind="websocket").line()
    line.half_open()
    await post(ada, room, "to nobody")
    await staying.event("message_posted")
    hubbub_server.clock.advance(PING)
    await staying.session.engine.pinged()
    hubbub_server.clock.advance(SOCKET_LIMITS.ping_timeout_seconds - 1)
    assert vanishing.reason is None
    hubbub_server.clock.advance(1)
    await line.finished()
    hubbub_server.clock.advance(LINGER_SECONDS + 1)
    gone = await staying.event("presence_changed", lambda event: event.data["status"] == "offline")
    assert gone.data["user_id"] == bob.user["id"]


# --- the end of a session ---


async def native(person: Person) -> WebSocketClient:
    """A native WebSocket that is ready; in memory it has no heartbeat, and so it outlives weeks."""
    socket = await person.websocket("/ws")
    await until(socket, "ready")
    return socket


async def until(socket: WebSocketClient, kind: str) -> dict[str, Any]:
    """The data of the next event of that type."""
    while (frame := await socket.receive_json()).get("type") != kind:
        pass
    data: dict[str, Any] = frame["data"]
    return data


async def test_a_session_is_told_of_its_end_in_time_and_ends_then(hubbub_server: ChatServer, ada: Person) -> None:
    clock, begun = hubbub_server.clock, hubbub_server.clock.now()
    socket = await native(ada)
    async with ada.events("/events") as stream:
        await stream.event("ready")
        clock.advance((LIFETIME - END_NOTICE).total_seconds() - 1)
        phone = await hubbub_server.sign_in("ada")
        await phone.create_room("not told of yet")
        await stream.event("room_created")
        assert [event.name for event in stream.heard if event.name == "auth_expiring"] == []
        clock.advance(1)
        told = timestamp(begun + LIFETIME)
        assert (await stream.event("auth_expiring")).data == {"expires_at": told}
        assert await until(socket, "auth_expiring") == {"expires_at": told}
        clock.advance(END_NOTICE.total_seconds())
        assert (await socket.wait_closed()).code == UNAUTHENTICATED
        with pytest.raises(EOFError):
            await stream.event("ready")


async def test_who_refreshes_in_time_stays(hubbub_server: ChatServer, ada: Person) -> None:
    socket = await native(ada)
    hubbub_server.clock.advance((LIFETIME - END_NOTICE).total_seconds())
    await until(socket, "auth_expiring")
    again = await hubbub_server.sign_in("ada")
    await socket.send_json({"id": 1, "type": "refresh_auth", "data": {"token": again.token}})
    while (frame := await socket.receive_json()).get("reply_to") != 1:
        pass
    assert frame["data"] == {"expires_at": timestamp(hubbub_server.clock.now() + LIFETIME)}
    hubbub_server.clock.advance(END_NOTICE.total_seconds() * 2)
    await again.create_room("later")
    assert (await until(socket, "room_created"))["data"]["name"] == "later"


async def test_socketio_is_told_of_the_end_and_refreshes(tmp_path: Path, manual_clock: ManualClock) -> None:
    no_heartbeat = replace(SOCKET_LIMITS, ping_interval_seconds=2 * LIFETIME.total_seconds())
    async with open_chat(settings_in(tmp_path), manual_clock, bounds=Bounds(sockets=no_heartbeat)) as server:
        ada = await server.person("ada")
        staying, leaving = await ada.connect(), await ada.connect()
        manual_clock.advance((LIFETIME - END_NOTICE).total_seconds())
        for socket in (staying, leaving):
            await socket.event("auth_expiring")
        again = await server.sign_in("ada")
        assert (await staying.call("refresh_auth", {"token": again.token}))["ok"]
        manual_clock.advance(END_NOTICE.total_seconds())
        assert await leaving.wait_closed() == "disconnected by the server"
        await again.create_room("later")
        assert (await staying.event("room_created")).data["data"]["name"] == "later"
