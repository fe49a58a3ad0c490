"""Hubbub itself in memory, and people at it, for the tests of bots; the one module of the kit that knows chat."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from hubbub.application import Bounds, create_app
from hubbub.settings import Settings
from hubbub.testing.client import BASE_URL, AsgiClient
from hubbub.testing.clock import ManualClock
from hubbub.testing.engine_client import Transport
from hubbub.testing.lifespan import running
from hubbub.testing.socketio_client import SocketIOClient
from hubbub.transports.rest.application import PREFIX

PASSWORD = "a long enough password"  # noqa: S105  everybody has it, in tests


def settings_in(folder: Path) -> Settings:
    """What tests want: all data in `folder`, and no waiting for the disk; anybody registers, without limits."""
    return Settings(
        data_dir=folder,
        database=folder / "hubbub.db",
        registration="open",
        rate_limits=False,
        sqlite_synchronous="off",
        log_level="warning",
    )


class Person(AsgiClient):
    """Somebody with an account; paths are below the API, as in `post("/rooms", json=...)`."""

    def __init__(self, server: ChatServer) -> None:
        super().__init__(server.app, base_url=BASE_URL + PREFIX, state=server.state, later=server.clock.later)
        self.token = ""
        self.user: dict[str, Any] = {}

    async def sign_in(self, path: str, username: str) -> None:
        """Get a token by a new account, at `/users`, or by a further session, at `/sessions`.

        Raises:
            httpx.HTTPStatusError: the server did not let them.
        """
        answer = await self.post(path, json={"username": username, "password": PASSWORD})
        answer.raise_for_status()
        signed_in = answer.json()
        self.token, self.user = signed_in["token"], signed_in["user"]
        self.cookies.clear()
        self.headers["authorization"] = f"Bearer {self.token}"

    async def create_room(self, name: str = "Lobby", visibility: str = "public") -> dict[str, Any]:
        """A new room with this person in it.

        Raises:
            httpx.HTTPStatusError: the server did not let them.
        """
        answer = await self.post("/rooms", json={"name": name, "visibility": visibility})
        answer.raise_for_status()
        room: dict[str, Any] = answer.json()
        return room

    async def connect(self, *, cursor: str | None = None, transport: Transport = "websocket") -> SocketIOClient:
        """A Socket.IO connection that has heard `ready`; with a cursor, what was missed comes before that."""
        auth = {"token": self.token} if cursor is None else {"token": self.token, "cursor": cursor}
        socket = await self.socketio(auth=auth, transport=transport)
        await socket.event("ready")
        return socket


class ChatServer:
    """A running server; `clock` is the one it goes by, `app` the ASGI application for clients of other kinds."""

    def __init__(self, app: Any, state: dict[str, Any], clock: ManualClock, people: AsyncExitStack) -> None:
        self.app = app
        self.state = state
        self.clock = clock
        self._people = people

    async def person(self, username: str) -> Person:
        """A new account; the first one owns the server."""
        return await self._enter("/users", username)

    async def sign_in(self, username: str) -> Person:
        """A further session of somebody, as on another device."""
        return await self._enter("/sessions", username)

    async def _enter(self, path: str, username: str) -> Person:
        person = await self._people.enter_async_context(Person(self))
        await person.sign_in(path, username)
        return person


@asynccontextmanager
async def open_chat(
    settings: Settings, clock: ManualClock, *, bounds: Bounds | None = None
) -> AsyncIterator[ChatServer]:
    """A server for the length of a block; a second one on the same settings goes on with its data.

    With narrow `bounds` a test reaches them sooner.
    """
    with logs_left_alone():
        app = create_app(settings, clock, bounds=bounds)
    async with running(app) as state, AsyncExitStack() as people:
        yield ChatServer(app, state, clock, people)


@contextmanager
def logs_left_alone() -> Iterator[None]:
    """An application sets up the logs of its process; in a test they belong to pytest."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
