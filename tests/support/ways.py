"""Every way to hear the log, behind one surface: each is one connection, from when it is ready to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from typing import Any, Literal, Protocol

import httpx
from socketio.exceptions import SocketIOError
from websockets.exceptions import WebSocketException

from tests.support.deadline import DEADLINE, eventually
from tests.support.event_streams import EventListener, listen
from tests.support.native import Http1Wire, NativeClient
from tests.support.rest import API, rest_client
from tests.support.server import Server
from tests.support.sockets import Refused, SocketClient, Transport

Json = dict[str, Any]
SocketWay = Literal["polling", "websocket", "upgrade"]
Way = Literal["polling", "websocket", "upgrade", "native websocket", "event stream", "long poll", "pages"]

TRANSPORTS: dict[SocketWay, tuple[Transport, ...]] = {
    "polling": ("polling",),
    "websocket": ("websocket",),
    "upgrade": ("polling", "websocket"),
}
POLL_SECONDS = 50
# Seconds.  python-socketio waits twice as long for what was lost while it connects.
CONNECT_DEADLINE = 10.0


class Gone(Exception):
    """The connection ended, or did not come about: whoever asked for something does not know if it was done."""


class Hearing(Protocol):
    """One connection that is ready. `Gone` may be raised by everything but `close`."""

    @property
    def ended(self) -> asyncio.Event:
        """Set when it is over, whoever ended it."""

    @property
    def changes(self) -> Sequence[Json]:
        """What came by it, in order."""

    @property
    def cursor(self) -> str:
        """Where to go on."""

    @property
    def surprises(self) -> Sequence[Json]:
        """Each `resync`, which a client who is not behind never gets."""

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until something holds that changes only with what comes."""

    async def close(self, *, abruptly: bool) -> None:
        """Leave, with a goodbye or without; what comes until then is heard."""


async def connect(server: Server, token: str, way: Way, cursor: str) -> Hearing:
    """Come back by a cursor.

    Raises:
        Gone: try again.
        Refused: for good.
    """
    match way:
        case "polling" | "websocket" | "upgrade":
            return await SocketHearing.connect(server, token, way, cursor)
        case "native websocket":
            return await NativeHearing.connect(server, token, cursor)
        case "event stream":
            return await StreamHearing.connect(server, token, cursor)
        case "long poll":
            return await PollHearing.connect(server, token, cursor)
        case "pages":
            return await PageHearing.connect(server, token, cursor)


class _TalkingHearing:
    """What the two socket transports have in common."""

    def __init__(self, client: SocketClient | NativeClient, ended: asyncio.Event) -> None:
        self._client = client
        self.ended = ended

    @property
    def changes(self) -> Sequence[Json]:
        return self._client.changes

    @property
    def cursor(self) -> str:
        return self._client.cursor

    @property
    def surprises(self) -> Sequence[Json]:
        return self._client.named("resync")

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        await _before_end(self._client.wait_until(holds, what), self.ended)

    async def call(self, command: str, data: Json) -> Any:
        """The `data` of the answer.

        Raises:
            Gone: whether it was done is not known.
            Refused: for an answer that is not `ok`.
        """
        try:
            return await _before_end(self._client.call(command, data), self.ended)
        except (SocketIOError, EOFError) as error:
            raise Gone(f"{command}: {error!r}") from error
        except Refused as refused:
            raise _gone_or(refused) from refused


class SocketHearing(_TalkingHearing):
    """Socket.IO."""

    def __init__(self, client: SocketClient) -> None:
        super().__init__(client, client.disconnected)
        self._socket = client

    @classmethod
    async def connect(cls, server: Server, token: str, way: SocketWay, cursor: str) -> SocketHearing:
        try:
            async with asyncio.timeout(CONNECT_DEADLINE):
                client = await SocketClient.connect(
                    server, token=token, cursor=cursor, transports=TRANSPORTS[way], tls=False
                )
        except Refused as refused:
            raise _gone_or(refused) from refused
        except TimeoutError as error:
            raise Gone(f"no answer to a connect within {CONNECT_DEADLINE:g} s") from error
        return cls(client)

    def cut(self) -> None:
        """Lose the network for a moment: polling may go on by itself."""
        self._socket.cut()

    async def close(self, *, abruptly: bool) -> None:
        await (self._socket.vanish() if abruptly else self._socket.close())


