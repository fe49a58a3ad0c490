"""One request on its way through Quart, with less on the way: one task, one message with the whole body.

Read in Quart 0.22, `asgi.py`. It waits for the disconnect in one task, handles in another and sends in a third,
and a body that it has whole is one message and its end another. An answer that is known (`known_answers`) does not
come to Quart at all. Knows nothing of what is asked or answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from hypercorn.typing import ASGIReceiveCallable, ASGIReceiveEvent, ASGISendCallable
from quart import Response
from quart.asgi import ASGIHTTPConnection
from quart.typing import ResponseTypes
from quart.utils import cancel_tasks, encode_headers
from quart.wrappers import Request
from quart.wrappers.response import DataBody

from hubbub.composite.types import Scope
from hubbub.transports.rest.known_answers import EXTENSION, KnownAnswers

# Most handlers have ended by then, and whoever waits longer may hear so late that nobody waits for it any more.
WATCH_SECONDS = 0.05

_OK = 200


class WholeRequest(ASGIHTTPConnection):
    """What `Quart.asgi_http_class` names; a request without its whole body in the first message takes Quart's way."""

    async def __call__(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Answer, or stop when the client is gone."""
        known = self._known.find(self._scope) if self._known is not None else None
        if known is not None:
            await _send_whole(send, _OK, known.headers, known.body)
            return
        first = await receive()
        if first["type"] != "http.request" or first.get("more_body", False):
            await super().__call__(_again(first, receive), send)
            return
        request = self._create_request_from_scope(send)
        request.body.append(first.get("body", b""))
        request.body.set_complete()
        handler = asyncio.ensure_future(self.handle_request(request, send))
        watch = _Watch(receive, handler.cancel)
        try:
            await handler
        except asyncio.CancelledError:
            if not watch.client_is_gone:
                raise
        finally:
            await watch.end()

    async def handle_request(self, request: Request, send: ASGISendCallable) -> None:
        """Have the application answer, and send that within the time it may take."""
        response = await self.app.handle_request(request)
        own = isinstance(response, Response) and response.timeout != Ellipsis
        seconds = cast(Response, response).timeout if own else self.app.config["RESPONSE_TIMEOUT"]
        try:
            async with asyncio.timeout(cast("float | None", seconds)):
                await self._send_response(send, response)
        except TimeoutError:
            pass  # as Quart: what was not taken is left

    async def _send_response(self, send: ASGISendCallable, response: ResponseTypes) -> None:
        body = response.response
        if not isinstance(body, DataBody):
            await super()._send_response(send, response)
            return
        headers = encode_headers(response.headers)
        whole = body.data[body.begin : body.end]
        if self._known is not None and response.status_code == _OK:
            self._known.keep(self.app, self._scope, headers, whole)
        await _send_whole(send, response.status_code, headers, whole)

    @property
    def _known(self) -> KnownAnswers | None:
        found: KnownAnswers | None = self.app.extensions.get(EXTENSION)
        return found

    @property
    def _scope(self) -> Scope:
        return cast(Scope, self.scope)  # hypercorn's TypedDicts are the same at run time


async def _send_whole(send: ASGISendCallable, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


class _Watch:
    """Waits for the client to go, once the handler has taken a while, and says so once."""

    def __init__(self, receive: ASGIReceiveCallable, gone: Callable[[], object]) -> None:
        self.client_is_gone = False
        self._receive = receive
        self._gone = gone
        self._watching: asyncio.Task[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(WATCH_SECONDS, self._begin)

    async def end(self) -> None:
        """Wait no longer."""
        self._timer.cancel()
        if self._watching is not None:
            await cancel_tasks({self._watching})

    def _begin(self) -> None:
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass  # nothing else is to come
        self.client_is_gone = True
        self._gone()


def _again(first: ASGIReceiveEvent, receive: ASGIReceiveCallable) -> ASGIReceiveCallable:
    """A `receive` that begins with what was received already."""
    waiting = [first]

    async def receive_again() -> ASGIReceiveEvent:
        return waiting.pop() if waiting else await receive()

    return receive_again
