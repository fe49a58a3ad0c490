"""Engine.IO clients that send exactly what a test says, straight into an ASGI application."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

from hubbub.composite.types import ASGIApp, Message
from tests.support.asgi_calls import Call, body_events, http_scope, websocket_scope
from tests.support.deadline import DEADLINE

SEPARATOR = "\x1e"


def query(transport: str, **fields: str) -> bytes:
    pairs = {"EIO": "4", "transport": transport, **fields}
    return "&".join(f"{name}={value}" for name, value in pairs.items()).encode()


class Polling:
    """A session by HTTP long-polling; each request is one call of the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.sid = ""
        self.handshake: dict[str, Any] = {}

    @classmethod
    async def open(cls, app: ASGIApp) -> Polling:
        client = cls(app)
        call = await client.request("GET")
        assert call.status == 200, call.body
        assert call.body[:1] == b"0"
        client.handshake = json.loads(call.body[1:])
        client.sid = client.handshake["sid"]
        return client

    @classmethod
    async def join(cls, app: ASGIApp, auth: str = "") -> Polling:
        """Open, join the main namespace and read the CONNECT packet."""
        client = await cls.open(app)
        assert await client.post("40" + auth) == 200
        packets = await client.poll()
        assert packets[0].startswith('40{"sid":'), packets
        return client

    async def request(self, method: str, body: bytes = b"", **fields: str) -> Call:
        call = self.start(method, body, events=None, **fields)
        await asyncio.wait_for(call.task, DEADLINE)
        return call

    def start(
        self, method: str, body: bytes = b"", *, events: Iterable[Message] | None = None, **fields: str
    ) -> RunningCall:
        """Begin a request, with a whole body or with the `events` of one; its client leaves when `closed` is set."""
        if self.sid:
            fields = {"sid": self.sid, **fields}
        scope = http_scope("/socket.io/", method, query_string=query("polling", **fields))
        return RunningCall(self._app, scope, body_events(*[body] if body else []) if events is None else events)

    async def post(self, *packets: str) -> int:
        """The status that a POST of the packets gets."""
        return (await self.request("POST", SEPARATOR.join(packets).encode())).status

    async def poll(self) -> list[str]:
        """The packets of one poll; those of a session that is gone are `gone`."""
        call = await self.request("GET")
        return call.body.decode().split(SEPARATOR) if call.status == 200 else ["gone"]


class RunningCall(Call):
    """A call that goes on while the test does something else."""

    def __init__(self, app: ASGIApp, scope: dict[str, Any], events: Iterable[Message]) -> None:
        super().__init__(events)
        self.task = asyncio.create_task(self._run(app, scope))

    async def leave(self) -> None:
        """The client's connection drops; wait until the server has noticed."""
        self.closed.set()
        await asyncio.wait_for(self.task, DEADLINE)

    async def _run(self, app: ASGIApp, scope: dict[str, Any]) -> None:
        await app(scope, self.receive, self.send)


class WebSocket:
    """A WebSocket, with a queue each way. With `reads=False` it takes nothing until `read_on` is called."""

    def __init__(self, app: ASGIApp, *, reads: bool = True, **fields: str) -> None:
        self.messages: asyncio.Queue[Message] = asyncio.Queue()
        self.closed = asyncio.Event()
        self.close_code: int | None = None
        self._reading = asyncio.Event()
        self._incoming: asyncio.Queue[Message] = asyncio.Queue()
        self._incoming.put_nowait({"type": "websocket.connect"})
        if reads:
            self._reading.set()
        scope = websocket_scope("/socket.io/", query_string=query("websocket", **fields))
        self.task = asyncio.create_task(self._run(app, scope))

    @classmethod
    async def open(cls, app: ASGIApp, *, reads: bool = True) -> WebSocket:
        """A new session, its handshake read."""
        socket = cls(app)
        assert (await socket.receive()).startswith("0{")
        if not reads:
            socket.stop_reading()
        return socket

    @classmethod
    async def join(cls, app: ASGIApp, auth: str = "") -> WebSocket:
        """Open, join the main namespace and read the CONNECT packet."""
        socket = await cls.open(app)
        socket.send("40" + auth)
        assert (await socket.receive()).startswith('40{"sid":')
        return socket

    def stop_reading(self) -> None:
        self._reading.clear()

    def read_on(self) -> None:
        self._reading.set()

    def send(self, frame: str | bytes) -> None:
        kind = "text" if isinstance(frame, str) else "bytes"
        self._incoming.put_nowait({"type": "websocket.receive", kind: frame})

    def leave(self) -> None:
        self._incoming.put_nowait({"type": "websocket.disconnect", "code": 1006})

    async def receive(self) -> str:
        """The next text frame."""
        message = await asyncio.wait_for(self.messages.get(), DEADLINE)
        return str(message["text"])

    async def receive_bytes(self) -> bytes:
        message = await asyncio.wait_for(self.messages.get(), DEADLINE)
        return bytes(message["bytes"])

    async def wait_closed(self, deadline: float = DEADLINE) -> None:
        """Wait until the server closed or refused, and is done with it."""
        await asyncio.wait_for(self.closed.wait(), deadline)
        await asyncio.wait_for(asyncio.shield(self.task), deadline)

    async def end(self) -> None:
        """Leave, and wait until the server is done."""
        self.read_on()
        self.leave()
        await asyncio.wait_for(self.task, DEADLINE)

    async def _run(self, app: ASGIApp, scope: dict[str, Any]) -> None:
        await app(scope, self._incoming.get, self._send)

    async def _send(self, message: Message) -> None:
        await self._reading.wait()
        if message["type"] == "websocket.accept":
            return
        if message["type"] in {"websocket.close", "websocket.http.response.start"}:
            self.close_code = message.get("code")
            self.closed.set()
        self.messages.put_nowait(message)
