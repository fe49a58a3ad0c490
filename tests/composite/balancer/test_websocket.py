"""WebSockets to upstreams: what is said, how it ends, and how it is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from hubbub.composite.balancer import Balancer, Limits, Tcp, Timeouts
from tests.composite.balancer.calls import Asking
from tests.composite.balancer.scripted import Peer, saying, upstream
from tests.support.deadline import eventually


class Talk:
    """A websocket server that echoes, closes when it is told to, and keeps what it heard of the end."""

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.closed: list[tuple[int | None, str | None]] = []
        self.port = 0

    async def __call__(self, connection: ServerConnection) -> None:
        self.requests.append(connection.request)
        try:
            async for message in connection:
                if message == "close":
                    await connection.close(4001, "as asked")
                elif message == "pieces":
                    await connection.send(["pie", "ces"])
                elif message == "ping":
                    await (await connection.ping(b"?"))
                    await connection.send("pong came")
                elif message == "much":
                    await connection.send("x" * 2_000)
                else:
                    await connection.send(message)
        except ConnectionClosed:
            pass
        finally:
            await connection.wait_closed()
            self.closed.append((connection.close_code, connection.close_reason))


@asynccontextmanager
async def talking(**more: Any) -> AsyncIterator[Talk]:
    talk = Talk()
    async with serve(talk, "127.0.0.1", 0, ping_interval=None, **more) as server:
        talk.port = next(iter(server.sockets)).getsockname()[1]
        yield talk


def over(port: int, **limits: int) -> Balancer:
    return Balancer([Tcp(f"127.0.0.1:{port}")], limits=Limits(**limits))


def said(asking: Asking) -> list[Any]:
    sent = [message for message in asking.messages if message["type"] == "websocket.send"]
    return [message.get("text", message.get("bytes")) for message in sent]


async def test_messages_both_ways_and_the_close_of_the_upstream() -> None:
    async with talking() as talk:
        frames: list[dict[str, Any]] = [
            {"text": "é"},
            {"bytes": b"\xff\x00"},
            {"text": "pieces"},
            {"text": "ping"},
            {"text": "", "bytes": None},
            {"text": "x" * 100_000},
            {"text": "close"},
        ]
        balancer = over(talk.port)
        asking = Asking.websocket(balancer, *frames)
        await asking.end()
        assert said(asking) == ["é", b"\xff\x00", "pieces", "pong came", "", "x" * 100_000]
        assert asking.messages[-1] == {"type": "websocket.close", "code": 4001, "reason": "as asked"}
        (status,) = balancer.targets
        assert (status.served, status.in_flight) == (1, 0)


@pytest.mark.parametrize(
    ("code", "heard"), [(4002, (4002, "")), (1001, (1001, "")), (1005, (1005, "")), (1006, (1006, ""))], ids=str
)
async def test_the_close_of_the_client(code: int, heard: tuple[int, str]) -> None:
    async with talking() as talk:
        balancer = over(talk.port)
        asking = Asking.websocket(balancer, {"text": "hello"})
        asking.code = code
        await eventually(lambda: said(asking) == ["hello"], "the echo")
        asking.closed.set()
        await asking.end()
        await eventually(lambda: talk.closed == [heard], f"{talk.closed} to be {heard}")
        assert balancer.targets[0].failed == 0


async def test_the_handshake_goes_through() -> None:
    async with talking(subprotocols=["second"]) as talk:
        asking = Asking.websocket(
            over(talk.port),
            {"text": "close"},
            subprotocols=["first", "second"],
            headers={"host": "chat.example", "origin": "https://chat.example", "cookie": "a=b"},
            raw_path=b"/a%20b",
            query_string=b"x=1",
        )
        await asking.end()
        assert asking.start["subprotocol"] == "second"
        (request,) = talk.requests
        assert request.path == "/a%20b?x=1"
        assert request.headers["host"] == "chat.example"
        assert request.headers["origin"] == "https://chat.example"
        assert request.headers["cookie"] == "a=b"
        assert request.headers["x-forwarded-for"] == "192.0.2.1"
        assert "sec-websocket-extensions" not in request.headers


def _refuse(connection: ServerConnection, request: Any) -> Any:
    return connection.respond(HTTPStatus.FORBIDDEN, "not you")


@pytest.mark.parametrize("process", [_refuse], ids=["refused"])
async def test_a_refusal_comes_back_as_it_is(process: Callable[..., Any]) -> None:
    async with talking(process_request=process) as talk:
        balancer = over(talk.port)
        asking = Asking.websocket(balancer)
        await asking.end()
        assert asking.messages[0]["type"] == "websocket.http.response.start"
        assert (asking.status, asking.body) == (403, b"not you")
        assert not asking.messages[-1]["more_body"]
        assert balancer.targets[0].failed == 0


async def test_a_refusal_to_a_server_that_cannot_say_it_is_a_close() -> None:
    async with talking(process_request=_refuse) as talk:
        asking = Asking.websocket(over(talk.port), extensions={})
        await asking.end()
        assert [message["type"] for message in asking.messages] == ["websocket.close"]


async def test_a_message_that_is_too_large_ends_it() -> None:
    async with talking() as talk:
        asking = Asking.websocket(over(talk.port, message=1_000), {"text": "much"})
        await asking.end()
        assert asking.messages[-1]["code"] == 1009
        await eventually(lambda: len(talk.closed) == 1, "the upstream to hear of it")
        assert talk.closed[0][0] == 1009


@pytest.mark.parametrize(
    ("answer", "close"),
    [(b"", True), (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", False), (b"hello\r\n\r\n", False)],
    ids=["nothing", "no websocket", "no http"],
)
async def test_what_is_no_websocket_is_a_bad_gateway(answer: bytes, close: bool) -> None:
    async with upstream(saying(answer, close=close)) as there:
        asking = Asking.websocket(Balancer([Tcp(there.address)]))
        await asking.end()
        assert (asking.status, asking.document["code"]) == (502, "bad_gateway")


async def test_no_handshake_in_time() -> None:
    async with upstream(saying(b"")) as there:
        asking = Asking.websocket(Balancer([Tcp(there.address)], timeouts=Timeouts(response_head=0.1)))
        await asking.end()
        assert asking.status == 504


async def test_an_upstream_that_is_cut_ends_it_with_an_error() -> None:
    opened: list[ServerConnection] = []

    async def cutting(connection: ServerConnection) -> None:
        opened.append(connection)
        await connection.recv()
        connection.transport.abort()

    async with serve(cutting, "127.0.0.1", 0) as server:
        balancer = over(next(iter(server.sockets)).getsockname()[1])
        asking = Asking.websocket(balancer, {"text": "now"})
        await asking.end()
        assert asking.messages[-1]["code"] == 1011
        assert balancer.targets[0].failed == 1
        assert len(opened) == 1


async def test_a_client_is_not_sent_more_than_it_takes() -> None:
    said_so_far = 0

    async def endless(connection: ServerConnection) -> None:
        nonlocal said_so_far
        while True:
            await connection.send(b"x" * 65_536)
            said_so_far += 65_536

    class Stalled(Asking):
        async def send(self, message: Any) -> None:
            if message["type"] != "websocket.accept":
                await self.closed.wait()

    async with serve(endless, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        asking = Stalled.websocket(over(port))
        before = -1
        while before != said_so_far or said_so_far == 0:
            before = said_so_far
            await asyncio.sleep(0.1)
        assert said_so_far < 16 * 1024 * 1024
        asking.closed.set()
        await asking.end()


async def test_a_silent_upstream_hears_of_a_client_that_leaves() -> None:
    """Even one that never answers the close."""
    accepted = asyncio.Event()

    async def silent(peer: Peer) -> None:
        head = await peer.request()
        key = next(
            line.split(b": ")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")
        )
        peer.say(_accepting(key))
        accepted.set()
        await peer.gone()

    async with upstream(silent) as there:
        asking = Asking.websocket(Balancer([Tcp(there.address)]))
        await eventually(lambda: bool(asking.messages), "the accept")
        asking.code = 1000
        asking.closed.set()
        await asking.end()
        await eventually(lambda: there.ended == 1, "the upstream to see the end")


def _accepting(key: bytes) -> bytes:
    from wsproto.utilities import generate_accept_token

    token = generate_accept_token(key)
    return b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %b\r\n\r\n" % token
