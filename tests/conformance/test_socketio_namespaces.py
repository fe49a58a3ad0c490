"""Joining and leaving. https://github.com/socketio/socket.io-protocol, Connection to a namespace, Disconnection."""

from __future__ import annotations

import json
import time

import pytest

from tests.conformance.sessions import SOCKET, Transport, join, open_session, wait_for_end
from tests.conformance.wires import Wire

NAMESPACES = pytest.mark.parametrize("namespace", ["/", "/custom"])
AT_ONCE = 5.0  # seconds; far below the 45 that a client has to join


@NAMESPACES
@pytest.mark.parametrize("auth", ["", "{}", '{"token":"123"}', '{"deep":{"a":[1,null,"ü"]}}'])
async def test_who_joins_gets_an_id_and_then_what_it_gave(
    wire: Wire, transport: Transport, namespace: str, auth: str
) -> None:
    session = await open_session(transport, wire, SOCKET)
    assert await join(session, namespace, auth) != session.sid


async def test_the_examples_of_the_protocol(wire: Wire, transport: Transport) -> None:
    session = await open_session(transport, wire, SOCKET)
    await session.send("40")
    connected = await session.receive()
    assert isinstance(connected, str)
    assert list(json.loads(connected.removeprefix("40"))) == ["sid"]
    assert await session.receive() == '42["auth",{}]'
    await session.send('40/custom,{"token":"abc"}')
    assert str(await session.receive()).startswith('40/custom,{"sid":"')
    assert await session.receive() == '42/custom,["auth",{"token":"abc"}]'


@pytest.mark.parametrize("packet", ["40/custom", "40/custom,", "40/custom,{}"])
async def test_the_comma_after_a_namespace_may_be_missing_at_the_end(wire: Wire, packet: str) -> None:
    session = await open_session("websocket", wire, SOCKET)
    await session.send(packet)
    assert str(await session.receive()).startswith("40/custom,{")


@pytest.mark.parametrize("packet", ["40/random", "40/random,", '40/random,{"token":"123"}'])
async def test_an_unknown_namespace_is_refused_with_an_object(wire: Wire, transport: Transport, packet: str) -> None:
    session = await open_session(transport, wire, SOCKET)
    await session.send(packet)
    assert await session.receive() == '44/random,{"message":"Invalid namespace"}'
    await join(session)


async def test_each_connection_has_an_id_of_its_own(wire: Wire, transport: Transport) -> None:
    session = await open_session(transport, wire, SOCKET)
    ids = {session.sid, await join(session), await join(session, "/custom")}
    await session.send("41")
    ids.add(await join(session))
    assert len(ids) == 4


@pytest.mark.parametrize(
    "packet", ['42["message"]', "41", "431[]", '42/custom,["message"]', '451-["a",{"_placeholder":true,"num":0}]']
)
async def test_whatever_comes_before_connect_ends_the_session(wire: Wire, transport: Transport, packet: str) -> None:
    session = await open_session(transport, wire, SOCKET)
    began = time.monotonic()
    await session.send(*[packet, b"x"] if packet.startswith("45") else [packet])
    assert await wait_for_end(session) == []
    assert time.monotonic() - began < AT_ONCE


async def test_joining_one_namespace_joins_no_other(wire: Wire, transport: Transport) -> None:
    session = await open_session(transport, wire, SOCKET)
    await join(session, "/custom")
    await session.send('42["message",1]')
    assert await wait_for_end(session) == []


async def test_events_right_behind_connect_are_taken(wire: Wire, transport: Transport) -> None:
    session = await open_session(transport, wire, SOCKET)
    await session.send("40", '421["message-with-ack",1]')
    assert str(await session.receive()).startswith("40{")
    assert [await session.receive(), await session.receive()] == ['42["auth",{}]', "431[1]"]


async def test_a_namespace_is_joined_once(wire: Wire, transport: Transport) -> None:
    session = await open_session(transport, wire, SOCKET)
    await join(session)
    await session.send("40")
    assert await wait_for_end(session) == []


@NAMESPACES
async def test_nobody_answers_a_disconnect_and_the_session_goes_on(
    wire: Wire, transport: Transport, namespace: str
) -> None:
    session = await open_session(transport, wire, SOCKET)
    await join(session, namespace)
    await session.send("41" if namespace == "/" else f"41{namespace},")
    await join(session, namespace)


async def test_the_others_stay_joined(wire: Wire, transport: Transport) -> None:
    session = await open_session(transport, wire, SOCKET)
    await join(session)
    await join(session, "/custom")
    await session.send("41/custom", '42["message","message to main namespace"]')
    assert await session.receive() == '42["message-back","message to main namespace"]'


async def test_who_left_is_not_heard_any_more(wire: Wire, transport: Transport) -> None:
    session = await open_session(transport, wire, SOCKET)
    await join(session)
    await session.send("41", '42["message"]')
    assert await wait_for_end(session) == []
