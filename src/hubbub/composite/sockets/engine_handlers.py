"""The handlers that `engineio.AsyncServer.on` registers, called as the library documents it. Knows no Socket.IO."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from hubbub.composite.sockets.engine_packets import Encoded, TooManyPackets
from hubbub.composite.sockets.environ import environ_of
from hubbub.composite.sockets.inbox import Inbox
from hubbub.composite.sockets.limits import SocketLimits
from hubbub.composite.sockets.session import NEVER_READ, EngineSession
from hubbub.composite.sockets.tasks import Tasks

logger = logging.getLogger(__name__)

Handler = Callable[..., Any]  # a function or a coroutine function; the library calls both

REFUSED = "Unauthorized"  # the library's word for a connect handler that returned False or raised


class HandlerListener:
    """Tells the handlers for `connect`, `message` and `disconnect` of each session, in order."""

    def __init__(self, handlers: Mapping[str, Handler], limits: SocketLimits) -> None:
        self._handlers = handlers
        self._limits = limits
        self._tasks = Tasks()
        self._accepted: dict[str, tuple[EngineSession, Inbox]] = {}  # {session id: …}, until `disconnect` was handled

    async def session_opening(self, session: EngineSession) -> str | None:
        """Ask the `connect` handler; anything but None or True refuses."""
        try:
            verdict = await self._call("connect", session.sid, environ_of(session.scope))
        except Exception:
            logger.exception("the connect handler failed")
            return REFUSED
        if verdict is None or verdict is True:
            self._accepted[session.sid] = session, Inbox(self._limits.inbox_events, self._tasks.spawn)
            return None
        return str(verdict) if verdict else REFUSED

    def session_received(self, session: EngineSession, data: Encoded) -> None:
        """Queue the `message` handler.

        Raises:
            TooManyPackets: the client is too far ahead of it; there is no answer that could say so.
        """
        _, inbox = self._accepted[session.sid]
        if not inbox.offer(partial(self._run, "message", session.sid, data)):
            raise TooManyPackets("too many messages wait")

    def session_overflowed(self, session: EngineSession) -> None:
        """Close: raw Engine.IO has no word for what was lost."""
        session.close(NEVER_READ, flush=False)

    def session_closed(self, session: EngineSession, reason: str) -> None:
        """Queue the `disconnect` handler after what came before."""
        if session.sid in self._accepted:
            _, inbox = self._accepted[session.sid]
            inbox.append(partial(self._disconnect, session.sid, reason))

    def ended_session(self, sid: str) -> EngineSession | None:
        """A session whose `disconnect` handler did not run to its end yet."""
        session, _ = self._accepted.get(sid, (None, None))
        return session

    async def _disconnect(self, sid: str, reason: str) -> None:
        try:
            await self._call("disconnect", sid, reason)
        finally:
            del self._accepted[sid]

    async def _run(self, event: str, *arguments: object) -> None:
        await self._call(event, *arguments)

    async def _call(self, event: str, *arguments: object) -> object:
        handler = self._handlers.get(event)
        if handler is None:
            return None
        result = handler(*arguments_for(handler, arguments))
        return await result if inspect.isawaitable(result) else result


def arguments_for(handler: Handler, arguments: tuple[object, ...]) -> tuple[object, ...]:
    """As many of the arguments as the handler's signature takes.

    The library calls a `disconnect` handler again with fewer arguments when it raises TypeError; looking first
    means that it runs once.
    """
    try:
        signature = inspect.signature(handler)
    except (TypeError, ValueError):  # some built-in callables have none
        return arguments
    for count in range(len(arguments), 0, -1):
        try:
            signature.bind(*arguments[:count])
        except TypeError:
            continue
        return arguments[:count]
    return arguments
