from __future__ import annotations

import websockets

from tests.support.deadline import DEADLINE
from tests.support.examples import ExampleProcess
from tests.support.library_clients import socketio_client
from tests.support.rest import rest_client


async def test_what_comes_by_one_way_is_heard_on_the_other(example: ExampleProcess) -> None:
    async with socketio_client(example.http_url) as listener, rest_client(example, http2=False) as rest:
        assert (await rest.post("/notes", content="by REST")).status_code == 201
        async with websockets.connect(example.http_url.replace("http", "ws") + "/ws") as socket:
            await socket.send("by WebSocket")
            heard = [await listener.receive(DEADLINE) for _ in range(2)]
        assert await listener.call("write", "by Socket.IO", timeout=DEADLINE) == 3
        assert heard == [["note", "by REST"], ["note", "by WebSocket"]]
        assert (await rest.get("/notes")).json() == ["by REST", "by WebSocket", "by Socket.IO"]


async def test_what_is_nobodys_is_not_found(example: ExampleProcess) -> None:
    async with rest_client(example, http2=False) as rest:
        assert (await rest.get("/nowhere")).status_code == 404
