"""The short way in: the application hears, and the client reads, the same with it and without, on each wire."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from wsproto.events import BytesMessage, Ping, TextMessage

from hubbub.composite import CompositeApp
from hubbub.composite.hypercorn_reads import DirectReads, read_directly
from hubbub.composite.problem import CLOSE_INTERNAL
from hubbub.composite.sockets import websocket
from hubbub.composite.sockets.engine_packets import EnginePacket
from hubbub.composite.sockets.session import EngineSession
from hubbub.composite.types import Message
from hubbub.composite.whole_frames import read_messages
from tests.composite.websocket_by_hand import WIRES, Wire
from tests.support.deadline import eventually
from tests.support.hypercorn_here import hypercorn_here
from tests.support.server import Address
from tests.support.socket_application import QUICK, SocketApplication

BAD_TEXT = b"\x81\x81" + bytes(4) + b"\xff"
LARGE = "x" * 70_000  # more than a frame with a length of 16 bits holds


@pytest.fixture
def world() -> SocketApplication:
    return SocketApplication(replace(QUICK, attachments=1))


@pytest.fixture
async def address(world: SocketApplication, tmp_path: Path) -> AsyncIterator[Address]:
    async with hypercorn_here(CompositeApp(world.server), tmp_path) as address:
        yield address


class Watch:
    """What was offered to the short way, and what of it was taken."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.offered: list[bytes] = []
        self.taken: list[bytes] = []
        take = DirectReads.take

        def note(reads: DirectReads, data: bytes) -> bool:
            self.offered.append(data)
            was_taken = take(reads, data)
            if was_taken:
                self.taken.append(data)
            return was_taken

        monkeypatch.setattr(DirectReads, "take", note)


def go_the_long_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "read_directly", lambda _send, _give: None)


@asynccontextmanager
async def joined(kind: str, address: Address) -> AsyncIterator[Wire]:
    """A client that has joined; the OPEN packet comes when the server reads, so all that it sends is read alike."""
    wire = await Wire.open(kind, address)
    try:
        await wire.wait_for("0{")
        await wire.say("40", "40{")
        yield wire
    finally:
        await wire.close()


async def converse(kind: str, address: Address, world: SocketApplication, watch: Watch | None) -> tuple[object, bytes]:
    """What the application hears, and all that the client does after its CONNECT."""
    async with joined(kind, address) as wire:
        start = len(wire.bytes)
        await wire.say('421["whole","grüße"]', "431[")
        await wire.write(b"".join(wire.frame(TextMessage(f'42{number}["one of two"]')) for number in (2, 3)))
        await wire.wait_for("433[")
        parts = [TextMessage('424["in ', message_finished=False), Ping(b"amid"), TextMessage('parts"]')]
        for part in parts:
            await wire.send(part)
        await wire.wait_for("434[")
        cut, behind = (wire.frame(TextMessage(f'42{number}["cut, and behind it"]')) for number in (5, 6))
        await wire.write(cut[:9])
        if watch is not None:
            await eventually(lambda: cut[:9] in watch.offered, "the first part to come")
        await wire.write(cut[9:] + behind)
        await wire.wait_for("436[")
        await wire.send(TextMessage('451-7["with",{"_placeholder":true,"num":0}]'))
        await wire.send(BytesMessage(b"\x00\xff"))
        await wire.wait_for("461-7[")
        await wire.say(f'428["large","{LARGE}"]', "438[")
        await wire.write(BAD_TEXT)
        await world.gone.wait()
    heard, left = [*world.heard], [*world.left]
    world.heard.clear()
    world.left.clear()
    world.gone.clear()
    return (heard, left), wire.bytes[start:]


@pytest.mark.parametrize("kind", WIRES)
async def test_all_is_the_same_with_it_and_without(
    kind: str, address: Address, world: SocketApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch(monkeypatch)
    short = await converse(kind, address, world, watch)
    messages = sum(len(read_messages(data) or ()) for data in watch.taken)
    assert messages == len(["CONNECT", "whole", "one", "of two", "with", "its attachment"])
    go_the_long_way(monkeypatch)
    watch.offered.clear()
    assert await converse(kind, address, world, None) == short
    assert not watch.offered


@pytest.mark.parametrize("way", ["short", "long"])
async def test_a_packet_that_breaks_the_protocol_ends_the_session(
    way: str, address: Address, world: SocketApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "long":
        go_the_long_way(monkeypatch)
    async with joined("http", address) as wire:
        await wire.say("no packet", "")
        await eventually(lambda: wire.bytes.endswith(b"\x88\x02\x03\xe8"), "the close to come")
        assert world.left == ["parse error"]
        assert world.server.counters.malformed == 1


@pytest.mark.parametrize("way", ["short", "long"])
async def test_a_fault_of_our_own_closes_by_1011(
    way: str, address: Address, world: SocketApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive = EngineSession.receive

    def fail(session: EngineSession, packet: EnginePacket) -> None:
        if packet.data == "fail":
            raise ZeroDivisionError("a fault")
        receive(session, packet)

    monkeypatch.setattr(EngineSession, "receive", fail)
    if way == "long":
        go_the_long_way(monkeypatch)
    async with joined("http", address) as wire:
        await wire.say("4fail", "")
        await eventually(lambda: CLOSE_INTERNAL.to_bytes(2, "big") in wire.bytes, "the close to come")


async def test_a_send_that_is_not_hypercorns_has_no_such_way() -> None:
    async def send(message: Message) -> None:
        raise AssertionError(message)

    def give(message: str | bytes) -> None:
        raise AssertionError(message)

    read_directly(send, give)
    read_directly(None, give)
