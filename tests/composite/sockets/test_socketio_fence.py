"""The library's own surface on our sessions: `on`, `emit`, rooms, callbacks, namespaces."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import socketio

from hubbub.composite.socket_server import SocketServer
from hubbub.composite.sockets import socketio_fence
from tests.support.engine_clients import Polling, WebSocket


class World:
    """Only handlers that the library's documentation shows."""

    def __init__(self, **options: Any) -> None:
        self.server = SocketServer(**options)
        self.app = socketio.ASGIApp(self.server)
        self.told: list[object] = []
        self.sids: list[str] = []
        self.verdict: object = None
        self.gone = asyncio.Event()
        self.server.on("connect", self.connect)
        self.server.on("add", lambda _sid, first, second: first + second)
        self.server.on("many", lambda _sid: (1, 2))
        self.server.on("disconnect", self.disconnect)

    async def connect(self, sid: str, environ: dict[str, Any], auth: object) -> object:
        self.told.append((environ["REMOTE_ADDR"], auth))
        self.sids.append(sid)
        if isinstance(self.verdict, Exception):
            raise self.verdict
        return self.verdict

    def disconnect(self, sid: str) -> None:
        self.told.append(self.server.get_environ(sid)["REMOTE_ADDR"])  # type: ignore[index]
        self.gone.set()


def test_the_installed_library_is_the_one_that_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert socketio_fence.is_known()
    monkeypatch.setattr(socketio_fence, "version", lambda _name: "99.0.0")
    assert not socketio_fence.is_known()


async def test_handlers_get_what_they_are_documented_to_get() -> None:
    world = World()
    socket = await WebSocket.join(world.app, '{"token":1}')
    socket.send('421["add",2,3]')
    socket.send('422["many"]')
    socket.send('423["nobody listens"]')
    assert [await socket.receive() for _ in range(3)] == ["431[5]", "432[1,2]", "433[]"]
    await socket.end()
    await world.gone.wait()
    assert world.told == [("192.0.2.1", {"token": 1}), "192.0.2.1"]


@pytest.mark.parametrize(
    ("verdict", "packet"),
    [
        (False, '44{"message":"Connection rejected by server","data":{}}'),
        (ConnectionRefusedError(), '44{"message":"Connection refused by server","data":{}}'),
        (
            socketio.exceptions.ConnectionRefusedError("no", {"code": 7}),
            '44{"message":"no","data":{"code":7}}',
        ),
    ],
)
async def test_a_connect_handler_can_refuse(verdict: object, packet: str) -> None:
    world = World()
    world.verdict = verdict
    socket = await WebSocket.open(world.app)
    socket.send("40")
    assert await socket.receive() == packet
    await socket.end()
    assert len(world.told) == 1


async def test_always_connect_accepts_first() -> None:
    world = World(always_connect=True)
    world.verdict = False
    socket = await WebSocket.join(world.app)
    assert await socket.receive() == "41"
    await socket.end()


async def test_emit_and_rooms() -> None:
    world = World()
    first, second = await WebSocket.join(world.app), await WebSocket.join(world.app)
    await world.server.enter_room(world.sids[1], "room")
    await world.server.emit("one", {"a": 1}, to="room")
    await world.server.emit("all", (1, 2))
    assert await second.receive() == '42["one",{"a":1}]'
    assert await first.receive() == await second.receive() == '42["all",1,2]'
    await first.end()
    await second.end()


async def test_a_room_without_a_name_is_nobodys() -> None:
    world = World()
    socket = await WebSocket.join(world.app)
    with pytest.raises(ValueError, match="name"):
        await world.server.enter_room(world.sids[0], None)  # type: ignore[arg-type]
    await socket.end()


async def test_a_callback_hears_the_clients_acknowledgement() -> None:
    world = World()
    socket = await WebSocket.join(world.app)
    call = asyncio.create_task(world.server.call("ask", "why", to=world.sids[0]))
    assert await socket.receive() == '421["ask","why"]'
    socket.send('439["nobody asked"]')
    socket.send('431["because"]')
    assert await call == "because"
    await socket.end()


async def test_disconnecting_ends_the_namespace_and_not_the_session() -> None:
    world = World()
    socket = await WebSocket.join(world.app)
    await world.server.disconnect(world.sids[0])
    assert await socket.receive() == "41"
    await world.gone.wait()
    socket.send("40")
    assert (await socket.receive()).startswith("40{")
    await world.server.disconnect("nobody")
    await socket.end()


async def test_a_namespace_class_is_called() -> None:
    class Admin(socketio.AsyncNamespace):  # type: ignore[misc]  # socketio ships no types
        async def on_double(self, _sid: str, number: int) -> int:
            return 2 * number

    server = SocketServer()
    server.register_namespace(Admin("/admin"))
    client = await Polling.open(socketio.ASGIApp(server))
    await client.post("40/admin,", '42/admin,1["double",21]')
    packets: list[str] = []
    while len(packets) < 2:
        packets += await client.poll()
    assert packets[1] == "43/admin,1[42]"


async def test_every_namespace_can_be_allowed() -> None:
    server = SocketServer(namespaces="*")
    client = await Polling.open(socketio.ASGIApp(server))
    await client.post("40/anything,")
    assert (await client.poll())[0].startswith("40/anything,{")
