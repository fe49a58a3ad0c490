"""Everything this project knows of python-engineio's inside.

`EngineServer` is an `engineio.AsyncServer` to whoever holds it: its documented methods work and find sessions in
`sockets`. Requests are served by our own sessions and transports instead of the library's, whose faults
docs/decisions/0005-socketio-fence.md lists. What is used of the library: `on`, `generate_id`, the attributes
`sockets` and `handlers` that its constructor makes, `_get_socket`, and what its methods ask of a socket: `upgraded`
and `session`.
"""

from __future__ import annotations

import asyncio
import logging
from importlib.metadata import version
from typing import Any

import engineio

from hubbub.composite.hypercorn_streams import forget_handshake
from hubbub.composite.scopes import SERVER_SEND
from hubbub.composite.sockets import engine_packets as engine
from hubbub.composite.sockets import polling, websocket
from hubbub.composite.sockets.counters import POLLING, WEBSOCKET, SocketCounters
from hubbub.composite.sockets.elsewhere import Elsewhere
from hubbub.composite.sockets.engine_handlers import HandlerListener
from hubbub.composite.sockets.heartbeat import Later, loop_later
from hubbub.composite.sockets.limits import SocketLimits
from hubbub.composite.sockets.requests import (
    JSON,
    Gone,
    Refusal,
    RequestBody,
    answer,
    bad_handshake_method,
    bad_request,
    cut,
    poll_mark,
    query_of,
    refuse_websocket,
    session_id_of,
    session_unknown,
    turned_away,
)
from hubbub.composite.sockets.session import SERVER_DISCONNECT, EngineSession, SessionListener
from hubbub.composite.sockets.strict_json import dumps
from hubbub.composite.types import Receive, Scope, Send

KNOWN_VERSIONS = frozenset({"4.15.1"})

MILLISECONDS = 1_000  # in a second
UNAUTHORIZED = 401

logger = logging.getLogger(__name__)


def is_known() -> bool:
    """Whether this is written for the python-engineio that is installed."""
    return version("python-engineio") in KNOWN_VERSIONS


