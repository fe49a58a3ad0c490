"""One call of an ASGI application in memory: what the client tells it, and what it sends, each way with a bound."""

from __future__ import annotations

import asyncio
from collections import deque

from hubbub.composite.types import AnyASGIApp, Message, Scope
from hubbub.testing.deadlines import DEADLINE

KIBIBYTES = 1024
# What a server takes from an application before its client has read it: asyncio's own limit for a connection.
HIGH_WATER = 64 * KIBIBYTES
DISCONNECTS = frozenset({"http.disconnect", "websocket.disconnect"})


class StillRunning(Exception):
    """The application went on after its client had left; it was cancelled."""


class Exchange:
    """A running call. `send` waits, as behind a server, while its client has more than `HIGH_WATER` to read."""

    def __init__(self, app: AnyASGIApp, scope: Scope) -> None:
        self.scope = scope
        self._told: asyncio.Queue[Message] = asyncio.Queue()
        self._asked = asyncio.Event()  # the application waits for something
        self._goodbye: Message | None = None
        self._sent: deque[Message] = deque()
        self._unread = 0  # bytes
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._failure_told = False
        self._task = asyncio.ensure_future(app(scope, self._receive, self._send))
        self._task.add_done_callback(lambda _: self._arrived.set())

    def __str__(self) -> str:
        return f"{self.scope.get('method', 'WebSocket')} {self.scope['path']}"

    @property
    def over(self) -> bool:
        """Whether the application has returned."""
        return self._task.done()

    def tell(self, message: Message) -> None:
        """Let the application receive this, after what it was told before."""
        self._told.put_nowait(message)

    async def asked(self) -> None:
        """Wait until the application has taken everything and waits for more, or has returned."""
        while not self.over and not (self._told.empty() and self._asked.is_set()):
            self._asked.clear()
            asking = asyncio.ensure_future(self._asked.wait())
            await asyncio.wait({asking, self._task}, return_when=asyncio.FIRST_COMPLETED)
            asking.cancel()

    async def hear(self) -> Message | None:
        """The next message of the application; None once it has returned.

        Raises:
            Exception: whatever the application raised, once.
        """
        while not self._sent:
            if self.over:
                self._tell_failure()
                return None
            self._arrived.clear()
            await self._arrived.wait()
        message = self._sent.popleft()
        self._unread -= size_of(message)
        self._room.set()
        return message

    async def end(self, goodbye: Message, *, timeout: float = DEADLINE) -> None:
        """The client leaves; wait until the application has returned. What it still sends is nobody's.

        Raises:
            StillRunning: it took longer than `timeout` seconds.
            Exception: whatever the application raised, if `hear` did not.
        """
        if self._goodbye is None:
            self._goodbye = goodbye
            self.tell(goodbye)
            self._room.set()
        await asyncio.wait({self._task}, timeout=timeout)
        if not self.over:
            self._task.cancel()
            await asyncio.wait({self._task})
            raise StillRunning(f"{self} went on for {timeout:g} s after its client had left")
        self._tell_failure()

    async def _receive(self) -> Message:
        self._asked.set()
        message = await self._told.get()
        self._asked.clear()
        if message["type"] == "http.disconnect":
            self._told.put_nowait(message)  # so it stays, however often it is asked for
        return message

    async def _send(self, message: Message) -> None:
        if self._goodbye is not None:
            return
        self._sent.append(message)
        self._unread += size_of(message)
        self._arrived.set()
        while self._unread > HIGH_WATER and self._goodbye is None:
            self._room.clear()
            await self._room.wait()

    def _tell_failure(self) -> None:
        if self._failure_told or self._task.cancelled():
            return
        self._failure_told = True
        self._task.result()


def size_of(message: Message) -> int:
    """The bytes of what a message carries."""
    text = message.get("text")
    return len(text.encode()) if text is not None else len(message.get("body") or message.get("bytes") or b"")
