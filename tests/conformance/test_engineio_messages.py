"""What goes in comes out. https://github.com/socketio/engine.io-protocol, Message and Packet encoding."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.conformance.sessions import Packet, PollingSession, Transport, WebSocketSession, open_session, wait_for_end
from tests.conformance.wires import Wire

MAX_PAYLOAD = 1_000_000  # bytes, as the handshake says
RECORD_SEPARATOR = b"\x1e"


@pytest.mark.parametrize(
    "packets",
    [
        ["4hello"],
        ["4test1", "4test2", "4test3"],
        ["4hello", b"\x01\x02\x03\x04"],
        [b"\x01\x02\x03\x04"],
        [b"\x00\xff" * 1_000, "4between", b"\x1e"],
        ["4"],
        [b""],
        ["44", "4 4", "4b", "4bAQIDBA=="],
        ["4€ Ärger 😀", "4\x00\x01\u2028", '4{"a":1}\n'],
    ],
    ids=repr,
)
async def test_messages_come_back_in_order(wire: Wire, transport: Transport, packets: list[Packet]) -> None:
    session = await open_session(transport, wire)
    await session.send(*packets)
    assert [await session.receive() for _ in packets] == packets


@pytest.mark.parametrize(
    "body",
    [b"4hello", b"4test1\x1e4test2\x1e4test3", b"4hello\x1ebAQIDBA==", "4hello\x1e3\x1e4€".encode()],
)
async def test_a_payload_is_answered_ok_and_comes_back_as_it_was(wire: Wire, body: bytes) -> None:
    session = await PollingSession.open(wire)
    posted = await session.post(body)
    assert (posted.status, posted.body) == (200, b"ok")
    assert posted.headers["content-type"] == "text/plain; charset=UTF-8"
    polled = await session.poll()
    assert (polled.status, polled.body) == (200, body.replace(b"3\x1e", b""))
    assert polled.headers["content-type"] == "text/plain; charset=UTF-8"


@pytest.mark.parametrize("count", [16, 17, 100, 5_000])
async def test_a_post_has_any_number_of_packets(wire: Wire, count: int) -> None:
    session = await PollingSession.open(wire)
    body = RECORD_SEPARATOR.join(b"4%d" % number for number in range(count))
    assert (await session.post(body)).body == b"ok"
    assert [await session.receive() for _ in range(count)] == [f"4{number}" for number in range(count)]


async def test_any_number_of_frames_comes_back(wire: Wire) -> None:
    session = await WebSocketSession.open(wire)
    packets: list[Packet] = [f"4{number}" if number % 2 else b"%d" % number for number in range(500)]
    sending = asyncio.create_task(session.send(*packets))
    assert [await session.receive() for _ in packets] == packets
    await sending


@pytest.mark.parametrize("content_type", ["text/plain;charset=UTF-8", "application/octet-stream", "image/png"])
async def test_the_type_that_a_post_gives_itself_changes_nothing(wire: Wire, content_type: str) -> None:
    session = await PollingSession.open(wire)
    headers = [("content-type", content_type)]
    assert (await wire.request("POST", session.address, headers, b"4hello")).body == b"ok"
    assert await session.receive() == "4hello"


async def test_a_poll_waits_until_there_is_something(wire: Wire) -> None:
    session = await PollingSession.open(wire)
    poll = await wire.begin("GET", session.address)
    await session.send("4hello")
    assert (await poll).body == b"4hello"


async def test_a_payload_as_large_as_was_said_is_taken(wire: Wire, transport: Transport) -> None:
    session = await open_session(transport, wire)
    packet = "4" + "x" * (MAX_PAYLOAD - 1)
    await session.send(packet)
    assert await session.receive() == packet


async def test_one_byte_more_gets_413_and_ends_the_session(wire: Wire) -> None:
    session = await PollingSession.open(wire)
    answer = await session.post(b"4" + b"x" * MAX_PAYLOAD)
    assert (answer.status, json.loads(answer.body)) == (413, {"code": 3, "message": "Payload too large"})
    assert (await session.poll()).status == 400


@pytest.mark.parametrize(
    "packet", ["4" + "x" * MAX_PAYLOAD, b"x" * (MAX_PAYLOAD + 1), "4" + "€" * (MAX_PAYLOAD // 3 + 1)]
)
async def test_one_byte_more_in_a_frame_closes_by_1009(wire: Wire, packet: Packet) -> None:
    session = await WebSocketSession.open(wire)
    await session.send(packet)
    assert await wait_for_end(session) == []
    assert session.frames.close_code == 1009


async def test_binary_may_be_base64_where_a_client_has_no_binary_frames(wire: Wire) -> None:
    session = await WebSocketSession.open(wire, b64="1")
    await session.send("bAQIDBA==", "4text")
    assert [await session.receive(), await session.receive()] == ["bAQIDBA==", "4text"]
