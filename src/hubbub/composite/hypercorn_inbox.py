"""What comes for an HTTP/2 stream whose application is not reading; one of the fences around Hypercorn.

Read in Hypercorn 0.18.0, `protocol/h2.py` and `asyncio/task_group.py`: the reader of a connection puts the parts of a
body into the application's queue of ten, and waits while it is full. All other streams waited with it, and where the
application had ended without reading on, as one that refuses a request does, they waited for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


class Inbox:
    """The data that waits for one stream: no more than its window, since nothing of it is acknowledged yet."""

    def __init__(self) -> None:
        self.data = bytearray()  # in one piece: parts of a byte each would cost a hundred times as much
        self.credit = 0  # what it takes of the window, padding included
        self.has_ended = False
        self.pump: asyncio.Task[Any] | None = None

    def add(self, data: bytes, credit: int) -> None:
        """Keep one part."""
        self.data += data
        self.credit += credit


class Inboxes:
    """The inboxes of one connection: there is one for as long as a stream's application is behind."""

    def __init__(
        self,
        spawn: Callable[..., None],
        deliver: Callable[[int, bytes | None], Awaitable[None]],
        acknowledge: Callable[[int, int], Awaitable[None]],
    ) -> None:
        """`deliver` waits until the application of a stream has room for data, or for its end, which is `None`.

        `acknowledge` gives the client so many bytes of the window of a stream back.
        """
        self._spawn = spawn
        self._deliver = deliver
        self._acknowledge = acknowledge
        self._inboxes: dict[int, Inbox] = {}  # {stream: what waits for it}

    def of(self, stream_id: int, stream: Any) -> Inbox | None:
        """Where what comes now has to wait; None if the application takes it at once."""
        inbox = self._inboxes.get(stream_id)
        if inbox is None and (queue := _queue_of(stream)) is not None and queue.full():
            inbox = self._inboxes[stream_id] = Inbox()
            self._spawn(self._pump, stream_id, inbox)
        return inbox

    def forget(self, stream_id: int, stream: Any) -> int:
        """Drop what waits for a stream that ends; the credit that it took.

        The application hears of the end, for which there is room in its queue now.
        """
        queue = _queue_of(stream)
        if queue is not None and queue.full():
            queue._maxsize += 1
        inbox = self._inboxes.pop(stream_id, None)
        if inbox is None:
            return 0
        if inbox.pump is not None and inbox.pump is not asyncio.current_task():
            inbox.pump.cancel()
        return inbox.credit

    async def _pump(self, stream_id: int, inbox: Inbox) -> None:
        inbox.pump = asyncio.current_task()
        while self._inboxes.get(stream_id) is inbox:
            data, credit = bytes(inbox.data), inbox.credit
            if credit:
                inbox.data.clear()
                await self._deliver(stream_id, data)
                inbox.credit -= credit
                await self._acknowledge(stream_id, credit)
                continue
            if inbox.has_ended:
                await self._deliver(stream_id, None)
            self._inboxes.pop(stream_id, None)


def discard_queue(stream: Any) -> None:
    """Let go of whoever waits to put something into the queue of an application that has ended."""
    queue = _queue_of(stream)
    while queue is not None and not queue.empty():
        queue.get_nowait()


async def nowhere(_message: object) -> None:
    """The queue of an application that is not there any more."""


def _queue_of(stream: Any) -> Any:
    """`app_put` is the `put` of the queue that `TaskGroup.spawn_app` made; a request that was refused has none."""
    queue = getattr(getattr(stream, "app_put", None), "__self__", None)
    return queue if isinstance(queue, asyncio.Queue) else None
