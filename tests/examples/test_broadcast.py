from __future__ import annotations

from tests.support.examples import ExampleProcess
from tests.support.library_clients import engineio_client
from tests.support.rest import rest_client


async def test_one_post_reaches_everybody(example: ExampleProcess) -> None:
    async with (
        engineio_client(example.http_url, transports=["polling"]) as ada,
        engineio_client(example.http_url, transports=["websocket"]) as bob,
        rest_client(example, http2=False) as rest,
    ):
        assert (await rest.post("/broadcast", content="Hello")).json() == {"reached": 2}
        assert [await ada.hear(), await bob.hear()] == ["Hello", "Hello"]
