"""Where native WebSockets come in, and how they end together."""

from __future__ import annotations

import asyncio
import time

import httpx

from tests.transports.websocket.conftest import House

CLIENTS = 20
RESTART_SECONDS = 1.0


async def test_a_request_is_told_that_this_is_for_websockets(house: House) -> None:
    async with httpx.AsyncClient(base_url=house.server.http_url, trust_env=False) as client:
        for method in ("GET", "POST"):
            answer = await client.request(method, "/api/v1/ws")
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
        assert (await client.get("/api/v1/wss")).status_code == 404


async def test_everybody_is_told_of_the_end_and_closed(house: House) -> None:
    clients = [await house.connect(http2=number % 2 == 0) for number in range(CLIENTS)]
    assert len(house.endpoint) == CLIENTS
    began = time.monotonic()
    _, *codes = await asyncio.gather(house.endpoint.drain(), *(client.wait_for_end() for client in clients))
    assert time.monotonic() - began < RESTART_SECONDS
    assert codes == [1012] * CLIENTS
    for client in clients:
        assert client.events[-1].name == "server_restarting"
        assert client.events[-1].data["retry_after_ms"] > 0


async def test_an_end_without_anybody_is_at_once(house: House) -> None:
    await house.endpoint.drain()
