"""The clients that people use, over a real Hypercorn: python-socketio's and the official one under Node.js."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import pytest

from hubbub.composite.socket_server import SocketLimits
from hubbub.composite.sockets.heartbeat import loop_later
from tests.support.deadline import eventually
from tests.support.hypercorn_here import hypercorn_here
from tests.support.node_client import NodeClient
from tests.support.server import Address
from tests.support.socket_application import SocketApplication
from tests.support.sockets import Refused, SocketClient

Way = tuple[list[Literal["polling", "websocket"]], str]  # what the client may use, and what it ends on

POLLING: Way = (["polling"], "polling")
WEBSOCKET: Way = (["websocket"], "websocket")
UPGRADE: Way = (["polling", "websocket"], "websocket")
WAYS = pytest.mark.parametrize("way", [POLLING, WEBSOCKET, UPGRADE], ids=["polling", "websocket", "upgrade"])
# Short enough to see several, long enough for a busy machine.
LIVELY = SocketLimits(ping_interval_seconds=0.2, ping_timeout_seconds=5)


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[tuple[SocketApplication, Address]]:
    world = SocketApplication(LIVELY, later=loop_later)
    async with hypercorn_here(world.app, folder) as address:
        yield world, address
        await eventually(lambda: len(world.left) == len(world.joined), "every disconnect hook")


@pytest.mark.parametrize("tls", [True, False])
@WAYS
async def test_python(tmp_path: Path, way: Way, tls: bool) -> None:
    transports, last = way
    async with served(tmp_path) as (world, address):
        async with await SocketClient.connect(address, transports=transports, tls=tls, ready=False) as client:
            await eventually(lambda: world.connection.transport == last, "the upgrade")
            answers = await asyncio.gather(*(client.ask("say", number) for number in range(4)))
            assert answers == [{"heard": [number]} for number in range(4)]
            await client.wait_until(lambda: client.named("said") == [0, 1, 2, 3], "the events, in order")
        await world.gone.wait()


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_python_is_refused(tmp_path: Path, transport: Literal["polling", "websocket"]) -> None:
    async with served(tmp_path) as (_, address):
        with pytest.raises(Refused) as refused:
            await SocketClient.connect(address, token="wrong", transports=[transport], tls=False)
        assert refused.value.error == {"code": "unauthenticated", "detail": "Wrong token."}


async def test_a_cut_websocket_is_noticed_at_once(tmp_path: Path) -> None:
    async with served(tmp_path) as (world, address):
        async with await SocketClient.connect(address, tls=False, ready=False) as client:
            await client.drop()
            await asyncio.wait_for(world.gone.wait(), 1)
        assert world.left == ["transport close"]


@asynccontextmanager
async def node(address: Address, **options: Any) -> AsyncIterator[NodeClient]:
    async with await NodeClient.start(address) as client:
        await client.do("connect", url=address.http_url, options=options)
        yield client


@WAYS
async def test_node(tmp_path: Path, way: Way) -> None:
    transports, last = way
    async with served(tmp_path) as (world, address):
        async with node(address, transports=transports, auth={"greet": "hello"}) as client:
            assert await client.wait_for("greeting") == "hello"
            await eventually(lambda: world.connection.transport == last, "the upgrade")
            for number in range(4):
                assert await client.ask("say", number) == {"heard": [number]}
            assert await client.ask("fail") == {"failed": "fail", "why": "ZeroDivisionError"}
            assert client.named("said") == [0, 1, 2, 3]
            pings = world.server.counters.packets_out
            await eventually(lambda: world.server.counters.packets_out > pings + 2, "pings and pongs to go on")
            await client.do("disconnect")
            await world.gone.wait()
        assert world.left == ["client disconnect"]
        assert world.server.counters.malformed == world.server.counters.timed_out == 0


@WAYS
async def test_node_is_refused_with_data(tmp_path: Path, way: Way) -> None:
    async with served(tmp_path) as (_, address), node(address, transports=way[0], auth={"token": "wrong"}) as client:
        refusal = await client.wait_for("client:refused")
        assert refusal["data"] == {"code": "unauthenticated", "detail": "Wrong token."}


@WAYS
async def test_node_comes_back_after_a_drain_and_not_after_a_goodbye(tmp_path: Path, way: Way) -> None:
    async with served(tmp_path) as (world, address):
        async with node(address, transports=way[0], reconnectionDelay=1, randomizationFactor=0) as client:
            await client.wait_for("client:connected")
            await eventually(lambda: world.connection.transport == way[1], "the transport that it stays on")
            world.connection.emit("server_restarting", "{}")
            world.connection.close("restart")
            await client.wait_for("server_restarting")
            await eventually(lambda: len(client.named("client:connected")) == 2, "the client to come back")
            world.connection.close("revoked", reconnect=False)
            await eventually(lambda: len(client.named("client:disconnected")) == 2, "the goodbye")
            assert client.named("client:disconnected")[-1]["reason"] == "io server disconnect"
        await eventually(lambda: world.left == ["restart", "revoked"], "both ends")


async def test_node_upgrades_under_fire_without_losing_anything(tmp_path: Path) -> None:
    async with served(tmp_path) as (world, address), node(address, transports=["polling", "websocket"]) as client:
        await client.wait_for("client:connected")
        sent = 0
        while world.connection.transport == "polling":
            world.connection.emit("n", str(sent))
            sent += 1
            await asyncio.sleep(0.001)
        world.connection.emit("n", str(sent))
        await client.wait_for("n", lambda number: number == sent)
        assert client.named("n") == list(range(sent + 1))
