"""Server-Sent Events as WHATWG HTML has them, and asking a stream for what it says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from hubbub.testing.event_stream import EventParser, EventStream, NoEventStream, ServerEvent

TEXT = (
    "\ufeffretry: 1000\r\n\r\n: a comment\n\n"
    'id: 1\nevent: said\ndata: {"a":\ndata: 1}\n\n'
    "data:no space\rdata\r\rid: with \0 nul\nretry: soon\nunknown: x\ndata: \u2028\n\n"
    "event: without data\n\nid\ndata: last\n\ndata: not finished\n"
)
EVENTS = [
    ServerEvent("said", '{"a":\n1}', "1"),
    ServerEvent("message", "no space\n", "1"),
    ServerEvent("message", "\u2028", "1"),
    ServerEvent("message", "last", ""),
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000])
def test_it_is_parsed_however_it_is_cut(size: int) -> None:
    parser = EventParser()
    raw = TEXT.encode()
    events = [event for start in range(0, len(raw), size) for event in parser.feed(raw[start : start + size])]
    assert events == EVENTS
    assert (parser.retry_ms, parser.comments, parser.last_id) == (1000, 1, "")
    assert events[0].data == {"a": 1}


class Source(httpx.AsyncByteStream):
    """A body that a test writes."""

    def __init__(self) -> None:
        self.chunks: asyncio.Queue[bytes | None] = asyncio.Queue()

    def say(self, name: str, text: str = "null") -> None:
        self.chunks.put_nowait(f"event: {name}\nid: {name}\ndata: {text}\n\n".encode())

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (chunk := await self.chunks.get()) is not None:
            yield chunk


async def test_events_are_asked_for_by_name_and_given_once() -> None:
    source = Source()
    stream = EventStream(httpx.Response(200, stream=source))
    for number, name in enumerate(("tick", "said", "tick", "tick")):
        source.say(name, str(number))
    assert (await stream.event("tick", lambda event: event.data > 1)).data == 2
    assert (await stream.event("tick")).data == 0
    assert (await stream.event("said")).data == 1
    assert (await anext(aiter(stream))).data == 3
    assert [event.name for event in stream.heard] == ["tick", "said", "tick", "tick"]
    assert stream.last_id == "tick"


async def test_a_wait_in_vain_says_what_came_and_breaks_nothing() -> None:
    source = Source()
    stream = EventStream(httpx.Response(200, stream=source))
    source.say("tick")
    with pytest.raises(TimeoutError, match=r"event 'said'; heard \['tick'\]"):
        await stream.event("said", timeout=0.01)
    source.say("said")
    await stream.event("said")
    source.chunks.put_nowait(None)
    with pytest.raises(EOFError, match="ended without an event 'said'"):
        await stream.event("said")
    assert [event.name async for event in stream] == ["tick"]
    await stream.aclose()


async def test_who_stops_reading_leaves_nothing_running() -> None:
    stream = EventStream(httpx.Response(200, stream=Source()))
    with pytest.raises(TimeoutError):
        await stream.event("said", timeout=0.01)
    await stream.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_what_is_no_stream_shows_what_it_is() -> None:
    answer = httpx.Response(401, json={"code": "unauthenticated"})
    assert "401 application/json" in str(NoEventStream(answer))
