"""Request bodies, read to their end before the application sees the request; never looks inside one."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping

from hubbub.composite.body_reading import MIB, UNREAD, BodyEnd, BodyLimits, read_body
from hubbub.composite.problem import Problem, send_problem
from hubbub.composite.refusals import closing_headers
from hubbub.composite.scopes import COMPLETE, is_under
from hubbub.composite.types import ASGIApp, Message, Receive, Scope, Send

TOTAL_BYTES = 64 * MIB  # of all bodies that are held at once
BUSY_SECONDS = 1.0  # bodies are held for the time of a request, which is short


class BodiesMiddleware:
    """Hand on requests with their whole body; refuse bodies that are too large or too slow.

    A response then never ends before the body it answers, which HTTP/2 under Hypercorn does not survive.
    `overrides` gives other limits to paths under a prefix, the longest prefix first.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        limits: BodyLimits | None = None,
        overrides: Mapping[str, BodyLimits] | None = None,
        total_bytes: int = TOTAL_BYTES,
    ) -> None:
        self._app = app
        self._limits = limits or BodyLimits()
        self._overrides = sorted((overrides or {}).items(), key=lambda item: -len(item[0]))
        self._total_bytes = total_bytes
        self.held_bytes = 0

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "http":
            return self._app(scope, receive, send)
        return self._read_first(scope, receive, send)

    async def _read_first(self, scope: Scope, receive: Receive, send: Send) -> None:
        limits = self._limits_for(scope["path"])
        held = 0

        def hold(size: int) -> bool:
            nonlocal held
            if self.held_bytes + size > self._total_bytes:
                return False
            held += size
            self.held_bytes += size
            return True

        try:
            end, body = await read_body(receive, limits, hold, is_there=COMPLETE in scope)
            if end is BodyEnd.COMPLETE:
                await self._app(scope, _Whole(body, receive), send)
            elif end is not BodyEnd.GONE:
                added = closing_headers(scope) if end in UNREAD else []
                await send_problem(scope, send, _problem(end, limits), headers=added)
        finally:
            self.held_bytes -= held

    def _limits_for(self, path: str) -> BodyLimits:
        return next((limits for prefix, limits in self._overrides if is_under(path, prefix)), self._limits)


class _Whole:
    """A `receive` that gives the whole body once and then what the server says, which is the disconnect."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


def _problem(end: BodyEnd, limits: BodyLimits) -> Problem:
    if end is BodyEnd.SLOW:
        return Problem(400, "invalid_request", f"The body did not arrive within {limits.seconds:g} seconds.")
    if end is BodyEnd.BUSY:
        return Problem(503, "server_busy", "Too many large requests at once. Try again.", retry_after=BUSY_SECONDS)
    return Problem(413, "too_large", f"The body is larger than {limits.keep_bytes} bytes. Send less at once.")