class NativeHearing(_TalkingHearing):
    """The native WebSocket."""

    def __init__(self, client: NativeClient) -> None:
        super().__init__(client, client.over)
        self._native = client

    @classmethod
    async def connect(cls, server: Server, token: str, cursor: str) -> NativeHearing:
        try:
            return cls(await NativeClient.connect(server, token, cursor=cursor))
        except (OSError, EOFError, WebSocketException) as error:
            raise Gone(repr(error)) from error
        except Refused as refused:
            raise _gone_or(refused) from refused

    async def close(self, *, abruptly: bool) -> None:
        if abruptly and isinstance(self._native.wire, Http1Wire):
            self._native.wire.connection.transport.abort()
        await self._native.close()
        self.ended.set()  # for whoever waits for an answer


class StreamHearing:
    """Server-Sent Events. A stream has no goodbye."""

    def __init__(self, stream: EventListener, stack: AsyncExitStack) -> None:
        self.ended = stream.ended
        self._stream = stream
        self._stack = stack

    @classmethod
    async def connect(cls, server: Server, token: str, cursor: str) -> StreamHearing:
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(rest_client(server, http2=False, token=token))
            try:
                stream = await stack.enter_async_context(listen(client, last_event_id=cursor))
            except httpx.TransportError as error:
                raise Gone(repr(error)) from error
            except Refused as refused:
                raise _gone_or(refused) from refused
            await _before_end(stream.ready(), stream.ended)
            return cls(stream, stack.pop_all())

    @property
    def changes(self) -> Sequence[Json]:
        return [event.data for event in self._stream.changes]

    @property
    def cursor(self) -> str:
        return str(self._stream.cursor)

    @property
    def surprises(self) -> Sequence[Json]:
        return self._stream.named("resync")

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        await _before_end(self._stream.wait_until(holds, what), self._stream.ended)

    async def close(self, *, abruptly: bool) -> None:
        await self._stack.aclose()


class PageHearing:
    """`GET /changes` whenever somebody wants to know."""

    wait = 0

    def __init__(self, client: httpx.AsyncClient, cursor: str) -> None:
        self.changes: list[Json] = []
        self.cursor = cursor
        self.surprises: Sequence[Json] = ()
        self.ended = asyncio.Event()
        self._client = client

    @classmethod
    async def connect(cls, server: Server, token: str, cursor: str) -> PageHearing:
        hearing = cls(rest_client(server, http2=False, token=token), cursor)
        try:
            await hearing.begin()
        except BaseException:
            await hearing.close(abruptly=True)
            raise
        return hearing

    async def begin(self) -> None:
        await self._read()

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        async def found() -> bool:
            await self._read()
            return holds()

        await eventually(found, what)

    async def close(self, *, abruptly: bool) -> None:
        await self._client.aclose()

    async def _read(self) -> None:
        """All pages there are, or, where it waits, one."""
        more = True
        while more:
            query: dict[str, str | int] = {"since": self.cursor, "wait": self.wait}
            try:
                answer = await self._client.get(f"{API}/changes", params=query, timeout=POLL_SECONDS + DEADLINE)
            except httpx.TransportError as error:
                raise Gone(repr(error)) from error
            if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                raise Gone(answer.text)
            assert answer.status_code == httpx.codes.OK, answer.text
            page = answer.json()
            self.changes += page["changes"]
            self.cursor = page["cursor"]
            more = page["more"]


class PollHearing(PageHearing):
    """`GET /changes?wait=`, again and again."""

    wait = POLL_SECONDS

    def __init__(self, client: httpx.AsyncClient, cursor: str) -> None:
        super().__init__(client, cursor)
        self._arrived = asyncio.Condition()
        self._polling: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        self._polling = asyncio.create_task(self._poll())

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        await _before_end(self._wait_until(holds, what), self.ended)

    async def close(self, *, abruptly: bool) -> None:
        if self._polling is not None:
            self._polling.cancel()
            await asyncio.wait({self._polling})
        await super().close(abruptly=abruptly)

    async def _poll(self) -> None:
        try:
            while True:
                await self._read()
                async with self._arrived:
                    self._arrived.notify_all()
        except Gone:
            self.ended.set()

    async def _wait_until(self, holds: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(DEADLINE), self._arrived:
                await self._arrived.wait_for(holds)
        except TimeoutError:
            heard = [change["type"] for change in self.changes]
            raise TimeoutError(f"not within {DEADLINE:g} s: {what}; heard {heard}") from None


async def _before_end(waiting: Coroutine[Any, Any, Any], ended: asyncio.Event) -> Any:
    """What it gives, if that is before the connection ends."""
    task, end = asyncio.ensure_future(waiting), asyncio.ensure_future(ended.wait())
    try:
        await asyncio.wait({task, end}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise Gone("the connection ended")
        return task.result()
    finally:
        task.cancel()
        end.cancel()


def _gone_or(refused: Refused) -> Exception:
    """A refusal because the server is going, or without a word because it is gone, is none."""
    return Gone(str(refused)) if refused.code in ("server_busy", None) else refused
