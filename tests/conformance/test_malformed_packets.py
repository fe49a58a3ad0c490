"""Who breaks the protocol is out at once, and the application hears of it at once.

The server's PINGs are 25 seconds apart here, so nothing can end by their timeout.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

import pytest

from tests.conformance import malformed
from tests.conformance.apps.patient import WITNESS
from tests.conformance.sessions import (
    ENGINE,
    SOCKET,
    Packet,
    PollingSession,
    Session,
    Transport,
    WebSocketSession,
    join,
    open_session,
    wait_for_end,
)
from tests.conformance.wires import Wire
from tests.support.deadline import DEADLINE

AT_ONCE = 0.25  # seconds from the packet to the end, and to the `disconnect` handler
TRIES = (
    4  # a machine on which much else runs may miss the time once; a server that waits for something misses it always
)

# Opens a session and sends; the session, and the id for which the handler is to run, if it is.
Cause = Callable[[], Awaitable[tuple[Session, str | None]]]


class Witness:
    """Hears of every `disconnect` handler that has run."""

    def __init__(self, session: WebSocketSession) -> None:
        self._session = session
        self._reasons: dict[str, str] = {}  # {session id: why}

    @classmethod
    async def open(cls, wire: Wire) -> Witness:
        session = await WebSocketSession.open(wire, SOCKET)
        await session.send(f"40{WITNESS},")
        assert str(await session.receive()).startswith(f"40{WITNESS},")
        return cls(session)

    async def reason(self, sid: str) -> str:
        """Wait until `sid` has left; why."""
        async with asyncio.timeout(DEADLINE):
            while sid not in self._reasons:
                packet = str(await self._session.receive())
                if packet == "2":
                    await self._session.send("3")
                    continue
                event, (gone, why) = json.loads(packet.removeprefix(f"42{WITNESS},"))
                assert event == "left"
                self._reasons[gone] = why
        return self._reasons[sid]


@pytest.fixture
async def witness(wire: Wire) -> Witness:
    return await Witness.open(wire)


async def ends_at_once(witness: Witness, cause: Cause) -> None:
    """See the session end, with nothing said before, and the handler run, both in time."""
    took: list[float] = []
    while not took or took[-1] >= AT_ONCE:
        assert len(took) < TRIES, f"it took {took} seconds"
        began = time.monotonic()
        session, sid = await cause()
        assert await wait_for_end(session) == []
        assert sid is None or await witness.reason(sid) == "parse error"
        took.append(time.monotonic() - began)
        assert _is_refused(session)


def _is_refused(session: Session) -> bool:
    """By 400 and an object, or by a close."""
    if isinstance(session, PollingSession):
        refused = session.refused
        return refused is not None and (refused.status, json.loads(refused.body)["code"]) == (400, 3)
    return isinstance(session, WebSocketSession) and session.frames.close_code == 1000


@pytest.mark.parametrize("packet", malformed.ENGINE, ids=ascii)
async def test_engine_io(wire: Wire, transport: Transport, witness: Witness, packet: Packet) -> None:
    async def cause() -> tuple[Session, str]:
        session = await open_session(transport, wire, ENGINE)
        await session.send(packet)
        return session, session.sid

    await ends_at_once(witness, cause)


@pytest.mark.parametrize("packets", malformed.SOCKET, ids=lambda packets: ascii(packets)[:60])
async def test_socket_io(wire: Wire, transport: Transport, witness: Witness, packets: list[Packet]) -> None:
    async def cause() -> tuple[Session, str]:
        session = await open_session(transport, wire, SOCKET)
        sid = await join(session)
        await session.send(*packets)
        return session, sid

    await ends_at_once(witness, cause)


@pytest.mark.parametrize("packet", ["4abc", "40null", "40[]", '42["message"]', '42["connect"]', "44", "6"])
async def test_socket_io_before_anything_is_joined(
    wire: Wire, transport: Transport, witness: Witness, packet: str
) -> None:
    async def cause() -> tuple[Session, None]:
        session = await open_session(transport, wire, SOCKET)
        await session.send(packet)
        return session, None

    await ends_at_once(witness, cause)


@pytest.mark.parametrize("body", malformed.BODIES, ids=ascii)
async def test_bodies(wire: Wire, witness: Witness, body: bytes) -> None:
    async def cause() -> tuple[Session, str]:
        session = await PollingSession.open(wire)
        session.refused = await session.post(body)
        return session, session.sid

    await ends_at_once(witness, cause)


@pytest.mark.parametrize("packet", ["abc", "6", "2"])
async def test_a_poll_that_waits_is_told(wire: Wire, packet: str) -> None:
    session = await PollingSession.open(wire)
    poll = await wire.begin("GET", session.address)
    await session.send(packet)
    answer = await poll
    assert (answer.status, answer.body) == (200, b"1")
