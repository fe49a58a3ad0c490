"""The short way to the transport: what a client reads is the same with it and without, to the byte, on each wire."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from wsproto.events import Ping

from hubbub.composite import CompositeApp
from hubbub.composite.hypercorn_writes import DirectWrites, Http2Writes, direct_writes
from hubbub.composite.sockets import websocket
from hubbub.composite.types import Message, Send
from tests.composite.websocket_by_hand import WIRES, Wire
from tests.support.deadline import eventually
from tests.support.hypercorn_here import hypercorn_here
from tests.support.server import Address
from tests.support.socket_application import SocketApplication

NO_ROOM = "x" * 70_000  # more than a transport's high-water mark, and than the first window of HTTP/2


@pytest.fixture
def world() -> SocketApplication:
    return SocketApplication()


@pytest.fixture
async def address(world: SocketApplication, tmp_path: Path) -> AsyncIterator[Address]:
    async with hypercorn_here(CompositeApp(world.server), tmp_path) as address:
        yield address


async def converse(kind: str, address: Address, world: SocketApplication) -> bytes:
    """All that a client hears, without the two ids that are made up."""
    wire = await Wire.open(kind, address)
    try:
        await wire.say("40", "40{")
        await wire.say('421["say","grüße"]', '431[{"heard":["grüße"]}]')
        world.connection.emit("first", "1")
        world.connection.send_encoded('42["how",1]', "key")
        world.connection.send_encoded('42["how",2]', "key")
        world.connection.emit("last", "2")
        await wire.wait_for('["last",2]')
        for text in ("before", NO_ROOM, "after", NO_ROOM, "end"):
            world.connection.emit("large", json.dumps(text))
        await wire.wait_for('["large","end"]')
        await wire.send(Ping(b"are you there"))
        await wire.wait_for("are you there")
        world.clock.advance(25)
        await eventually(lambda: wire.bytes.endswith(b"\x81\x012"), "a PING to come")
        await wire.say("3", "")
        world.connection.emit("farewell", "3")
        world.connection.close("why", reconnect=False)
        await eventually(lambda: wire.bytes.endswith(b"\x88\x02\x03\xe8"), "the close to come")
    finally:
        await wire.close()
    return re.sub(rb'"sid":"[^"]+"', b'"sid":"?"', wire.bytes)


@pytest.mark.parametrize("kind", WIRES)
async def test_the_bytes_are_the_same_with_it_and_without(
    kind: str, address: Address, world: SocketApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []
    write = Http2Writes.write if kind == "h2" else DirectWrites.write

    def note(writes: DirectWrites, frames: bytes) -> None:
        written.append(frames)
        write(writes, frames)  # type: ignore[arg-type]

    monkeypatch.setattr(Http2Writes if kind == "h2" else DirectWrites, "write", note)
    short = await converse(kind, address, world)
    assert any(b'["first",1]' in frames and b'["last",2]' in frames for frames in written), "it was not one write"
    assert not any(NO_ROOM.encode() in frames for frames in written)
    written.clear()
    monkeypatch.setattr(websocket, "direct_writes", lambda _send: None)
    assert await converse(kind, address, world) == short
    assert not written
    assert short.count(b'["how"') == 1


@pytest.mark.parametrize("kind", WIRES)
async def test_there_is_no_room_once_the_client_reads_no_more(
    kind: str, address: Address, world: SocketApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[DirectWrites] = []

    def find(send: Send | None) -> DirectWrites | None:
        writes = direct_writes(send)
        assert writes is not None
        found.append(writes)
        return writes

    monkeypatch.setattr(websocket, "direct_writes", find)
    wire = await Wire.open(kind, address)
    await wire.say("40", "40{")
    assert found[0].room() > 0
    await wire.close()
    await world.gone.wait()
    assert found[0].room() == 0


async def test_a_send_that_is_not_hypercorns_has_no_such_way() -> None:
    async def send(message: Message) -> None:
        raise AssertionError(message)

    assert direct_writes(send) is None
    assert direct_writes(None) is None
