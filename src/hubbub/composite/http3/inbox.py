"""What has come of one request and was not taken by its application yet; knows ASGI, nothing of HTTP/3."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hubbub.composite.types import Message

# An application that takes nothing while this much arrives is not going to; ours take a body as it comes. In bytes.
UNREAD_BYTES = 1024 * 1024


class Inbox:
    """Takes the body without ever waiting for the application, since all connections share the one who puts.

    Adjacent pieces become one, so that what waits is bounded by its bytes alone.
    """

    def __init__(self, overflow: Callable[[], None], limit: int = UNREAD_BYTES) -> None:
        """`overflow` is called once, when the application has left more than `limit` bytes unread."""
        self._overflow = overflow
        self._limit = limit
        self._body = bytearray()
        self._is_complete = False  # the client has sent its last
        self._is_told = False  # and the application knows
        self._is_gone = False
        self._news = asyncio.Event()

    async def put(self, message: Message) -> None:
        """Take `http.request` or `http.disconnect`."""
        if self._is_gone:
            return
        if message["type"] == "http.disconnect":
            self._is_gone = True
            self._body.clear()
        else:
            self._body += message.get("body", b"")
            self._is_complete = not message.get("more_body", False)
        self._news.set()
        if len(self._body) > self._limit:
            self._is_gone = True
            self._body.clear()
            self._overflow()

    async def get(self) -> Message:
        """The ASGI `receive`: the next of the body, and after its end that the client is gone, once it is."""
        while not (self._is_gone or self._body or (self._is_complete and not self._is_told)):
            self._news.clear()
            await self._news.wait()
        if self._is_gone:
            return {"type": "http.disconnect"}
        body = bytes(self._body)
        self._body.clear()
        self._is_told = self._is_complete
        return {"type": "http.request", "body": body, "more_body": not self._is_complete}
