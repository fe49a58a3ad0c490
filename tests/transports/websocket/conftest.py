"""The endpoint in the test's own process, on a real store and Hypercorn, with limits that a test can wait for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from quart import Quart

from hubbub.composite.app import CompositeApp
from hubbub.composite.socket_server import SocketServer
from hubbub.contract.models import PostMessage, SignIn
from hubbub.service import memberships, messages, sessions
from hubbub.service.chat import Actor
from hubbub.transports.websocket.endpoint import ChatWebSockets
from hubbub.transports.websocket.limits import WebSocketLimits
from tests.support.backends import PASSWORD, World, open_world
from tests.support.deadline import eventually
from tests.support.hypercorn_here import hypercorn_here
from tests.support.native import NativeClient
from tests.support.server import Server


@dataclass
class House:
    """A world with its endpoint behind a server, and Ada in her room."""

    world: World
    endpoint: ChatWebSockets
    server: Server
    ada: Actor
    token: str
    room_id: str
    clients: list[NativeClient] = field(default_factory=list)

    async def token_of(self, username: str) -> str:
        """A further session."""
        request = SignIn(username=username, password=PASSWORD)
        return (await sessions.sign_in(self.world.chat, request, user_agent="test", key=None)).token

    async def join(self, username: str) -> str:
        """Somebody new in the room; their id."""
        joining = await self.world.person(username)
        await memberships.add_member(self.world.chat, self.ada, self.room_id, joining.user.id)
        return joining.user.id

    async def post(self, body: str = "hello") -> str:
        """Ada writes something; the id of it."""
        return (await messages.post_message(self.world.chat, self.ada, self.room_id, PostMessage(body=body))).id

    async def open(self, *, http2: bool = False, headers: dict[str, str] | None = None) -> NativeClient:
        """A WebSocket of nobody yet."""
        self.clients.append(await NativeClient.open(self.server, http2=http2, headers=headers))
        return self.clients[-1]

    async def connect(self, *, http2: bool = False, cursor: str | None = None) -> NativeClient:
        """A WebSocket of Ada's, ready."""
        client = await NativeClient.connect(self.server, self.token, http2=http2, cursor=cursor)
        self.clients.append(client)
        return client


OpenHouse = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture
def open_house(tmp_path: Path) -> OpenHouse:
    @asynccontextmanager
    async def opened(**limits: float) -> AsyncIterator[House]:
        async with open_world(tmp_path, rate_limits=False) as world:
            endpoint = ChatWebSockets(
                Quart(__name__),
                lambda: world,
                path="/api/v1/ws",
                limits=WebSocketLimits(**limits),  # type: ignore[arg-type]
            )
            async with hypercorn_here(CompositeApp(SocketServer(), endpoint), tmp_path) as server:
                ada = await world.person("ada")
                house = House(world, endpoint, server, ada, "", (await world.room(ada)).id)
                house.token = await house.token_of("ada")
                yield house
                await asyncio.gather(*(client.close() for client in house.clients))
                await eventually(lambda: len(endpoint) == 0, "every conversation to be over")
                assert world.hub.subscription_count == 0

    return opened


@pytest.fixture
async def house(open_house: OpenHouse) -> AsyncIterator[House]:
    async with open_house() as house:
        yield house
