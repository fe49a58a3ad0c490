"""`GET /api/v1/ws`: where native WebSockets come in, before anything else inside sees them.

Not through Quart: its inbox for a websocket has no bound, and it says nothing between the first frame and the last.
"""

from __future__ import annotations

import asyncio
import logging

from hubbub.composite.hypercorn_streams import KNOWN
from hubbub.composite.problem import Problem
from hubbub.composite.refusals import refuse
from hubbub.composite.scopes import DOOR_SCOPES
from hubbub.composite.sockets.heartbeat import Later, loop_later
from hubbub.composite.types import AnyASGIApp, Receive, Scope, Send
from hubbub.contract.errors import STATUS, ErrorCode
from hubbub.transports.backend import BackendSource
from hubbub.transports.client import FAREWELL_SECONDS
from hubbub.transports.websocket.conversation import Conversation
from hubbub.transports.websocket.handshake import Handshake
from hubbub.transports.websocket.limits import WebSocketLimits
from hubbub.transports.websocket.link import Link

log = logging.getLogger(__name__)

_NO_WEBSOCKET = Problem(
    STATUS[ErrorCode.INVALID_REQUEST],
    ErrorCode.INVALID_REQUEST.value,
    "This address takes WebSockets only. GET /api/v1/events has the same changes without one.",
)


class ChatWebSockets:
    """Stands before `app`, and takes what comes to `path`."""

    def __init__(
        self,
        app: AnyASGIApp,
        backend: BackendSource,
        *,
        path: str,
        limits: WebSocketLimits | None = None,
        later: Later = loop_later,
    ) -> None:
        self._app = app
        self._backend = backend
        self._path = path
        self._limits = limits or WebSocketLimits()
        self._later = later
        self._open: set[Conversation] = set()
        if not KNOWN:
            log.warning("this version of Hypercorn is not known: only TCP notices WebSocket clients that vanish")

    def __len__(self) -> int:
        return len(self._open)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        if scope["type"] not in DOOR_SCOPES or scope["path"] != self._path:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await refuse(scope, receive, send, _NO_WEBSOCKET)
        else:
            await self._take(scope, receive, send)

    async def drain(self) -> None:
        """Tell everybody that the server restarts, and close; who does not answer is left to the server."""
        ends = [asyncio.ensure_future(each.end()) for each in self._open]
        if not ends:
            return
        _, late = await asyncio.wait(ends, timeout=FAREWELL_SECONDS)
        for end in late:
            end.cancel()

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # `websocket.connect`, always the first event
        backend = self._backend()
        link = Link(scope, receive, send, self._limits, later=self._later)
        conversation = Conversation(backend.chat.new_id(), backend, link)
        self._open.add(conversation)
        try:
            await conversation.hold(Handshake.of(scope))
        finally:
            self._open.discard(conversation)
