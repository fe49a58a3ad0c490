from __future__ import annotations

import websockets

from tests.support.examples import ExampleProcess
from tests.support.rest import rest_client


async def test_it_has_its_lifespan_its_prefix_and_its_websocket(example: ExampleProcess) -> None:
    url = example.http_url.replace("http", "ws") + "/star/echo"
    async with rest_client(example, http2=False) as rest:
        assert (await rest.get("/star/")).json() == {"hello": "Starlette", "echo": url}
        assert (await rest.get("/")).status_code == 404
    async with websockets.connect(url) as socket:
        await socket.send("Hello")
        assert await socket.recv() == "Hello"
