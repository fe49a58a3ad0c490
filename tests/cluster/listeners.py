"""Everybody who hears the log, by whatever transport: it keeps each change as often as it came, and comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any, Literal, Protocol, get_args

import aiohttp
import httpx
from socketio.exceptions import SocketIOError
from websockets.exceptions import WebSocketException

from hubbub.contract.models import ChangeType
from tests.support.deadline import DEADLINE, within
from tests.support.event_streams import listen
from tests.support.native import NativeClient
from tests.support.people import Person
from tests.support.rest import API, rest_client
from tests.support.server import Server
from tests.support.sockets import Refused, SocketClient

Json = dict[str, Any]
Way = Literal["polling", "websocket", "upgrade", "native", "stream", "long poll"]
WAYS: tuple[Way, ...] = get_args(Way)
POLL_SECONDS = 20
FOREVER = 600.0
CONNECT_SECONDS = 5.0
ARRIVAL_SECONDS = 120.0  # of hundreds at once, on a machine that does much else
CHANGE_TYPES = frozenset(get_args(ChangeType))
# How a server that is going, or a worker that was killed, looks to a client.
LOST = (
    aiohttp.ClientError,
    httpx.TransportError,
    SocketIOError,
    Refused,
    OSError,
    WebSocketException,
    EOFError,
    TimeoutError,
)


class Client(Protocol):
    """What the clients of the three kinds of connection have in common."""

    events: list[Any]

    async def wait_until(self, holds: Callable[[], bool], what: str, deadline: float) -> None: ...


@dataclass(eq=False)
class Listener:
    """One client, from its cursor `start` on; `lives` counts how often it connected, `lost` says why it had to."""

    server: Server
    token: str
    way: Way
    cursor: str
    http2: bool = False
    changes: list[Json] = field(default_factory=list)
    start: str = ""
    lives: int = 0
    lost: list[str] = field(default_factory=list)
    client: Client | None = None  # while connected; None for a long poll
    heard: asyncio.Condition = field(default_factory=asyncio.Condition)
    there: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.start = self.cursor

    async def run(self) -> None:
        """Hear, and come back, until cancelled or signed out."""
        while True:
            try:
                await self.live()
            except LOST as error:
                self.lost.append(f"{type(error).__name__}: {error}")
                if isinstance(error, Refused) and error.code == "unauthenticated":
                    return
            finally:
                self.there.clear()
                self.client = None
            await self.rest()

    async def live(self) -> None:
        """Connect, and hear until the connection ends.

        Raises:
            one of LOST: it ended in any other way than by a goodbye.
        """
        await getattr(self, f"_by_{self.way.replace(' ', '_')}")()

    async def rest(self) -> None:
        """Between two connections: who knows one server only comes back at once."""

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until something holds that changes only with what is heard.

        Raises:
            TimeoutError: it does not.
        """
        try:
            async with asyncio.timeout(DEADLINE), self.heard:
                await self.heard.wait_for(holds)
        except TimeoutError:
            state = f"{self.way}, connected {self.there.is_set()}, {len(self.changes)} changes, {self.lives} lives"
            raise TimeoutError(f"{what}: {state}, lost {self.lost}") from None

    async def _by_polling(self) -> None:
        await self._by_socket(["polling"])

    async def _by_websocket(self) -> None:
        await self._by_socket(["websocket"])

    async def _by_upgrade(self) -> None:
        await self._by_socket(["polling", "websocket"])

    async def _by_socket(self, transports: list[Any]) -> None:
        # python-socketio waits its whole time when the session ends while it connects. Who was given up had perhaps
        # only to wait for its turn among two hundred on a slow machine, and gets more time.
        async with asyncio.timeout(CONNECT_SECONDS * (1 + len(self.lost))):
            client = await SocketClient.connect(
                self.server, token=self.token, cursor=self.cursor, transports=transports, tls=self.http2
            )
        async with client:
            await self._take(client, client.disconnected)

    async def _by_native(self) -> None:
        async with await NativeClient.connect(self.server, self.token, cursor=self.cursor, http2=self.http2) as client:
            await self._take(client, client.over)

    async def _by_stream(self) -> None:
        async with (
            rest_client(self.server, http2=self.http2, token=self.token) as client,
            listen(client, since=self.cursor) as stream,
        ):
            await stream.ready()
            await self._take(stream, stream.ended)

    async def _by_long_poll(self) -> None:
        async with rest_client(self.server, http2=self.http2, token=self.token) as client:
            self._begin()
            while True:
                answer = await client.get(
                    f"{API}/changes", params={"since": self.cursor, "wait": POLL_SECONDS}, timeout=None
                )
                if answer.status_code != httpx.codes.OK:
                    raise Refused.by_answer(answer.status_code, answer.content)
                page = answer.json()
                await self._add(page["changes"])
                self.cursor = page["cursor"]

    async def _take(self, client: Client, ended: asyncio.Event) -> None:
        self.client = client
        self._begin()
        while not ended.is_set():
            await client.wait_until(lambda: bool(client.events) or ended.is_set(), "", FOREVER)
            came = [*client.events]
            client.events.clear()  # hundreds of clients that keep everything twice are many gigabytes after a while
            names = [event.name for event in came]
            behind = "resync" in names  # what comes after it is no use: something was left out before
            came = came[: names.index("resync")] if behind else came
            await self._add([event.data for event in came if event.name in CHANGE_TYPES])
            if behind:
                self.lost.append("resync")
                return

    def _begin(self) -> None:
        self.lives += 1
        self.there.set()

    async def _add(self, changes: list[Json]) -> None:
        if changes:
            self.changes += changes
            self.cursor = changes[-1]["cursor"]
            async with self.heard:
                self.heard.notify_all()


@asynccontextmanager
async def listening(
    server: Server, person: Person, count: int, ways: tuple[Way, ...] = WAYS
) -> AsyncIterator[list[Listener]]:
    """So many clients, the ways in turn, half of them over HTTP/2, that hear from now on."""
    cursor = (await person.request("GET", "/changes")).json()["cursor"]
    listeners = [
        Listener(server, person.token, way, cursor, http2=number % 2 == 1)
        for number, way in enumerate(islice(cycle(ways), count))
    ]
    tasks = [asyncio.create_task(listener.run()) for listener in listeners]
    try:
        async with within(ARRIVAL_SECONDS, "everybody to be there"):
            await asyncio.gather(*(listener.there.wait() for listener in listeners))
        yield listeners
    finally:
        await _stop(tasks)


async def _stop(tasks: list[asyncio.Task[None]]) -> None:
    """End listeners, and raise what any of them ended by itself with."""
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
