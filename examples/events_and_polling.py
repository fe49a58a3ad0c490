"""Server-Sent Events and long polling over one log of events (seeds 3.5).

    hypercorn examples.events_and_polling:app --bind 127.0.0.1:8000

`curl -N 127.0.0.1:8000/events` in one shell, `curl 127.0.0.1:8000/say --data Hello` in another. A proxy that gathers
answers before it passes them on breaks the stream: `X-Accel-Buffering` tells nginx not to, `hubbub doctor` tells you.
The product does the same from a log that lasts: docs/events.md.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from quart import Quart, request

from hubbub.composite import CompositeApp, Drain

KEPT = 1_000  # events, for those who come back
WAIT_SECONDS = 55.0  # of a poll: proxies give up at 60
STREAM = {"content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no"}

rest = Quart(__name__)
rest.config["RESPONSE_TIMEOUT"] = None  # a stream has no end of its own
drain = Drain()
log: deque[tuple[int, str]] = deque(maxlen=KEPT)  # (number, text)
news = asyncio.Event()  # set when there is more, and replaced by the next one


async def after(number: int) -> list[tuple[int, str]]:
    """What came behind a number, once there is something; nothing when the server restarts."""
    while not drain.draining and not (log and log[-1][0] > number):
        await news.wait()
    return [event for event in log if event[0] > number]


def wake() -> None:
    global news
    news.set()
    news = asyncio.Event()


@rest.post("/say")
async def say() -> tuple[str, int]:
    text = " ".join(str(await request.get_data(as_text=True)).splitlines())  # a line is a field of the stream
    log.append((log[-1][0] + 1 if log else 1, text))
    wake()
    return "", 204


@rest.get("/events")
async def events() -> tuple[AsyncIterator[str], int, dict[str, str]]:
    return stream(request.headers.get("last-event-id", 0, type=int)), 200, STREAM


async def stream(seen: int) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    while not drain.draining:
        for number, text in await after(seen):
            yield f"id: {number}\ndata: {text}\n\n"
            seen = number


@rest.get("/changes")
async def changes() -> dict[str, object]:
    since = request.args.get("since", 0, type=int)
    try:
        found = await asyncio.wait_for(after(since), WAIT_SECONDS)
    except TimeoutError:
        found = []
    return {"changes": [text for _, text in found], "since": found[-1][0] if found else since}


drain.on_drain(wake)
app = CompositeApp(None, rest, drain=drain)
