"""From polling to WebSocket. https://github.com/socketio/engine.io-protocol, Upgrade."""

from __future__ import annotations

import pytest

from tests.conformance.sessions import ENGINE, SOCKET, PollingSession, address, join, open_session
from tests.conformance.wires import Frames, Wire

PATHS = pytest.mark.parametrize("path", [ENGINE, SOCKET])
SILENCE = 0.15  # seconds in which nothing more comes


@PATHS
async def test_a_session_goes_on_by_websocket(wire: Wire, path: str) -> None:
    session = await PollingSession.open(wire, path)
    frames = await session.probe()
    polled = await session.poll()
    assert (polled.status, polled.body) == (200, b"6")
    await frames.send("5")
    await frames.send("4hello" if path == ENGINE else "40")
    assert str(await frames.receive()).startswith("4hello" if path == ENGINE else '40{"sid"')


async def test_a_poll_that_waits_is_answered_with_a_noop(wire: Wire) -> None:
    session = await PollingSession.open(wire)
    poll = await wire.begin("GET", session.address)
    await session.probe()
    assert (await poll).body == b"6"


async def test_nothing_is_added_to_what_was_said(wire: Wire) -> None:
    session = await PollingSession.open(wire)
    frames = await session.probe()
    await frames.send("5")
    await frames.send("4hello")
    assert await frames.receive() == "4hello"
    with pytest.raises(TimeoutError):
        await frames.receive(SILENCE)


async def test_what_waited_is_sent_by_the_new_way_in_order(wire: Wire) -> None:
    session = await PollingSession.open(wire)
    await session.send("4first", b"second")
    frames = await session.probe()
    await session.send("4third")
    assert (await session.poll()).body == b"6"
    await frames.send("5")
    await frames.send("4fourth")
    assert [await frames.receive() for _ in range(4)] == ["4first", b"second", "4third", "4fourth"]


@PATHS
async def test_polling_is_over_after_it(wire: Wire, path: str) -> None:
    session = await PollingSession.open(wire, path)
    frames = await _upgraded(session)
    assert [(await session.poll()).status, (await session.post(b"4hello")).status] == [400, 400]
    await _goes_on(frames, path)


@PATHS
async def test_a_second_websocket_is_closed(wire: Wire, path: str) -> None:
    session = await PollingSession.open(wire, path)
    frames = await _upgraded(session)
    second = await wire.open_websocket(address(path, "websocket", sid=session.sid))
    with pytest.raises(EOFError):
        await second.receive()
    await _goes_on(frames, path)


async def test_a_second_websocket_beside_the_probe_is_closed(wire: Wire) -> None:
    session = await PollingSession.open(wire)
    frames = await session.probe()
    second = await wire.open_websocket(address(ENGINE, "websocket", sid=session.sid))
    await second.send("2probe")
    with pytest.raises(EOFError):
        await second.receive()
    await frames.send("5")
    await _goes_on(frames, ENGINE)


async def test_a_session_that_began_by_websocket_is_not_upgraded(wire: Wire) -> None:
    session = await open_session("websocket", wire)
    second = await wire.open_websocket(address(ENGINE, "websocket", sid=session.sid))
    with pytest.raises(EOFError):
        await second.receive()
    await session.send("4hello")
    assert await session.receive() == "4hello"


@pytest.mark.parametrize("frame", ["2", "3probe", "2prob", "4hello", "5", "abc", "", b"2probe"])
async def test_without_a_probe_there_is_no_upgrade(wire: Wire, frame: str | bytes) -> None:
    session = await PollingSession.open(wire)
    frames = await wire.open_websocket(address(ENGINE, "websocket", sid=session.sid))
    await frames.send(frame)
    with pytest.raises(EOFError):
        await frames.receive()
    await session.send("4hello")
    assert await session.receive() == "4hello"


async def test_a_probe_that_leads_nowhere_leaves_the_session_as_it_was(wire: Wire) -> None:
    session = await PollingSession.open(wire)
    frames = await session.probe()
    await frames.close()
    await session.send("4hello")
    assert await session.receive() == "4hello"


async def test_close_ends_a_probe_too(wire: Wire) -> None:
    session = await PollingSession.open(wire)
    frames = await session.probe()
    assert (await session.post(b"1")).body == b"ok"
    with pytest.raises(EOFError):
        await frames.receive()


async def test_namespaces_stay_joined(wire: Wire) -> None:
    session = await PollingSession.open(wire, SOCKET)
    await join(session)
    await join(session, "/custom")
    frames = await _upgraded(session)
    await frames.send('42/custom,7["message-with-ack",1]')
    assert await frames.receive() == "43/custom,7[1]"


async def _upgraded(session: PollingSession) -> Frames:
    """A WebSocket that has taken over, which its first answer shows."""
    frames = await session.probe()
    await frames.send("5")
    while (await session.poll()).status != 400:
        continue
    return frames


async def _goes_on(frames: Frames, path: str) -> None:
    await frames.send("4hello" if path == ENGINE else "40/random")
    expected = "4hello" if path == ENGINE else '44/random,{"message":"Invalid namespace"}'
    assert await frames.receive() == expected
