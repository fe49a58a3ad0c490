"""A WSGI application as an ASGI application: by Hypercorn's wrapper, with what PEP 3333 asks for beyond it.

Knows nothing of prefixes. Read in Hypercorn 0.18.0, `app_wrappers.py`: a response without a body is never sent (every
answer of Flask to HEAD, every 204 and 304), `write` is missing, `SERVER_PORT` is a number, a body without a declared
length is lost, one that breaks off is taken for a whole one, one that is too large gets a bare 400, and all of it runs
in the threads that everybody uses.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from hypercorn.app_wrappers import WSGIWrapper

from hubbub.composite.bodies import BodiesMiddleware
from hubbub.composite.body_reading import MIB, BodyLimits
from hubbub.composite.problem import Problem, send_problem
from hubbub.composite.refusals import refuse
from hubbub.composite.types import ASGIApp, Receive, Scope, Send

if TYPE_CHECKING:
    from _typeshed import OptExcInfo

MAX_BODY_BYTES = 1 * MIB  # as for everything else here; a site with uploads says more
THREADS = 16  # requests at once; each may wait for a database, and for a client that reads slowly
WAITING_PER_THREAD = 16  # requests that wait for a thread; more of them would wait for longer than people do
BUSY_SECONDS = 1.0

_QUERY_SAFE = "".join(map(chr, range(0x21, 0x7F)))  # what a server lets through as it is

_NO_WEBSOCKET = Problem(404, "not_found", "There is no websocket at this address.")
_BUSY = Problem(503, "server_busy", "Too many requests wait for this part. Try again.", retry_after=BUSY_SECONDS)


def wsgi_guest(wsgi_app: WSGIApplication, *, max_body_size: int = MAX_BODY_BYTES, threads: int = THREADS) -> ASGIApp:
    """The application for `CompositeApp`'s `guests`, or anywhere else where ASGI is called.

    A body larger than `max_body_size` bytes gets a 413; it is held in memory while the application runs. `threads`
    requests run at once, `WAITING_PER_THREAD` times as many wait, more get a 503. Websockets are refused. Responses
    are sent as they are produced, and a client that does not read holds its thread.
    """
    return BodiesMiddleware(_Threaded(wsgi_app, threads), limits=BodyLimits(keep_bytes=max_body_size))


class _Threaded:
    """Runs the application in threads of its own, which end with the lifespan, if there is one."""

    def __init__(self, wsgi_app: WSGIApplication, threads: int) -> None:
        self._wrapper = WSGIWrapper(_Complete(wsgi_app), sys.maxsize)  # the body was read within its bound before
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="wsgi")
        self._room = threads * (1 + WAITING_PER_THREAD)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await refuse(scope, receive, send, _NO_WEBSOCKET)
        elif self._room <= 0:
            await send_problem(scope, send, _BUSY)
        else:
            self._room -= 1
            try:
                await self._run(scope, receive, send)
            finally:
                self._room += 1

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()

        def spawn(work: Callable[..., None], *arguments: Any) -> asyncio.Future[None]:
            return loop.run_in_executor(self._pool, work, *arguments)

        def call_soon(work: Callable[..., Any], *arguments: Any) -> Any:
            return asyncio.run_coroutine_threadsafe(work(*arguments), loop).result()

        query = quote(scope["query_string"], safe=_QUERY_SAFE).encode()  # Hypercorn decodes it as ASCII
        wrapper: Any = self._wrapper  # its types are those of Hypercorn's own ASGI
        await wrapper({**scope, "query_string": query}, receive, send, spawn, call_soon)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        # Whoever runs still is not waited for: its request was cancelled, and a thread cannot be.
        self._pool.shutdown(wait=False, cancel_futures=True)
        await send({"type": "lifespan.shutdown.complete"})


class _Complete:
    """The application with the `start_response` and the `environ` of PEP 3333, for a caller that lacks parts of it."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        environ["SERVER_PORT"] = str(environ["SERVER_PORT"] or "")  # a Unix socket has none
        environ["wsgi.errors"] = sys.stderr
        # Over HTTP/2, or in chunks, a body came without its length, and is none to who goes by it.
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ["CONTENT_LENGTH"] = str(environ["wsgi.input"].getbuffer().nbytes)
        answer = _Answer(start_response)
        produced = self._app(environ, answer.start)
        try:
            for chunk in produced:
                yield from answer.take(chunk)
            yield from answer.take(b"", last=True)
        finally:
            if hasattr(produced, "close"):
                produced.close()


class _Answer:
    """What the application has said of its answer, until its first byte or its end sends it on."""

    def __init__(self, start_response: StartResponse) -> None:
        self._start_response = start_response
        self._head: tuple[str, list[tuple[str, str]]] | None = None
        self._written: list[bytes] = []
        self._started = False

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None
    ) -> Callable[[bytes], object]:
        """`start_response` as the application calls it; returns `write`."""
        error = exc_info[1] if exc_info else None
        if error is not None and (self._started or self._written):
            raise error
        if error is None and self._head is not None:
            raise RuntimeError("start_response was called twice")
        self._head = (status, headers)
        return self._written.append

    def take(self, chunk: bytes, *, last: bool = False) -> Iterator[bytes]:
        """What is to be sent of a chunk; the head goes out with the first byte, or at the end."""
        body = b"".join([*self._written, chunk])
        self._written.clear()
        if self._started:
            yield body
        elif body or last:
            self._send_head()
            yield body

    def _send_head(self) -> None:
        if self._head is None:
            raise RuntimeError("the WSGI application did not call start_response")
        self._started = True
        status, headers = self._head
        self._start_response(status if " " in status else f"{status} ", headers)
