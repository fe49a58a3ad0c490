from __future__ import annotations

from datetime import datetime

from tests.support.deadline import DEADLINE
from tests.support.examples import ExampleProcess
from tests.support.library_clients import socketio_client
from tests.support.rest import rest_client


async def test_the_time_is_told_again_and_again(example: ExampleProcess) -> None:
    async with socketio_client(example.http_url) as client:
        ticks = [await client.receive(DEADLINE) for _ in range(3)]
    times = [datetime.fromisoformat(text) for name, text in ticks if name == "tick"]
    assert len(times) == 3
    assert times == sorted(set(times))


async def test_notes_are_delivered(example: ExampleProcess) -> None:
    async with socketio_client(example.http_url) as client, rest_client(example, http2=False) as rest:
        assert (await rest.post("/notes/milk")).status_code == 202
        while (heard := await client.receive(DEADLINE))[0] != "note":
            continue
    assert heard == ["note", "milk"]
