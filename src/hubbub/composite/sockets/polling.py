"""HTTP long-polling, for a session that exists: GET takes packets, POST brings them. Knows no Socket.IO."""

from __future__ import annotations

import asyncio
import logging

from hubbub.composite.sockets.engine_packets import Encoded, RefusedPacket, decode_payload, encode_payload
from hubbub.composite.sockets.requests import Refusal, RequestBody, answer, bad_request
from hubbub.composite.sockets.session import TRANSPORT_ERROR, EngineSession
from hubbub.composite.types import Receive, Send

TURN_PACKETS = 16  # of one POST before handlers get their turn; their inbox is not filled by what they are quick with

logger = logging.getLogger(__name__)


async def answer_poll(session: EngineSession, receive: Receive, send: Send) -> None:
    """Wait until there is something for the client, and send it; give it back if the client left meanwhile.

    Raises:
        Refusal: another poll is waiting; both are ended, as the protocol demands, or their packets would cross.
        TimeoutError: the client does not take the answer; the session is closed.
    """
    if session.delivering and not session.next_poll:
        # By way of another process the next poll can be quicker than the news that the last answer has arrived.
        session.next_poll = True
        try:
            await session.poll_over.wait()
        finally:
            session.next_poll = False
    if session.polling:
        session.close(TRANSPORT_ERROR, flush=False)
        raise bad_request()
    session.polling = True
    session.poll_over.clear()
    session.came_back()
    leaving = asyncio.create_task(_left(receive))
    leaving.add_done_callback(lambda _: session.wake.set())
    try:
        await _poll(session, leaving, send)
    finally:
        leaving.cancel()
        await asyncio.wait({leaving})
        session.polling = session.delivering = False
        session.poll_over.set()


async def answer_post(session: EngineSession, body: RequestBody, send: Send) -> None:
    """Hand the packets of a POST to the session, all of them, in order.

    Raises:
        Refusal: the body or a packet in it is not valid, or two POSTs came at once; the session is closed.
        Gone: the client left.
        TimeoutError: the client does not take the answer.
    """
    if session.posting:
        session.close(TRANSPORT_ERROR, flush=False)
        raise bad_request()
    session.posting = True
    try:
        await _receive(session, await body.read())
    except Refusal:
        session.close(TRANSPORT_ERROR, flush=False)
        raise
    finally:
        session.posting = False
    await answer(send, b"ok", session.limits)


async def _receive(session: EngineSession, payload: bytes) -> None:
    if session.closed:  # while the body came, for example by another POST
        raise bad_request()
    try:
        for number, packet in enumerate(decode_payload(payload), start=1):
            session.receive(packet)
            if number % TURN_PACKETS == 0:
                await asyncio.sleep(0)
    except RefusedPacket as error:
        logger.info("session %s: %s", session.sid, error)
        session.refuse(error)
        raise bad_request() from error


async def _poll(session: EngineSession, leaving: asyncio.Task[None], send: Send) -> None:
    while not leaving.done():
        packets = session.take_poll()
        if packets:
            await _deliver(session, packets, send)
            return
        session.wake.clear()
        await session.wake.wait()
    session.poll_dropped()


async def _deliver(session: EngineSession, packets: list[Encoded], send: Send) -> None:
    session.delivering = True
    try:
        await answer(send, encode_payload(packets), session.limits)
    except TimeoutError:
        session.close(TRANSPORT_ERROR, flush=False)
        raise
    except BaseException:
        session.put_back(packets)
        raise


async def _left(receive: Receive) -> None:
    """Return when the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        continue
