"""`httpx` in memory: what httpx's own transport does, and streams, early leavers and backpressure as well."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from quart import Quart, Response, request

from hubbub.composite.types import AnyASGIApp, Receive, Scope, Send
from hubbub.testing.exchange import HIGH_WATER
from hubbub.testing.transport import AsgiTransport

START = {"type": "http.response.start", "status": 200, "headers": []}


def client_of(app: AnyASGIApp, timeout: float | None = 5.0) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=AsgiTransport(app), base_url="http://testserver", timeout=timeout)


async def test_requests_and_answers_of_quart() -> None:
    app = Quart(__name__)

    @app.post("/echo")
    async def echo() -> Response:
        body = await request.get_data(as_text=False)
        answer = Response(body, 201, {"x-query": request.query_string.decode(), "x-host": request.host})
        answer.set_cookie("seen", "yes")
        return answer

    @app.get("/cookie")
    async def cookie() -> str:
        return request.cookies["seen"]

    async with client_of(app) as client:
        answer = await client.post("/echo?a=ü", content=b"hello")
        assert (answer.status_code, answer.content) == (201, b"hello")
        assert (answer.headers["x-query"], answer.headers["x-host"]) == ("a=%C3%BC", "testserver")
        assert (await client.get("/cookie")).text == "yes"
        assert (await client.head("/cookie")).content == b""
        assert (await client.get("/nothing")).status_code == 404


async def test_a_scope_says_what_a_servers_does() -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)
        await send(START)
        await send({"type": "http.response.body", "body": b""})

    transport = AsgiTransport(app, state={"made": 1}, client=("192.0.2.7", 7), http_version="2")
    async with httpx.AsyncClient(transport=transport) as client:
        answer = await client.get("https://example.org/a%2Fb/ü?c=d")
    (scope,) = seen
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/a/b/ü", b"/a%2Fb/%C3%BC", b"c=d")
    assert (scope["scheme"], scope["server"], scope["client"]) == ("https", ("example.org", 443), ("192.0.2.7", 7))
    assert (scope["http_version"], scope["state"], scope["method"]) == ("2", {"made": 1}, "GET")
    assert (b"host", b"example.org") in scope["headers"]
    assert answer.http_version == "HTTP/2"


async def test_a_stream_is_read_as_it_comes_and_left_when_it_is_closed() -> None:
    left = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(START)
        for number in range(3):
            await send({"type": "http.response.body", "body": str(number).encode(), "more_body": True})
        assert (await receive())["type"] == "http.disconnect"
        assert (await receive())["type"] == "http.disconnect"
        await send({"type": "http.response.body", "body": b"to nobody"})
        left.set()

    async with client_of(app) as client:
        async with client.stream("GET", "/") as answer:
            chunks = answer.aiter_bytes()
            assert [await anext(chunks) for _ in range(3)] == [b"0", b"1", b"2"]
            assert not left.is_set()
        assert left.is_set()


async def test_who_is_not_read_is_held_up_as_behind_a_server() -> None:
    sent = 0
    piece = HIGH_WATER // 4

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal sent
        await send(START)
        for _ in range(100):
            await send({"type": "http.response.body", "body": b"x" * piece, "more_body": True})
            sent += 1

    async with client_of(app) as client:
        async with client.stream("GET", "/") as answer:
            chunks = answer.aiter_bytes()
            await anext(chunks)
            held_up = sent
            assert held_up <= 6
            for _ in range(10):
                await anext(chunks)
            assert sent > held_up
        assert sent == 100


async def test_a_body_is_taken_as_the_application_asks_for_it() -> None:
    taken: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        for number in range(1_000):
            taken.append(number)
            yield b"x"

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await receive()
        await send({**START, "status": 413})
        await send({"type": "http.response.body", "body": b"enough"})

    async with client_of(app) as client:
        assert (await client.post("/", content=body())).status_code == 413
    assert len(taken) <= 3


async def test_a_body_that_breaks_off_is_a_client_that_leaves() -> None:
    heard: list[str] = []

    async def body() -> AsyncIterator[bytes]:
        yield b"x"
        raise ZeroDivisionError

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while heard[-1:] != ["http.disconnect"]:
            heard.append((await receive())["type"])

    async with client_of(app) as client:
        with pytest.raises(ZeroDivisionError):
            await client.post("/", content=body())
    assert heard == ["http.request", "http.disconnect"]


async def test_what_the_application_raises_is_raised_in_the_test() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/late":
            await send(START)
        raise LookupError(scope["path"])

    async with client_of(app) as client:
        for path in ("/early", "/late"):
            with pytest.raises(LookupError, match=path):
                await client.get(path)


async def test_an_answer_that_never_comes_or_breaks_off_is_a_lost_connection() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/amid":
            await send(START)
            await send({"type": "http.response.body", "body": b"half", "more_body": True})

    async with client_of(app) as client:
        for path in ("/before", "/amid"):
            with pytest.raises(httpx.RemoteProtocolError, match="ended"):
                await client.get(path)


async def test_who_does_not_answer_is_waited_for_as_long_as_httpx_says() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async with client_of(app, timeout=0.01) as client:
        with pytest.raises(httpx.ReadTimeout, match="GET /slow"):
            await client.get("/slow")
