"""Clients that read slowly or not at all, at a real Hypercorn: they cost little and harm nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from hubbub.composite.app import CompositeApp
from hubbub.composite.socket_server import SocketServer
from hubbub.contract.models import PostMessage, RoomForMe
from hubbub.service import messages
from hubbub.service.chat import Actor
from hubbub.transports.rest.application import PREFIX
from hubbub.transports.rest.listening import EXTENSION, Listeners, ListenLimits
from tests.support.api import create_app
from tests.support.backends import PASSWORD, World, open_world
from tests.support.deadline import eventually
from tests.support.event_streams import listen
from tests.support.http2 import Http2Connection
from tests.support.hypercorn_here import hypercorn_here
from tests.support.rest import rest_client
from tests.support.server import Address

KIB = 1024
LIMITS = ListenLimits(outbox_bytes=1024 * KIB, stall_seconds=0.5, heartbeat_seconds=0.1)
BODY = "x" * 8_000
POSTS = 1_200  # 10 MB, more than kernels, transports and the outbox keep


@dataclass(frozen=True)
class Site:
    """The application at a real server, and somebody who writes there."""

    world: World
    address: Address
    register: Listeners
    ada: Actor
    room: RoomForMe
    token: str

    async def post(self, body: str) -> None:
        await messages.post_message(self.world.chat, self.ada, self.room.id, PostMessage(body=body))

    async def flood(self) -> None:
        for _ in range(POSTS // 100):
            await asyncio.gather(*(self.post(BODY) for _ in range(100)))

    @property
    def waiting_bytes(self) -> int:
        return sum(getattr(stream, "waiting_bytes", 0) for stream in self.register.streams)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_world(tmp_path, rate_limits=False) as world:
        rest = create_app(world, listeners=Listeners(LIMITS))
        async with hypercorn_here(CompositeApp(SocketServer(), rest), tmp_path) as address:
            ada = await world.person("ada")
            room = await world.room(ada)
            async with rest_client(address) as client:
                account = {"username": "ada", "password": PASSWORD}
                token = (await client.post(f"{PREFIX}/sessions", json=account)).json()["token"]
            yield Site(world, address, rest.extensions[EXTENSION], ada, room, token)


async def test_who_reads_nothing_over_http_1_is_cut_off_and_others_go_on(site: Site) -> None:
    url = urlsplit(site.address.http_url)
    reader, writer = await asyncio.open_connection(url.hostname, url.port, limit=1)
    async with rest_client(site.address, token=site.token) as client, listen(client) as other:
        await other.ready()
        head = f"GET {PREFIX}/events HTTP/1.1\r\nhost: here\r\nauthorization: Bearer {site.token}\r\n\r\n"
        writer.write(head.encode())
        await eventually(lambda: len(site.register.streams) == 2, "the stream to open")
        await site.flood()
        assert site.waiting_bytes <= 2 * LIMITS.outbox_bytes
        await eventually(lambda: len(site.register.streams) == 1, "the client to be cut off")
        await site.post("after that")
        await other.wait_until(lambda: "after that" in other.events[-1].text, "the last message")
    assert not reader.at_eof()
    writer.close()
    await eventually(lambda: site.world.hub.subscription_count == 0, "everything to be given back")


async def test_who_reads_nothing_of_a_stream_over_http_2_loses_that_stream_only(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    bearer = ("authorization", f"Bearer {site.token}")
    async with await Http2Connection.connect(site.address) as connection:
        connection.frames.increment_flow_control_window(1024 * KIB)
        await connection.flush()
        monkeypatch.setattr(connection.frames, "acknowledge_received_data", lambda *_: None)
        await connection.open_stream("GET", f"{PREFIX}/events", [bearer])
        await eventually(lambda: site.world.hub.subscription_count == 1, "the stream to open")
        await site.flood()
        assert site.waiting_bytes <= LIMITS.outbox_bytes
        await eventually(lambda: len(site.register.streams) == 0, "the client to be cut off")
        answer = await connection.request("GET", f"{PREFIX}/users/me", [bearer])
        assert answer.status == 200
    await eventually(lambda: site.world.hub.subscription_count == 0, "everything to be given back")
