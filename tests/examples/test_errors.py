from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import websockets

from tests.support.deadline import DEADLINE
from tests.support.examples import ExampleProcess, running_example
from tests.support.library_clients import socketio_client
from tests.support.rest import rest_client
from tests.support.sockets import Refused

ADA = {"name": "ada"}


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExampleProcess]:
    folder: Path = tmp_path_factory.mktemp("errors")
    with running_example(folder, "errors", clean=False) as server:  # what it is for is in its log
        yield server


async def test_rest_answers_with_a_problem(example: ExampleProcess) -> None:
    async with rest_client(example, http2=False) as rest:
        assert (await rest.get("/divide/6/3")).json() == {"result": 2.0}
        refused = await rest.get("/divide/1000001/1")
        assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "number")
        failed = await rest.get("/divide/1/0")
    assert (failed.status_code, failed.headers["content-type"]) == (500, "application/problem+json")
    assert "division" not in failed.text
    assert failed.json()["request_id"] in example.logs()
    assert "ZeroDivisionError" in example.logs()


async def test_a_websocket_is_closed_with_a_reason(example: ExampleProcess) -> None:
    async with websockets.connect(example.http_url.replace("http", "ws") + "/divide") as socket:
        await socket.send("6/3")
        assert await socket.recv() == "2.0"
        await socket.send("1/0")
        with pytest.raises(websockets.ConnectionClosedError) as end:
            await socket.recv()
    assert end.value.rcvd is not None
    assert (end.value.rcvd.code, end.value.rcvd.reason) == (1011, "internal")


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_an_acknowledgement_says_that_it_failed(example: ExampleProcess, transport: str) -> None:
    async with socketio_client(example.http_url, auth=ADA, transports=[transport]) as client:
        assert await client.call("divide", (1, 0), timeout=DEADLINE) == {"ok": False, "error": "internal"}
        assert await client.call("divide", (10**7, 1), timeout=DEADLINE) == {"ok": False, "error": "invalid_fields"}
        assert await client.call("divide", (6, 3), timeout=DEADLINE) == {"ok": True, "result": 2.0}


async def test_a_refused_connect_says_why(example: ExampleProcess) -> None:
    with pytest.raises(Refused, match="This is Ada's") as refusal:
        async with socketio_client(example.http_url, auth={"name": "eve"}):
            pytest.fail("it let us in")
    assert refusal.value.code == "forbidden"
