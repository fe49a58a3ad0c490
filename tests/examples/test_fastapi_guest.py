from __future__ import annotations

from tests.support.deadline import DEADLINE
from tests.support.examples import ExampleProcess
from tests.support.library_clients import socketio_client
from tests.support.rest import rest_client


async def test_fastapi_is_under_its_prefix_and_quart_at_the_root(example: ExampleProcess) -> None:
    async with rest_client(example, http2=False) as rest:
        assert (await rest.get("/")).text == "Quart is at home, FastAPI is under /fast.\n"
        document = (await rest.get("/fast/openapi.json")).json()
    assert [server["url"] for server in document["servers"]] == ["/fast"]
    assert list(document["paths"]) == ["/shout/{words}"]


async def test_a_dependency_of_a_route_reaches_the_sockets(example: ExampleProcess) -> None:
    async with socketio_client(example.http_url) as client, rest_client(example, http2=False) as rest:
        assert (await rest.post("/fast/shout/hello")).json() == {"shouted": "HELLO"}
        assert await client.receive(DEADLINE) == ["shouted", "HELLO"]
        await client.emit("shout", "again")
        assert await client.receive(DEADLINE) == ["shouted", "AGAIN"]
