from __future__ import annotations

from tests.support.deadline import DEADLINE
from tests.support.examples import ExampleProcess
from tests.support.library_clients import socketio_client
from tests.support.rest import rest_client


async def test_the_site_knows_its_prefix(example: ExampleProcess) -> None:
    async with rest_client(example, http2=False) as rest:
        assert (await rest.get("/old/ada")).text == '<h1>Hello, ada</h1><a href="/old/">Home</a>\n'
        assert (await rest.get("/old/caf%C3%A9")).status_code == 200
        refused = await rest.post("/old/")
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
        assert (await rest.get("/older")).status_code == 404


async def test_socketio_is_beside_it(example: ExampleProcess) -> None:
    async with socketio_client(example.http_url) as client:
        assert await client.call("ping", timeout=DEADLINE) == "pong"
