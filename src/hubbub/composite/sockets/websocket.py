"""WebSocket for a session: from the start or as an upgrade from polling. Knows no Socket.IO.

Over HTTP/2 (RFC 8441) it is the same: only the type of the scope counts, no Upgrade header is looked for.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from hubbub.composite.hypercorn_reads import read_directly
from hubbub.composite.hypercorn_writes import direct_writes
from hubbub.composite.sockets import engine_packets as engine
from hubbub.composite.sockets.departure import Departure
from hubbub.composite.sockets.engine_packets import (
    Encoded,
    EnginePacket,
    MalformedPacket,
    PacketTooLarge,
    RefusedPacket,
    decode_frame,
    encode_text,
    size_of,
)
from hubbub.composite.sockets.requests import Gone, wants_text
from hubbub.composite.sockets.session import TRANSPORT_CLOSE, EngineSession, State
from hubbub.composite.types import Receive, Send

logger = logging.getLogger(__name__)

PROBE_PACKET = EnginePacket(engine.PING, engine.PROBE)
PROBE_ANSWER = engine.PONG + engine.PROBE


async def serve(session: EngineSession, receive: Receive, send: Send, server_send: Send | None = None) -> None:
    """Carry the session's packets until it ends; the WebSocket is accepted already.

    `server_send` is the server's own, below every wrapper; where it is known, packets leave by a short way.

    Raises:
        TimeoutError: the client takes nothing, not even the closing frame.
    """
    reader = asyncio.create_task(_read(session, receive))
    faults: list[Exception] = []
    read_directly(server_send, partial(_take_directly, session, faults))
    try:
        async with asyncio.timeout(None) as patience:
            _interrupt_by(session, patience)
            await _write(session, send, _shorten(session, server_send))
    except (TimeoutError, OSError):
        logger.debug("session %s: the client did not take its packets", session.sid)
    finally:
        session.interrupt = session.departure = None
        session.finish()
        reader.cancel()
        await asyncio.wait({reader})
    # A fault of our own is raised, and the server closes by 1011.
    if faults:
        raise faults[0]
    if not reader.cancelled():
        reader.result()
    await close(session, send)


async def upgrade(session: EngineSession, receive: Receive, send: Send, server_send: Send | None = None) -> None:
    """Take the session over from polling, if the client shows within `upgrade_seconds` that it can.

    Raises:
        TimeoutError: as `serve` does.
    """
    if session.upgrading or session.upgraded or session.closed:
        await close(session, send)
        return
    session.upgrading = True
    try:
        async with asyncio.timeout(session.limits.upgrade_seconds) as patience:
            _interrupt_by(session, patience)
            await _handshake(session, receive, send)
    except (TimeoutError, OSError, Gone, MalformedPacket) as error:
        logger.info("session %s: no upgrade: %s", session.sid, str(error) or type(error).__name__)
        session.upgrading = session.probed = False
        await close(session, send)
        return
    finally:
        session.interrupt = None
    session.upgrade()
    await serve(session, receive, send, server_send)


async def close(session: EngineSession, send: Send) -> None:
    """Close the WebSocket.

    Raises:
        TimeoutError: the client does not read.
    """
    async with asyncio.timeout(session.limits.farewell_seconds):
        await send({"type": "websocket.close", "code": session.close_code})


async def _handshake(session: EngineSession, receive: Receive, send: Send) -> None:
    if _packet(session, await _frame(receive)) != PROBE_PACKET:
        raise MalformedPacket("an upgrade starts with a probe")
    session.probed = True
    session.wake.set()  # a poll that waits is answered with NOOP, so that the client can pause polling
    await send({"type": "websocket.send", "text": PROBE_ANSWER})
    if _packet(session, await _frame(receive)).kind != engine.UPGRADE:
        raise MalformedPacket("a probe is followed by an upgrade")
    if session.state is State.CLOSED:
        raise Gone


async def _read(session: EngineSession, receive: Receive) -> None:
    """Never waits for anything but the client: Hypercorn's queue for it is short and shared over HTTP/2."""
    try:
        while True:
            _take(session, await _frame(receive))
    except Gone:
        session.close(TRANSPORT_CLOSE, flush=False)
    finally:
        session.finish()


async def _frame(receive: Receive) -> Encoded:
    message = await receive()
    if message["type"] != "websocket.receive":
        raise Gone
    text, data = message.get("text"), message.get("bytes")
    frame: Encoded = text if text is not None else data if data is not None else ""
    return frame


def _take(session: EngineSession, frame: Encoded) -> None:
    """Act on a frame; one that is refused ends the session."""
    try:
        session.receive(_packet(session, frame))
    except RefusedPacket as error:
        logger.info("session %s: %s", session.sid, error)
        session.refuse(error)


def _take_directly(session: EngineSession, faults: list[Exception], frame: Encoded) -> None:
    """As `_take`, called by the server: a fault is kept for who serves the session."""
    try:
        _take(session, frame)
    except Exception as error:
        faults.append(error)
        session.finish()


def _packet(session: EngineSession, frame: Encoded) -> EnginePacket:
    if size_of(frame) > session.limits.payload_bytes:
        raise PacketTooLarge("the frame is too large")
    return decode_frame(frame)


async def _write(session: EngineSession, send: Send, departure: Departure | None) -> None:
    """Send what waits, one frame a packet, until the session ends; one that is closing sends the rest first.

    With a departure that is what did not leave by it.
    """
    only_text = wants_text(session.scope)
    while session.state is not State.CLOSED:
        if departure is not None:
            departure.held = True
        while session.waiting_packets:
            packet = encode_text(session.take()) if only_text else session.take()
            if isinstance(packet, str):
                await send({"type": "websocket.send", "text": packet})
            else:
                await send({"type": "websocket.send", "bytes": packet})
        if session.closed:
            return
        session.wake.clear()
        if departure is not None:
            departure.held = False
        await session.wake.wait()


def _shorten(session: EngineSession, server_send: Send | None) -> Departure | None:
    """Take the short way out, where the server has one; base64 for who wants text alone is left to the long one."""
    writes = None if wants_text(session.scope) else direct_writes(server_send)
    if writes is not None:
        session.departure = Departure(writes, session, session.wake.set)
    return session.departure


def _interrupt_by(session: EngineSession, patience: asyncio.Timeout) -> None:
    """Let the end of the session end a wait that only the client could end."""

    def interrupt() -> None:
        if not patience.expired():
            patience.reschedule(asyncio.get_running_loop().time())

    session.interrupt = interrupt
