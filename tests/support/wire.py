"""Socket.IO by hand, for what no client library does: extended CONNECT, polling over HTTP/2, reading when told to.

https://github.com/socketio/socket.io-protocol, version 5, inside Engine.IO, version 4.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any, Literal, Protocol

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.support.deadline import DEADLINE
from tests.support.http2 import Http2Connection, Http2WebSocket, StreamReset
from tests.support.rest import rest_client
from tests.support.server import Server
from tests.support.sockets import Event, Refused

Way = Literal["websocket", "polling", "upgrade"]
PATH = "/socket.io/"
QUERY = {"EIO": "4"}
SEPARATOR = "\x1e"


class Carrier(Protocol):
    """What Engine.IO packets travel by."""

    async def send(self, packet: str) -> None:
        """One packet."""

    async def receive(self) -> list[str]:
        """The next packets; none at the end."""

    async def close(self) -> None:
        """Give the connection up."""


class WebSocketCarrier:
    """One stream of an HTTP/2 connection (RFC 8441)."""

    def __init__(self, connection: Http2Connection, socket: Http2WebSocket) -> None:
        self._connection, self._socket = connection, socket

    @classmethod
    async def open(cls, server: Server) -> WebSocketCarrier:
        connection = await Http2Connection.connect(server)
        return cls(connection, await connection.open_websocket(f"{PATH}?EIO=4&transport=websocket"))

    async def send(self, packet: str) -> None:
        await self._socket.send(packet)

    async def receive(self) -> list[str]:
        try:
            # Longer than the server's PINGs are apart.
            return [str(await self._socket.receive(2 * DEADLINE))]
        except (EOFError, StreamReset):
            return []

    async def close(self) -> None:
        await self._connection.close()


class UpgradeCarrier:
    """A WebSocket over HTTP/1.1 that takes from the network only what is asked for."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    @classmethod
    async def open(cls, server: Server) -> UpgradeCarrier:
        url = server.http_url.replace("http", "ws", 1)
        return cls(await connect(f"{url}{PATH}?EIO=4&transport=websocket", max_queue=1, proxy=None))

    async def send(self, packet: str) -> None:
        await self._socket.send(packet)

    async def receive(self) -> list[str]:
        try:
            return [str(await self._socket.recv())]
        except ConnectionClosed:
            return []

    async def close(self) -> None:
        await self._socket.close()


class PollingCarrier:
    """A GET that waits and, beside it, one POST at a time with all that is to be sent, on one HTTP/2 connection."""

    def __init__(self, client: httpx.AsyncClient, first: str) -> None:
        self._client = client
        self._first = [first]
        sid = json.loads(first[1:])["sid"]
        self._query = QUERY | {"transport": "polling", "sid": sid}
        self._to_send: list[str] = []
        self._posting = asyncio.Lock()

    @classmethod
    async def open(cls, server: Server) -> PollingCarrier:
        client = rest_client(server)
        answer = await client.get(PATH, params=QUERY | {"transport": "polling"})
        return cls(client, answer.text)

    async def send(self, packet: str) -> None:
        self._to_send.append(packet)
        async with self._posting:
            if self._to_send:
                content, self._to_send = SEPARATOR.join(self._to_send), []
                answer = await self._client.post(PATH, params=self._query, content=content)
                assert answer.text == "ok", answer.text

    async def receive(self) -> list[str]:
        if self._first:
            return [self._first.pop()]
        answer = await self._client.get(PATH, params=self._query, timeout=2 * DEADLINE)
        return answer.text.split(SEPARATOR) if answer.status_code == httpx.codes.OK else []

    async def close(self) -> None:
        await self._client.aclose()


CARRIERS: dict[Way, type[WebSocketCarrier] | type[UpgradeCarrier] | type[PollingCarrier]] = {
    "websocket": WebSocketCarrier,
    "upgrade": UpgradeCarrier,
    "polling": PollingCarrier,
}


class WireSocket:
    """A Socket.IO connection that keeps what it hears, with the surface of `SocketClient`.

    While `reading` is cleared it takes nothing from the server, but for what it is waiting for already.
    """

    def __init__(self, carrier: Carrier) -> None:
        self.carrier = carrier
        self.reading = asyncio.Event()
        self.reading.set()
        self.events: list[Event] = []
        self.disconnected = asyncio.Event()
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._arrived = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def connect(
        cls, server: Server, way: Way, *, token: str | None = None, cursor: str | None = None
    ) -> WireSocket:
        """Connect and wait for `ready`.

        Raises:
            Refused: with what the server said.
        """
        socket = cls(await CARRIERS[way].open(server))
        auth = {name: value for name, value in (("token", token), ("cursor", cursor)) if value is not None}
        await socket.carrier.send(f"40{json.dumps(auth)}")
        answered = {"ready", "connect_error"}
        await socket._wait(lambda: bool(answered & {event.name for event in socket.events}), "an answer to CONNECT")
        if refused := socket.named("connect_error"):
            await socket.close()
            raise Refused(refused[0]["data"])
        return socket

    def named(self, name: str) -> list[Any]:
        """The data of all events of that name, in order."""
        return [event.data for event in self.events if event.name == name]

    @property
    def changes(self) -> list[dict[str, Any]]:
        """The changes of the log it has heard, in order."""
        return [event.data for event in self.events if event.cursor is not None]

    async def ask(self, command: str, data: object = None) -> Any:
        """Send a command and give back its acknowledgement."""
        number = next(self._ids)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self.carrier.send(f"42{number}{json.dumps([command, data])}")
        async with asyncio.timeout(DEADLINE):
            return await answer

    async def wait_for(self, name: str, where: Any = lambda _: True) -> Any:
        """The data of the first event of that name for which `where` holds."""
        await self._wait(lambda: any(where(data) for data in self.named(name)), f"{name} to come")
        return next(data for data in self.named(name) if where(data))

    async def close(self) -> None:
        """Stop without a word."""
        self._reading.cancel()
        await asyncio.wait({self._reading})
        await self.carrier.close()

    async def __aenter__(self) -> WireSocket:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _wait(self, holds: Any, what: str) -> None:
        try:
            async with asyncio.timeout(DEADLINE), self._arrived:
                await self._arrived.wait_for(holds)
        except TimeoutError:
            heard = [event.name for event in self.events]
            raise TimeoutError(f"not within {DEADLINE:g} s: {what}; heard {heard}") from None

    async def _read(self) -> None:
        while packets := await self.carrier.receive():
            for packet in packets:
                await self._take(packet)
            async with self._arrived:
                self._arrived.notify_all()
            await self.reading.wait()
        self.disconnected.set()

    async def _take(self, packet: str) -> None:
        if packet == "2":
            await self.carrier.send("3")
        elif packet.startswith("42"):
            name, *arguments = json.loads(packet[2:])
            self.events.append(Event(name, arguments[0]))
        elif packet.startswith("44"):
            self.events.append(Event("connect_error", json.loads(packet[2:])))
        elif packet.startswith("43"):
            start = packet.index("[")
            (answer,) = json.loads(packet[start:])
            self._answers.pop(int(packet[2:start])).set_result(answer)
