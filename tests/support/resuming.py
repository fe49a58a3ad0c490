"""A client that comes back by its cursor whenever it loses the server, and posts again what was not acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, Protocol

import httpx
from socketio.exceptions import SocketIOError

from tests.support.people import Person
from tests.support.rest import API
from tests.support.server import Server
from tests.support.sockets import Refused, SocketClient, Transport

# The server is going, or was cut while it answered (then there is no code): what was asked is asked again.
WORTH_ANOTHER_TRY = ("server_busy", None)


class Lost(Exception):
    """The connection ended before there was an answer: nobody knows whether it was done."""


class Post(Protocol):
    """One way to post a message and wait for its acknowledgement, which is the message.

    Raises:
        Lost: try again.
    """

    async def __call__(self, room_id: str, body: str, client_id: str) -> dict[str, Any]: ...


class ResumingClient:
    """Hears the log over a socket, whichever it has just then, and keeps every change as often as it came.

    `up` is set while there is a server to connect to, so that nobody has to try in vain.
    """

    def __init__(
        self, server: Server, person: Person, up: asyncio.Event, *, cursor: str, transport: Transport, tls: bool
    ) -> None:
        self.heard: list[dict[str, Any]] = []
        self.connections = 0
        self._server = server
        self._person = person
        self._up = up
        self._cursor = cursor
        self._transport: Transport = transport
        self._tls = tls
        self._socket: SocketClient | None = None
        self._connected = asyncio.Condition()
        self._leaving = asyncio.Event()

    async def listen(self) -> None:
        """Connect and hear, again and again, until `finish`."""
        while not self._leaving.is_set():
            await self._up.wait()
            try:
                socket = await SocketClient.connect(
                    self._server,
                    token=self._person.token,
                    cursor=self._cursor,
                    transports=[self._transport],
                    tls=self._tls,
                )
            except Refused as refused:
                if refused.code not in WORTH_ANOTHER_TRY:
                    raise
            else:
                await self._use(socket)

    async def connected(self) -> None:
        """Wait until it hears."""
        await self._open_socket()

    async def finish(self, cursor: str) -> None:
        """Hear everything up to the change with this cursor, and leave."""
        socket = await self._open_socket()
        await socket.wait_until(lambda: socket.cursor == cursor, "the last change to come")
        self._leaving.set()

    async def post_by_socket(self, room_id: str, body: str, client_id: str) -> dict[str, Any]:
        """`Post` by the command, over the socket that is open."""
        socket = await self._open_socket()
        command = {"room_id": room_id, "body": body, "client_id": client_id}
        try:
            message: dict[str, Any] = await _unless_lost(socket, socket.call("post_message", command))
        except SocketIOError as error:
            await socket.wait_for_end()  # otherwise the next try would find the same socket
            raise Lost from error
        except Refused as refused:
            if refused.code not in WORTH_ANOTHER_TRY:
                raise
            raise Lost from refused
        return message

    async def post_by_rest(self, room_id: str, body: str, client_id: str) -> dict[str, Any]:
        """`Post` by a request."""
        await self._up.wait()
        try:
            response = await self._person.client.post(
                f"{API}/rooms/{room_id}/messages", json={"body": body, "client_id": client_id}
            )
        except httpx.TransportError as error:
            raise Lost from error
        if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            raise Lost
        assert response.status_code == httpx.codes.CREATED, response.text
        message: dict[str, Any] = response.json()
        return message

    async def _use(self, socket: SocketClient) -> None:
        self.connections += 1
        async with self._connected:
            self._socket = socket
            self._connected.notify_all()
        await _first_of(socket.disconnected.wait(), self._leaving.wait())
        async with self._connected:
            self._socket = None
        await socket.close()  # nothing more is heard of it from here on
        self.heard += socket.changes
        self._cursor = socket.cursor

    async def _open_socket(self) -> SocketClient:
        async with self._connected:
            while self._socket is None or self._socket.disconnected.is_set():
                await self._connected.wait()
            return self._socket


async def post_until_acknowledged(post: Post, room_id: str, body: str, client_id: str) -> dict[str, Any]:
    """The acknowledged message; its `client_id` makes it one, however often it is sent."""
    while True:
        try:
            return await post(room_id, body, client_id)
        except Lost:
            continue


async def _unless_lost(socket: SocketClient, call: Coroutine[Any, Any, Any]) -> Any:
    answer = asyncio.ensure_future(call)
    await _first_of(answer, socket.disconnected.wait())
    if not answer.done() or answer.cancelled():
        raise Lost
    return answer.result()


async def _first_of(*waits: Awaitable[Any]) -> None:
    """Wait for one of these, and give the others up."""
    tasks = [asyncio.ensure_future(each) for each in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
