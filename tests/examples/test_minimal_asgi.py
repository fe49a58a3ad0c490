from __future__ import annotations

import pytest
import websockets

from tests.support.examples import ExampleProcess
from tests.support.rest import rest_client


async def test_it_says_hello(example: ExampleProcess) -> None:
    async with rest_client(example, http2=False) as rest:
        assert (await rest.get("/")).text == "Hello, world!\n"


async def test_a_websocket_is_refused_and_not_broken(example: ExampleProcess) -> None:
    with pytest.raises(websockets.InvalidStatus) as refusal:
        await websockets.connect(example.http_url.replace("http", "ws"))
    assert refusal.value.response.status_code == 403


def test_it_answers_the_lifespan(example: ExampleProcess) -> None:
    assert "Lifespan" not in example.logs()
