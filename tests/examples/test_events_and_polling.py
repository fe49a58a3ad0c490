from __future__ import annotations

import asyncio
import json

from tests.support.deadline import DEADLINE
from tests.support.examples import ExampleProcess
from tests.support.machine import require
from tests.support.rest import rest_client

# What a page does, in Node.js, whose EventSource is a browser's.
PAGE = """
const events = new EventSource(process.argv[1]);
events.onopen = () => console.log("open");
events.onmessage = ({ lastEventId, data }) => console.log(JSON.stringify([lastEventId, data]));
"""


async def test_an_event_source_hears_what_is_said_while_the_stream_is_open(example: ExampleProcess) -> None:
    command = [str(require("node")), "--no-warnings", "--experimental-eventsource", "-e", PAGE]
    page = await asyncio.create_subprocess_exec(*command, f"{example.http_url}/events", stdout=asyncio.subprocess.PIPE)
    assert page.stdout is not None
    async with asyncio.timeout(DEADLINE), rest_client(example, http2=False) as rest:
        assert await page.stdout.readline() == b"open\n"
        await rest.post("/say", content="Hello\nworld")
        while (event := json.loads(await page.stdout.readline()))[1] != "Hello world":
            continue  # what other tests have said
        await rest.post("/say", content="Goodbye")
        assert json.loads(await page.stdout.readline()) == [str(int(event[0]) + 1), "Goodbye"]
        page.terminate()
        await page.wait()


async def test_a_poll_waits_for_what_is_new(example: ExampleProcess) -> None:
    async with rest_client(example, http2=False) as rest:
        await rest.post("/say", content="before")
        since = (await rest.get("/changes")).json()["since"]
        waiting = asyncio.create_task(rest.get("/changes", params={"since": since}))
        await rest.post("/say", content="after")
        assert (await waiting).json() == {"changes": ["after"], "since": since + 1}


async def test_who_comes_back_misses_nothing(example: ExampleProcess) -> None:
    async with rest_client(example, http2=False) as rest:
        for text in ("one", "two"):
            await rest.post("/say", content=text)
        last = (await rest.get("/changes")).json()["since"]
        headers = {"last-event-id": str(last - 1)}
        async with rest.stream("GET", "/events", headers=headers) as stream:
            heard = []
            async for line in stream.aiter_lines():
                heard.append(line)
                if line == "data: two":
                    break
    assert heard == ["retry: 1000", "", f"id: {last}", "data: two"]
