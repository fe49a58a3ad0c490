from __future__ import annotations

from tests.support.deadline import DEADLINE
from tests.support.examples import ExampleProcess
from tests.support.library_clients import socketio_client
from tests.support.rest import rest_client


async def test_a_view_knows_the_prefix_and_reaches_the_sockets(example: ExampleProcess) -> None:
    async with socketio_client(example.http_url) as client, rest_client(example, http2=False) as rest:
        assert (await rest.get("/site/hello/ada")).text == "Hello, ada, at /site/hello/ada\n"
        assert await client.receive(DEADLINE) == ["greeted", "ada"]
        assert (await rest.get("/hello/ada")).status_code == 404
