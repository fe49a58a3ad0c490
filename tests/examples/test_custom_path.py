from __future__ import annotations

import engineio
import pytest

from tests.support.examples import ExampleProcess
from tests.support.library_clients import engineio_client


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_clients_that_know_the_path_get_through(example: ExampleProcess, transport: str) -> None:
    path = "realtime/socket"
    async with engineio_client(example.http_url, engineio_path=path, transports=[transport]) as client:
        await client.say("Hello")
        assert await client.hear() == "Hello"


async def test_the_path_of_the_library_is_nobodys(example: ExampleProcess) -> None:
    with pytest.raises(engineio.exceptions.ConnectionError):
        async with engineio_client(example.http_url, transports=["polling"]):
            pytest.fail("there is no such path")
