"""A request of HTTP/1.1 that came whole, as Hypercorn's stream; its answer, when it is whole too, is one write.

Read in Hypercorn 0.18.0, `protocol/http_stream.py`. Imported only where that is known (see `hypercorn_h11`), whose
connection says whether an answer may go past h11.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import lru_cache
from time import time
from typing import Any, Protocol

from hypercorn.config import Config
from hypercorn.events import Event, RawData
from hypercorn.protocol import events
from hypercorn.protocol.http_stream import ASGIHTTPState, HTTPStream
from hypercorn.utils import build_and_validate_headers

from hubbub.composite.scopes import COMPLETE
from hubbub.composite.whole_messages import Fields, WholeRequest, write_response


class Connection(Protocol):
    """What a stream needs of its connection."""

    connection_state: Any
    send: Callable[[Event], Awaitable[None]]

    @property
    def takes_whole_answer(self) -> bool:
        """Whether nothing is to be added to the answer, and nothing of it has been sent."""
        ...


class WholeStream(HTTPStream):
    """One request and its answer.

    The head of an answer is kept until its body follows, which ASGI allows and `content-length` promises.
    """

    _connection: Connection
    _start: Any = None  # the `http.response.start` that is kept

    async def begin(self, connection: Connection, request: WholeRequest) -> None:
        """Hand the request to the application."""
        self._connection = connection
        await self.handle(
            events.Request(
                stream_id=self.stream_id,
                headers=request.fields,
                http_version="1.1",
                method=request.method,
                raw_path=request.target,
                state=connection.connection_state,
            )
        )
        if not self.closed:  # Hypercorn itself refuses names that it does not serve
            self.scope[COMPLETE] = True  # type: ignore[literal-required]
            await self.app_put({"type": "http.request", "body": request.body, "more_body": False})

    async def app_send(self, message: Any) -> None:
        """The ASGI `send`; None when the application has ended."""
        start, self._start = self._start, None
        if start is None:
            if message is not None and self._may_wait(message):
                self._start = message
                return
        elif not await self._answer(start, message):
            await super().app_send(start)
        else:
            return
        await super().app_send(message)

    def _may_wait(self, message: Any) -> bool:
        """Whether this is a head that a body is to follow at once."""
        return (
            message["type"] == "http.response.start"
            and self.state is ASGIHTTPState.REQUEST
            and self._connection.takes_whole_answer
            and not message.get("trailers", False)
            and any(name.lower() == b"content-length" for name, _ in message.get("headers", ()))
        )

    async def _answer(self, start: Any, message: Any) -> bool:
        """Send head and body, if this is all of the body and nothing is special; whether it was done."""
        if message is None or message["type"] != "http.response.body" or message.get("more_body", False):
            return False
        fields = [*build_and_validate_headers(start.get("headers", ())), *_server_fields(self.config, int(time()))]
        data = write_response(int(start["status"]), fields, bytes(message.get("body", b"")))
        if data is None:
            return False
        self.response = start
        self.state = ASGIHTTPState.CLOSED
        await self._connection.send(RawData(data))
        await self.config.log.access(self.scope, start, time() - self.start_time)
        await self.send(events.StreamClosed(stream_id=self.stream_id))
        return True


@lru_cache(8)  # as many as there may be servers in one process
def _server_fields(config: Config, _second: int) -> Fields:
    """What the server itself says on each answer, the date among it, made once a second."""
    return config.response_headers("h11")
