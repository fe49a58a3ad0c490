"""Socket.IO clients that keep what they hear, in order, and can be asked for it."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal

import aiohappyeyeballs
import aiohttp
import socketio

from tests.support.deadline import DEADLINE, eventually, to_its_end
from tests.support.http_answers import HttpAnswers
from tests.support.leaving import end_tasks, leave
from tests.support.server import Server

Transport = Literal["websocket", "polling"]


@dataclass(frozen=True)
class Event:
    """What the server sent: a change under its type's name, or an event beside the log."""

    name: str
    data: Any

    @property
    def cursor(self) -> str | None:
        """Where a change stands in the log; None for what is not in it."""
        return self.data.get("cursor") if isinstance(self.data, dict) and self.name not in _BESIDE_THE_LOG else None


# What a closed socket has for a file number.
CLOSED = -1

# These carry a cursor and are no changes.
_BESIDE_THE_LOG = frozenset({"ready", "resync"})


class Refused(Exception):
    """A connect or a command was refused; `error` is the error object of the contract."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(f"{error.get('code')}: {error.get('detail')}")
        self.error = error
        self.code: object = error.get("code")

    @classmethod
    def by_answer(cls, status: int, body: bytes) -> Refused:
        """What an HTTP answer says; it has no code where a proxy has answered by a page of its own."""
        try:
            return cls(json.loads(body))
        except ValueError:
            return cls({"code": None, "detail": f"status {status}"})


class SocketClient:
    """One Socket.IO connection of python-socketio's own client, which does not reconnect by itself."""

    def __init__(self, url: str, tls: ssl.SSLContext | None) -> None:
        self.url = url
        self.events: list[Event] = []
        self.disconnected = asyncio.Event()
        self.reason: str | None = None
        self._sockets: list[socket.socket] = []
        connector = aiohttp.TCPConnector(ssl=tls or False, socket_factory=self._make_socket)
        self._answers = HttpAnswers()
        self._session = aiohttp.ClientSession(connector=connector, trace_configs=[self._answers.trace])
        self._arrived = asyncio.Condition()
        self._refusal: dict[str, Any] | None = None
        self._told_of_end: asyncio.Task[None] | None = None
        self._client = socketio.AsyncClient(reconnection=False, http_session=self._session)
        self._client.on("*", self._hear)
        self._client.on("connect_error", self._hear_refusal)
        self._client.on("disconnect", self._hear_end)

    @classmethod
    async def connect(
        cls,
        server: Server,
        *,
        token: str | None = None,
        cursor: str | None = None,
        transports: Sequence[Transport] = ("websocket",),
        tls: bool = True,
        headers: dict[str, str] | None = None,
        ready: bool = True,
    ) -> SocketClient:
        """Connect and, unless told otherwise, wait for `ready`; a cursor resumes there.

        Raises:
            Refused: with what the server said, or with code None where it said nothing.
            TimeoutError: when `ready` does not come.
        """
        client = cls(server.https_url, server.ssl_context) if tls else cls(server.http_url, None)
        auth = {name: value for name, value in (("token", token), ("cursor", cursor)) if value is not None}
        try:
            await client._client.connect(
                client.url, auth=auth, transports=list(transports), headers=headers or {}, wait_timeout=DEADLINE
            )
            client._watch_reading()
            if ready:
                await client._wait_for_ready()
        except (socketio.exceptions.ConnectionError, aiohttp.ClientError) as error:
            await client.close()
            raise Refused(client._refusal or {"code": None, "detail": str(error)}) from error
        except TypeError as error:
            # python-engineio 4.15 takes the close of a WebSocket that it upgrades to for a packet, and is stuck then.
            await client._close_session()
            raise Refused({"code": None, "detail": "the connection ended while it was upgraded"}) from error
        except BaseException:
            await client.close()
            raise
        return client

    async def _wait_for_ready(self) -> None:
        await self.wait_until(lambda: bool(self.named("ready")) or self.disconnected.is_set(), "ready to come")
        if not self.named("ready"):
            raise Refused({"code": None, "detail": f"the connection ended before `ready`: {self.reason}"})

    @property
    def sid(self) -> str:
        """The id of the Socket.IO session."""
        return str(self._client.get_sid())

    @property
    def refusals(self) -> list[str]:
        """The requests of its transports that were refused, as `GET 400`."""
        return self._answers.refusals

    @property
    def transport(self) -> str:
        """`websocket` or `polling`, whichever carries the connection now."""
        return str(self._client.transport())

    @property
    def changes(self) -> list[dict[str, Any]]:
        """The changes of the log it has heard, in the order in which they came."""
        return [event.data for event in self.events if event.cursor is not None]

    @property
    def cursor(self) -> str:
        """Where to resume: at the last change it has heard, or else where `ready` said the log stands."""
        for event in reversed(self.events):
            if event.cursor is not None:
                return event.cursor
            if event.name == "ready":
                return str(event.data["cursor"])
        raise ValueError("neither a change nor `ready` has come")

    def named(self, name: str) -> list[Any]:
        """The data of all events of that name, in order."""
        return [event.data for event in self.events if event.name == name]

    async def wait_for(
        self,
        name: str,
        where: Callable[[Any], bool] = lambda _: True,
        *,
        after: int = 0,
        deadline: float = DEADLINE,
    ) -> Any:
        """The data of the first event of that name for which `where` holds, whether it is here already or still comes.

        `after` leaves out so many of the events heard first: `len(client.events)` for what comes from now on.

        Raises:
            TimeoutError: when none comes, naming what came instead.
        """
        found: list[Any] = []

        def has_come() -> bool:
            found.extend(event.data for event in self.events[after:] if event.name == name and where(event.data))
            return bool(found)

        await self.wait_until(has_come, f"{name} to come", deadline)
        return found[0]

    async def wait_until(self, holds: Callable[[], bool], what: str, deadline: float = DEADLINE) -> None:
        """Wait until something holds that changes only with what this client hears.

        Raises:
            TimeoutError: when it does not, naming what came.
        """
        try:
            async with asyncio.timeout(deadline), self._arrived:
                await self._arrived.wait_for(holds)
        except TimeoutError:
            heard = [event.name for event in self.events]
            raise TimeoutError(f"not within {deadline:g} s: {what}; heard {heard}") from None

    async def ask(self, command: str, data: object = None, deadline: float = DEADLINE) -> Any:
        """Send a command and give back its acknowledgement as it came."""
        return await self._client.call(command, data, timeout=deadline)

    async def call(self, command: str, data: object = None, deadline: float = DEADLINE) -> Any:
        """Send a command and give back the `data` of its acknowledgement.

        Raises:
            Refused: for an acknowledgement that is not `ok`.
        """
        answer = await self.ask(command, data, deadline)
        if not answer["ok"]:
            raise Refused(answer["error"])
        return answer["data"]

    async def send(self, command: str, data: object = None) -> None:
        """Send a command and ask for no acknowledgement."""
        await self._client.emit(command, data)

    async def drop(self) -> None:
        """Cut the connection without a word, as a lost network does."""
        self.cut()
        await self.wait_for_end()

    def cut(self) -> None:
        """Lose the network for a moment: a WebSocket ends with that, while polling may go on by itself."""
        for connection in self._sockets:
            with suppress(OSError):  # it is over already
                connection.shutdown(socket.SHUT_RDWR)

    async def vanish(self) -> None:
        """Be gone without a word, as a process that is killed."""
        await self._close_session()
        await self._hear_end("vanished")

    async def wait_for_end(self, deadline: float = DEADLINE) -> None:
        """Wait until the connection is over, whoever ended it."""
        await asyncio.wait_for(self.disconnected.wait(), deadline)

    async def close(self) -> None:
        """Say goodbye, if there is anybody to say it to."""
        if self._client.eio.read_loop_task is None:  # it was given up before it was there; python-engineio would fail
            await self._close_session()
            return
        try:
            await leave(self._client)
        finally:
            await self._close_session()

    async def __aenter__(self) -> SocketClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _close_session(self) -> None:
        await to_its_end(self._let_go())

    async def _let_go(self) -> None:
        engine = self._client.eio
        await end_tasks(engine)
        self._answers.close()
        await self._session.close()
        # Where its session is closed python-engineio makes another one, and closes only what it was not given.
        if engine.http is not None and engine.http is not self._session:
            await engine.http.close()
        # aiohttp does not wait for the connection of a request that was cut short, and the loop would end before it.
        await eventually(lambda: all(open.fileno() == CLOSED for open in self._sockets), "the sockets to close")

    def _make_socket(self, address: aiohappyeyeballs.AddrInfoType) -> socket.socket:
        family, kind, protocol, *_ = address
        made = socket.socket(family, kind, protocol)
        self._sockets.append(made)
        return made

    async def _hear(self, name: str, *arguments: Any) -> None:
        # python-socketio starts a task for each packet, in order; up to the first wait they keep that order.
        self.events.append(Event(name, arguments[0] if len(arguments) == 1 else list(arguments)))
        async with self._arrived:
            self._arrived.notify_all()

    def _watch_reading(self) -> None:
        """Notice the end that python-engineio's client is silent of: the server is gone amid its answer to a poll."""
        reading: asyncio.Task[None] = self._client.eio.read_loop_task
        reading.add_done_callback(self._hear_end_of_reading)

    def _hear_end_of_reading(self, reading: asyncio.Task[None]) -> None:
        if not reading.cancelled() and reading.exception() is not None:
            self._told_of_end = asyncio.ensure_future(self._hear_end("the answer to a poll was cut off"))

    def _hear_refusal(self, error: Any = None) -> None:
        # {"message": text, "data": what the server added}; a bare text where the transport itself failed.
        self._refusal = error.get("data") if isinstance(error, dict) else None

    async def _hear_end(self, reason: str) -> None:
        self.reason = reason
        self.disconnected.set()
        async with self._arrived:
            self._arrived.notify_all()