class EngineServer(engineio.AsyncServer):  # type: ignore[misc]  # the library ships no types
    """Engine.IO protocol 4 over ASGI, every part of it bounded by `limits`.

    Without a `listener` the handlers given to `on` hear of each session, as the library's documentation has it,
    except that the messages of one session are handled one at a time and in order.
    """

    def __init__(
        self,
        *,
        limits: SocketLimits | None = None,
        counters: SocketCounters | None = None,
        listener: SessionListener | None = None,
        later: Later = loop_later,
        elsewhere: Elsewhere | None = None,
        **options: Any,
    ) -> None:
        self.limits = limits or SocketLimits()
        self.counters = counters or SocketCounters()
        self.accepting = True
        super().__init__(**{"async_mode": "asgi", "logger": logger, "monitor_clients": False, **options})
        self.sockets: dict[str, EngineSession] = {}  # {session id: session}
        self.listener: SessionListener = listener or HandlerListener(self.handlers, self.limits)
        self._later = later
        self._elsewhere = elsewhere
        self._none_left = asyncio.Event()
        self._none_left.set()

    async def handle_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request or one WebSocket."""
        try:
            if (elsewhere := self._elsewhere) and (sid := _named_session(scope)) and elsewhere.has(sid):
                await self._carry(elsewhere, sid, scope, receive, send)
            elif scope["type"] == "websocket":
                await self._serve_websocket(scope, receive, send)
            else:
                await self._serve_http(scope, receive, send)
        except Gone:
            logger.debug("a client left before its request was served")
        except TimeoutError:
            await cut(scope, send)

    async def send(self, sid: str, data: Any) -> None:
        """Send a message; one for a session that is gone is dropped."""
        if session := self.sockets.get(sid):
            is_text = not isinstance(data, bytes | bytearray)
            text = data if isinstance(data, str) or not is_text else dumps(data)
            session.send(engine.MESSAGE + text if is_text else bytes(data))

    async def send_packet(self, sid: str, pkt: Any) -> None:
        """Send an `engineio.packet.Packet`; one for a session that is gone is dropped."""
        if session := self.sockets.get(sid):
            session.send(pkt.encode())

    async def disconnect(self, sid: str | None = None) -> None:
        """Close a session, or all; it is no fault if there is none."""
        chosen = list(self.sockets.values()) if sid is None else [s for s in [self.sockets.get(sid)] if s]
        for session in chosen:
            session.close(SERVER_DISCONNECT)

    async def close_all(self, seconds: float) -> None:
        """Refuse new sessions and close those there are; what a client did not take in time is dropped."""
        self.accepting = False
        await self.disconnect()
        try:
            async with asyncio.timeout(seconds):
                await self._none_left.wait()
        except TimeoutError:
            for session in list(self.sockets.values()):
                session.finish()

    async def shutdown(self) -> None:
        """Close everything; there is no task of the server's own to stop."""
        await self.close_all(self.limits.close_seconds)

    async def _serve_http(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = RequestBody(receive, self.limits)
        try:
            sid = session_id_of(scope)
            method = scope["method"]
            if sid is None and method != "GET":
                raise bad_handshake_method()
            if method == "GET":
                await body.read()
            session = await self._open(scope, POLLING) if sid is None else self._session(sid)
            if session.upgraded or method not in {"GET", "POST"}:
                raise bad_request()
            if method == "GET":
                await polling.answer_poll(session, poll_mark(scope, session.scope), receive, send)
            else:
                await polling.answer_post(session, body, send)
        except Refusal as refusal:
            await body.skip()
            await answer(send, refusal.body(), self.limits, status=refusal.status, kind=JSON)

    async def _serve_websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        try:
            sid = session_id_of(scope)
            session = await self._open(scope, WEBSOCKET) if sid is None else self._session(sid)
        except Refusal as refusal:
            await refuse_websocket(scope, send, refusal)
            return
        await send({"type": "websocket.accept"})
        forget_handshake(scope.get(SERVER_SEND, send))
        carry = websocket.serve if sid is None else websocket.upgrade
        await carry(session, receive, send, scope.get(SERVER_SEND))

    async def _carry(self, elsewhere: Elsewhere, sid: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the process that has the session serve a request; one that is gone has left no session."""
        is_websocket = scope["type"] == "websocket"
        limits = self.limits
        # As long as a session of this process would wait for a client that does not read.
        patience = limits.ping_interval_seconds + limits.ping_timeout_seconds if is_websocket else limits.send_seconds
        try:
            if await elsewhere.carry(sid, scope, receive, send, patience=patience):
                return
        except ConnectionResetError:
            logger.info("the worker that has a session went away while it answered")
            await cut(scope, send)
            return
        refusal = session_unknown()
        if is_websocket:
            await refuse_websocket(scope, send, refusal)
        else:
            await answer(send, refusal.body(), limits, status=refusal.status, kind=JSON)

    def _session(self, sid: str) -> EngineSession:
        try:
            return self.sockets[sid]
        except KeyError:
            raise session_unknown() from None

    async def _open(self, scope: Scope, transport: str) -> EngineSession:
        if not self.accepting or len(self.sockets) >= self.limits.sessions:
            self.counters.turned_away += 1
            raise turned_away()
        random: str = self.generate_id()
        session = EngineSession(
            self._elsewhere.name_session(random) if self._elsewhere else random,
            scope,
            transport=transport,
            limits=self.limits,
            counters=self.counters,
            listener=self.listener,
            forget=self._forget,
            later=self._later,
        )
        self.sockets[session.sid] = session
        self._none_left.clear()
        session.send_control(engine.OPEN + self._handshake(session))
        try:
            refused = await self.listener.session_opening(session)
        except BaseException:
            session.finish()
            raise
        if refused is not None:
            session.finish()
            raise Refusal(None, refused, UNAUTHORIZED)
        session.start()
        return session

    def _handshake(self, session: EngineSession) -> str:
        limits = self.limits
        return dumps(
            {
                "sid": session.sid,
                "upgrades": [] if session.upgraded else [WEBSOCKET],
                "pingInterval": round(limits.ping_interval_seconds * MILLISECONDS),
                "pingTimeout": round(limits.ping_timeout_seconds * MILLISECONDS),
                "maxPayload": limits.payload_bytes,
            }
        )

    def _forget(self, sid: str) -> None:
        self.sockets.pop(sid, None)
        if not self.sockets:
            self._none_left.set()

    def _get_socket(self, sid: str) -> EngineSession:
        """The library's lookup; a `disconnect` handler still finds its session."""
        session = self.sockets.get(sid) or self.listener.ended_session(sid)
        if session is None:
            raise KeyError("Session not found")
        return session


def _named_session(scope: Scope) -> str | None:
    """The session that a request names, if it is one at all; whether it is in order is its owner's to say."""
    try:
        return query_of(scope).get("sid", [None])[0]
    except Refusal:
        return None
