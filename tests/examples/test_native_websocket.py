from __future__ import annotations

import websockets

from tests.support.examples import ExampleProcess
from tests.support.library_clients import engineio_client


async def test_both_are_there_at_once(example: ExampleProcess) -> None:
    url = example.http_url.replace("http", "ws") + "/ws"
    async with websockets.connect(url) as native, engineio_client(example.http_url) as engine:
        await native.send("Hello")
        await engine.say("Hello")
        assert [await native.recv(), await engine.hear()] == ["native: Hello", "engine: Hello"]
