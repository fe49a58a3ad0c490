from __future__ import annotations

import asyncio

import pytest

from hubbub.composite.scopes import header
from hubbub.composite.socket_server import SocketConnection, SocketLimits, encode_event
from hubbub.composite.sockets.connection import Depth, Phase
from hubbub.composite.sockets.flag import Flag
from hubbub.composite.sockets.frames import Bundle
from hubbub.composite.types import Scope
from tests.support.asgi_calls import http_scope

LIMITS = SocketLimits(outbox_packets=3, outbox_bytes=100)


class FakeLink:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.scope: Scope = http_scope("/", headers={"Cookie": "a=1"}, query_string=b"EIO=4&room=r%201")
        self.transport = "polling"
        self.empty = Flag()
        self.packets: list[str | bytes] = []
        self.keys: list[str | None] = []
        self.closed: list[str] = []

    @property
    def waiting_packets(self) -> int:
        return len(self.packets)

    @property
    def waiting_bytes(self) -> int:
        return sum(map(len, self.packets))

    def send(self, packet: str | bytes, key: str | None = None) -> None:
        self.packets.append(packet)
        self.keys.append(key)

    def send_all(self, bundle: Bundle) -> None:
        self.packets += bundle

    def send_control(self, packet: str | bytes) -> None:
        self.packets.append(packet)

    def replace(self, packet: str | bytes) -> None:
        self.packets = [packet]

    def close(self, reason: str) -> None:
        self.closed.append(reason)


class World:
    def __init__(self) -> None:
        self.link = FakeLink()
        self.overflowed = 0
        self.connection = SocketConnection(self.link, "/", limits=LIMITS, overflow=self.overflow)
        self.connection.id = "sid"

    def overflow(self, connection: SocketConnection) -> None:
        self.overflowed += 1
        connection.replace_outbox(encode_event("resync", "{}"))


def test_what_is_sent_while_joining_leaves_after_connect() -> None:
    world = World()
    world.connection.emit("a", "1")
    assert (world.link.packets, world.connection.outbox) == ([], Depth(1, 9))
    world.connection.accept()
    world.connection.accept()
    world.connection.emit("b", "2")
    assert world.link.packets == ['40{"sid":"sid"}', '42["a",1]', '42["b",2]']
    assert world.connection.outbox == Depth(3, 33)


def test_a_bundle_waits_for_connect_as_well() -> None:
    world = World()
    bundle = Bundle([encode_event("a", "1"), encode_event("b", "2")])
    world.connection.send_all(bundle)
    assert (world.link.packets, world.connection.outbox.packets) == ([], 2)
    world.connection.accept()
    world.connection.send_all(bundle)
    assert world.link.packets[1:] == ['42["a",1]', '42["b",2]'] * 2


def test_more_than_an_outbox_holds_is_dropped_while_joining_and_told_afterwards() -> None:
    world = World()
    for number in range(5):
        world.connection.emit("a", str(number))
    assert world.overflowed == 0
    world.connection.accept()
    assert world.overflowed == 1
    assert world.link.packets == ['42["resync",{}]']


def test_replacing_works_while_joining_too() -> None:
    world = World()
    world.connection.emit("a", "1")
    world.connection.replace_outbox("42[]")
    world.connection.accept()
    assert world.link.packets == ['40{"sid":"sid"}', "42[]"]


def test_a_key_goes_along() -> None:
    world = World()
    world.connection.accept()
    world.connection.send_encoded("42[]", "presence ada")
    assert world.link.keys == ["presence ada"]


def test_nothing_is_sent_after_the_end() -> None:
    world = World()
    world.connection.accept()
    world.connection.phase = Phase.LEFT
    world.connection.emit("a", "1")
    world.connection.replace_outbox("42[]")
    world.connection.accept()
    assert world.link.packets == ['40{"sid":"sid"}']
    assert not world.connection.is_open


async def test_drained_waits_for_the_link() -> None:
    world = World()
    with pytest.raises(RuntimeError, match="accept"):
        await world.connection.drained()
    world.connection.accept()
    waiting = asyncio.create_task(world.connection.drained())
    await asyncio.sleep(0)
    assert not waiting.done()
    world.link.empty.set()
    assert await waiting is True
    world.connection.phase = Phase.LEFT
    assert await world.connection.drained() is False


def test_a_close_may_tell_the_client_not_to_come_back() -> None:
    world = World()
    world.connection.accept()
    world.connection.close("restart")
    world.connection.close("revoked", reconnect=False)
    assert world.link.packets == ['40{"sid":"sid"}', "41"]
    assert world.link.closed == ["restart", "revoked"]


def test_the_handshake_can_be_read() -> None:
    connection = World().connection
    assert connection.scope["client"] == ("192.0.2.1", 50_000)
    assert header(connection.scope, b"cookie") == b"a=1"
    assert connection.query["room"] == ["r 1"]
    assert connection.transport == "polling"
