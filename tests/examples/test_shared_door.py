from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import websockets

from tests.support.deadline import DEADLINE
from tests.support.examples import ExampleProcess, running_example
from tests.support.library_clients import socketio_client
from tests.support.rest import rest_client
from tests.support.sockets import Refused

TRANSPORTS = ["polling", "websocket"]
RIGHT = {"Authorization": "Bearer open-sesame"}
WRONG = {"Authorization": "Bearer open-barley"}


@pytest.mark.parametrize("headers", [WRONG, {}], ids=["wrong", "none"])
async def test_without_the_token_nothing_opens(example: ExampleProcess, headers: dict[str, str]) -> None:
    async with rest_client(example, http2=False) as rest:
        refused = await rest.get("/me", headers=headers)
    assert refused.status_code == 401
    assert refused.json()["request_id"] == refused.headers["x-request-id"]
    with pytest.raises(websockets.InvalidStatus) as refusal:
        await websockets.connect(example.http_url.replace("http", "ws") + "/ws", additional_headers=headers)
    assert refusal.value.response.status_code == 401
    for transport in TRANSPORTS:
        with pytest.raises(Refused):
            async with socketio_client(example.http_url, headers=headers, transports=[transport]):
                pytest.fail("it let us in")


async def test_with_the_token_everything_does(example: ExampleProcess) -> None:
    async with rest_client(example, http2=False) as rest:
        assert (await rest.get("/me", headers=RIGHT)).text == "It is you.\n"
    url = example.http_url.replace("http", "ws") + "/ws"
    async with websockets.connect(url, additional_headers=RIGHT) as socket:
        assert await socket.recv() == "It is you."
    for transport in TRANSPORTS:
        async with socketio_client(example.http_url, headers=RIGHT, transports=[transport]) as client:
            assert await client.call("me", timeout=DEADLINE) == "It is you."


async def test_the_rate_is_one_for_all(tmp_path: Path) -> None:
    with running_example(tmp_path, "shared_door") as server:
        async with asyncio.timeout(DEADLINE), rest_client(server, http2=False) as rest:
            while (await rest.get("/me", headers=RIGHT)).status_code != 429:
                continue
            poll = await rest.get("/socket.io/?EIO=4&transport=polling", headers=RIGHT)
    assert (poll.status_code, poll.json()["code"]) == (429, "rate_limited")
