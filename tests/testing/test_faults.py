"""Faults by order: each of them, each way, over HTTP and over WebSockets, as client and application see it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import httpx
import pytest

from hubbub.composite.types import Message, Receive, Scope, Send
from hubbub.testing.client import AsgiClient
from hubbub.testing.clock import ManualClock
from hubbub.testing.exchange import StillRunning
from hubbub.testing.faults import Place
from hubbub.testing.orders import Order
from hubbub.testing.websocket_client import ABNORMAL, WebSocketClosed

Verb = Callable[[Place], Order]


@dataclass
class Echo:
    """Answers POST with how often it was called, streams on GET, and echoes frames; `heard` is what reached it."""

    heard: list[object] = field(default_factory=list)
    ended: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if scope["type"] == "websocket":
                await self._frames(receive, send)
            elif scope["method"] == "POST":
                await self._answer(receive, send)
            else:
                await self._stream(send)
        finally:
            self.ended.put_nowait(scope["path"])

    async def _frames(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            self.heard.append(message["text"])
            await send({"type": "websocket.send", "text": message["text"]})
        self.heard.append(message["code"])

    async def _answer(self, receive: Receive, send: Send) -> None:
        body = b""
        while (event := await receive())["type"] == "http.request":
            body += event["body"]
            if not event["more_body"]:
                break
        self.heard.append(body)
        await send(START)
        await send({"type": "http.response.body", "body": str(len(self.heard)).encode()})

    async def _stream(self, send: Send) -> None:
        await send(START)
        for number in range(4):
            await send({"type": "http.response.body", "body": str(number).encode(), "more_body": True})
            self.heard.append(number)
        await send({"type": "http.response.body", "body": b""})


START: Message = {"type": "http.response.start", "status": 200, "headers": []}


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
async def client(echo: Echo, manual_clock: ManualClock) -> AsyncIterator[AsgiClient]:
    async with AsgiClient(echo, later=manual_clock.later) as client:
        yield client


# --- frames ---


@pytest.mark.parametrize(
    ("verb", "came"),
    [
        (lambda place: place.drop("to_server", 2), "acd"),
        (lambda place: place.drop("to_client", 2), "acd"),
        (lambda place: place.drop("to_client", 2, times=2), "ad"),
        (lambda place: place.duplicate("to_server", 2), "abbcd"),
        (lambda place: place.duplicate("to_client", 2), "abbcd"),
    ],
    ids=["drop up", "drop down", "drop two", "double up", "double down"],
)
async def test_frames_are_lost_and_doubled(client: AsgiClient, verb: Verb, came: str) -> None:
    order = verb(client.faults)
    socket = await client.websocket("/ws")
    for text in "abcd":
        await socket.send(text)
    assert [await socket.receive() for _ in came] == list(came)
    await order.happened()


@pytest.mark.parametrize("direction", ["to_server", "to_client"])
async def test_frames_behind_a_delayed_one_wait_for_it(client: AsgiClient, direction: str) -> None:
    order = client.faults.delay(direction, 2)  # type: ignore[arg-type]  # mypy takes a parameter for any text
    socket = await client.websocket("/ws")
    for text in "abc":
        await socket.send(text)
    assert await socket.receive() == "a"
    await order.happened()
    with pytest.raises(TimeoutError):
        await socket.receive(timeout=0.01)
    order.release()
    assert [await socket.receive(), await socket.receive()] == ["b", "c"]


async def test_a_delay_lasts_as_long_as_the_clock_says(client: AsgiClient, manual_clock: ManualClock) -> None:
    order = client.faults.delay("to_client", seconds=30)
    socket = await client.websocket("/ws")
    await socket.send("a")
    await order.happened()
    manual_clock.advance(29)
    with pytest.raises(TimeoutError):
        await socket.receive(timeout=0.01)
    manual_clock.advance(1)
    assert await socket.receive() == "a"


@pytest.mark.parametrize("direction", ["to_server", "to_client"])
async def test_a_cut_ends_a_websocket_for_both_sides(client: AsgiClient, echo: Echo, direction: str) -> None:
    client.faults.cut(direction, 2)  # type: ignore[arg-type]  # mypy takes a parameter for any text
    socket = await client.websocket("/ws")
    for text in "abc":
        await socket.send(text)
    assert await socket.receive() == "a"
    assert (await socket.wait_closed()).code == ABNORMAL
    assert await echo.ended.get() == "/ws"
    assert echo.heard == ["a", ABNORMAL] if direction == "to_server" else ["a", "b", ABNORMAL]


async def test_the_half_open_are_there_until_somebody_gives_them_up(client: AsgiClient, echo: Echo) -> None:
    order = client.faults.half_open("to_server", 2)
    socket = await client.websocket("/ws")
    for text in "abc":
        await socket.send(text)
    assert await socket.receive() == "a"
    await order.happened()
    with pytest.raises(TimeoutError):
        await socket.receive(timeout=0.01)
    assert (echo.heard, echo.ended.empty()) == (["a", "b"], True)
    await client.faults.end()
    assert echo.heard == ["a", "b", ABNORMAL]
    with pytest.raises(WebSocketClosed, match=str(ABNORMAL)):
        await socket.receive()


async def test_a_stalled_client_holds_up_the_application_alone(client: AsgiClient, echo: Echo) -> None:
    order = client.faults.on("/stalled").stall(2, buffer_bytes=1)
    stalled, other = await client.websocket("/stalled"), await client.websocket("/other")
    for text in ("a", "b", "c", "d"):
        await stalled.send(text)
    assert await stalled.receive() == "a"
    await order.happened()
    await other.send("x")
    assert await other.receive() == "x"
    assert echo.heard == ["a", "b", "c", "x"]
    order.release()
    assert [await stalled.receive() for _ in range(3)] == ["b", "c", "d"]


# --- requests and answers ---


@pytest.mark.parametrize("verb", ["drop", "cut"])
async def test_a_request_is_lost_before_it_arrives(client: AsgiClient, echo: Echo, verb: str) -> None:
    getattr(client.faults.on(method="POST"), verb)("to_server", 2)
    assert (await client.post("/")).text == "1"
    with pytest.raises(httpx.RemoteProtocolError):
        await client.post("/")
    assert (await client.post("/")).text == "2"


@pytest.mark.parametrize("verb", ["drop", "cut"])
async def test_an_answer_is_lost_when_everything_was_done(client: AsgiClient, echo: Echo, verb: str) -> None:
    getattr(client.faults, verb)("to_client")
    with pytest.raises(httpx.RemoteProtocolError):
        await client.post("/", content=b"a")
    await echo.ended.get()
    assert echo.heard == [b"a"]


async def test_a_doubled_request_is_served_twice_and_answered_by_the_second(client: AsgiClient, echo: Echo) -> None:
    client.faults.duplicate("to_server", 2)
    assert (await client.post("/", content=b"a")).text == "1"
    assert (await client.post("/", content=b"b")).text == "3"
    assert echo.heard == [b"a", b"b", b"b"]


async def test_requests_overtake_a_delayed_one(client: AsgiClient, echo: Echo) -> None:
    order = client.faults.delay("to_server")
    late = asyncio.create_task(client.post("/", content=b"first"))
    await order.happened()
    await client.post("/", content=b"second")
    order.release()
    assert (await late).text == "2"
    assert echo.heard == [b"second", b"first"]


async def test_an_answer_is_delayed_with_its_head(client: AsgiClient, echo: Echo) -> None:
    order = client.faults.delay("to_client")
    asking = asyncio.create_task(client.post("/"))
    await order.happened()
    await echo.ended.get()
    assert not asking.done()
    order.release()
    assert (await asking).text == "1"


async def test_a_stream_breaks_off_where_it_is_told_to(client: AsgiClient) -> None:
    client.faults.cut("to_client", 3)
    async with client.stream("GET", "/stream") as answer:
        chunks = answer.aiter_bytes()
        assert [await anext(chunks), await anext(chunks)] == [b"0", b"1"]
        with pytest.raises(httpx.RemoteProtocolError, match="amid"):
            await anext(chunks)


async def test_a_stream_that_is_not_read_goes_on_where_it_was(client: AsgiClient, echo: Echo) -> None:
    order = client.faults.stall(2)
    async with client.stream("GET", "/stream") as answer:
        chunks = answer.aiter_bytes()
        assert await anext(chunks) == b"0"
        await order.happened()
        assert echo.heard == [0]
        order.release()
        assert [chunk async for chunk in chunks] == [b"1", b"2", b"3"]


async def test_a_client_that_vanished_behind_its_request_is_served_in_vain(client: AsgiClient, echo: Echo) -> None:
    client.faults.half_open("to_server")
    asking = asyncio.create_task(client.post("/", content=b"last words"))
    assert await echo.ended.get() == "/"
    assert echo.heard == [b"last words"]
    with pytest.raises(httpx.RemoteProtocolError):
        await asking


# --- orders and connections ---


async def test_the_oldest_order_that_hits_a_message_counts_and_all_count_it(client: AsgiClient) -> None:
    first = client.faults.drop("to_server", 2)
    second = client.faults.duplicate("to_server", 2)
    third = client.faults.duplicate("to_server", 3)
    socket = await client.websocket("/ws")
    for text in "abc":
        await socket.send(text)
    assert [await socket.receive() for _ in range(3)] == ["a", "c", "c"]
    await first.happened()
    await third.happened()
    with pytest.raises(TimeoutError, match="duplicate message 2 to_server"):
        await second.happened(timeout=0)


async def test_open_connections_are_at_hand(client: AsgiClient, echo: Echo) -> None:
    one, two = await client.websocket("/one"), await client.websocket("/two")
    assert sorted(map(str, client.faults.lines)) == ["WebSocket /one", "WebSocket /two"]
    with pytest.raises(LookupError, match="2 connections are open, not one"):
        await client.faults.line()
    (await client.faults.on("/one").line()).cut()
    assert (await one.wait_closed()).code == ABNORMAL
    assert str(await client.faults.line()) == "WebSocket /two"
    await two.close()
    with pytest.raises(TimeoutError, match="websocket under /"):
        await client.faults.on(kind="websocket").line(timeout=0.01)


async def test_who_goes_on_behind_a_cut_is_named(manual_clock: ManualClock) -> None:
    async def stubborn(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await asyncio.Event().wait()

    async with AsgiClient(stubborn) as client:
        await client.websocket("/stubborn")
        (await client.faults.line()).cut()
        with pytest.raises(StillRunning, match="WebSocket /stubborn"):
            await client.faults.end(timeout=0.01)


async def test_what_is_raised_behind_a_cut_is_told_at_the_end() -> None:
    async def fragile(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        if (await receive())["type"] == "websocket.disconnect":
            raise LookupError("nobody is here")

    client = AsgiClient(fragile)
    await client.websocket("/")
    (await client.faults.line()).cut()
    with pytest.raises(LookupError, match="nobody is here"):
        await client.aclose()


async def test_it_stands_before_any_application_behind_any_client(echo: Echo) -> None:
    from hubbub.testing.faults import Faults

    faults = Faults(echo)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(faults), base_url="http://testserver") as client:
        faults.duplicate("to_server")
        assert (await client.post("/", content=b"a")).text == "2"


async def test_who_stalls_and_leaves_is_not_waited_for_although_the_application_is_done(
    client: AsgiClient, echo: Echo
) -> None:
    stalled = client.faults.stall(buffer_bytes=100)
    asking = asyncio.create_task(client.post("/", content=b"a"))
    await stalled.happened()
    await echo.ended.get()
    asking.cancel()
    async with asyncio.timeout(1):
        await asyncio.wait({asking})
    assert asking.cancelled()
