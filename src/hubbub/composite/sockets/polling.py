"""HTTP long-polling, for a session that exists: GET takes packets, POST brings them. Knows no Socket.IO."""

from __future__ import annotations

import asyncio
import logging

from hubbub.composite.sockets.elsewhere import MaybeDelivered
from hubbub.composite.sockets.engine_packets import Encoded, RefusedPacket, decode_payload, encode_payload
from hubbub.composite.sockets.requests import Refusal, RequestBody, answer, bad_request
from hubbub.composite.sockets.session import TRANSPORT_ERROR, EngineSession
from hubbub.composite.types import Receive, Send

TURN_PACKETS = 16  # of one POST before handlers get their turn; their inbox is not filled by what they are quick with

logger = logging.getLogger(__name__)


async def answer_poll(session: EngineSession, mark: str | None, receive: Receive, send: Send) -> None:
    """Wait until there is something for the client, and send it; give it back if the client left meanwhile.

    A `mark` is what tells a poll from the one before it. The same once more is the same request, which an HTTP client
    or a browser repeats by itself when the connection ends before the answer has come (RFC 9110, 9.2.2): it gets the
    same answer. Another one says that the answer arrived.

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
        if session.last_answer is not None and session.last_answer[0] == mark:
            await answer(send, session.last_answer[1], session.limits)
        else:
            session.last_answer = None
            await _poll(session, mark, leaving, send)
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


async def _poll(session: EngineSession, mark: str | None, leaving: asyncio.Task[None], send: Send) -> None:
    while not leaving.done():
        packets = session.take_poll()
        if packets:
            await _deliver(session, packets, mark, send)
            return
        session.wake.clear()
        await session.wake.wait()
    session.poll_dropped()


async def _deliver(session: EngineSession, packets: list[Encoded], mark: str | None, send: Send) -> None:
    session.delivering = True
    payload = encode_payload(packets)
    try:
        await answer(send, payload, session.limits)
    except (TimeoutError, MaybeDelivered):
        session.close(TRANSPORT_ERROR, flush=False)
        raise
    except BaseException:
        session.put_back(packets)
        raise
    if mark is not None and not session.closed:
        session.last_answer = (mark, payload)


async def _left(receive: Receive) -> None:
    """Return when the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        continue
