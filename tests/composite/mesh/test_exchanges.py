"""An exchange that is handed over: the client and the application notice nothing of it, and of an end everything."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from hubbub.composite.mesh.directory import Streams
from hubbub.composite.mesh.exchanges import END, TAKEN, Host, Lost, carry, decode_scope, encode_scope
from hubbub.composite.mesh.frames import Frame, encode_frame
from hubbub.composite.types import ASGIApp, Message, Receive, Scope, Send
from tests.support.deadline import DEADLINE, eventually

HTTP: dict[str, Any] = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "2",
    "method": "POST",
    "scheme": "https",
    "path": "/socket.io/",
    "raw_path": b"/socket.io/",
    "query_string": b"EIO=4&x=\xff",
    "root_path": "",
    "headers": [(b"cookie", b"a=\xe9"), (b"cookie", b"b=2")],
    "client": ("127.0.0.1", 50_000),
    "server": None,
    "extensions": {},
}
WEBSOCKET = {**HTTP, "type": "websocket", "subprotocols": [], "extensions": {"websocket.http.response": {}}}
HELD_BYTES = 1024 * 1024  # of one exchange, in both processes and the socket between them
PIECE_BYTES = 64 * 1024
START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}


class Client:
    """What a server would be: gives what was put in, and keeps what comes out."""

    def __init__(self, *messages: Message) -> None:
        self.inbound: asyncio.Queue[Message] = asyncio.Queue()
        for message in messages:
            self.inbound.put_nowait(message)
        self.sent: list[Message] = []
        self.takes = asyncio.Event()
        self.takes.set()

    async def receive(self) -> Message:
        return await self.inbound.get()

    async def send(self, message: Message) -> None:
        await self.takes.wait()
        self.sent.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


class Endless:
    """An application that sends as long as it can, and counts."""

    def __init__(self) -> None:
        self.sent = 0  # bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        while True:
            await send({"type": "http.response.body", "body": b"x" * PIECE_BYTES, "more_body": True})
            self.sent += PIECE_BYTES


@asynccontextmanager
async def host_of(app: ASGIApp, scope: Scope) -> AsyncIterator[Streams]:
    """The carrier's end of a connection to a host that serves `app`."""
    near, far = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=far)
    hosting = asyncio.create_task(
        Host(app)(Frame({"scope": encode_scope(scope)}, b""), reader, writer), name="the host"
    )
    hosting.add_done_callback(lambda _: writer.close())
    streams = await asyncio.open_connection(sock=near)
    try:
        yield streams
    finally:
        streams[1].close()
        async with asyncio.timeout(DEADLINE):
            await asyncio.gather(hosting, return_exceptions=True)


async def carried(app: ASGIApp, scope: Scope, client: Client, patience: float = DEADLINE) -> None:
    async with host_of(app, scope) as streams, asyncio.timeout(DEADLINE):
        await carry(streams, client.receive, client.send, patience=patience)


@pytest.mark.parametrize("scope", [HTTP, WEBSOCKET], ids=["http", "websocket"])
def test_a_scope_comes_out_as_it_went_in(scope: Scope) -> None:
    noted = {**scope, "hubbub.request_id": "abc", "state": object()}
    coded = encode_scope(noted)
    encode_frame({"scope": coded})  # JSON can have it
    assert decode_scope(coded) == {**scope, "hubbub.request_id": "abc"}


async def test_a_request_and_its_answer_in_pieces() -> None:
    async def echo(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        more = True
        while more:
            message = await receive()
            more = message["more_body"]
            await send({"type": "http.response.body", "body": message["body"], "more_body": more})

    pieces = [bytes([number]) * 70_000 for number in range(30)]
    client = Client(
        *({"type": "http.request", "body": piece, "more_body": piece is not pieces[-1]} for piece in pieces)
    )
    await carried(echo, HTTP, client)
    assert client.sent[0] == START
    assert client.body == b"".join(pieces)


async def test_a_body_that_nobody_reads_holds_nothing_up() -> None:
    async def deaf(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": b"enough"})

    client = Client(*({"type": "http.request", "body": b"x" * 100_000, "more_body": True} for _ in range(100)))
    await carried(deaf, HTTP, client)
    assert client.body == b"enough"


async def test_a_websocket_both_ways_and_its_close() -> None:
    async def echo(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({**message, "type": "websocket.send"})
            if message.get("text") == "bye":
                await send({"type": "websocket.close", "code": 4000})
                return

    frames: list[Message] = [{"text": "é"}, {"bytes": b"\xff\x00"}, {"text": "bye"}]
    client = Client({"type": "websocket.connect"}, *({"type": "websocket.receive", **frame} for frame in frames))
    await carried(echo, WEBSOCKET, client)
    assert client.sent == [
        {"type": "websocket.accept"},
        *({"type": "websocket.send", **frame} for frame in frames),
        {"type": "websocket.close", "code": 4000},
    ]


@pytest.mark.parametrize("scope", [HTTP, WEBSOCKET], ids=["http", "websocket"])
async def test_the_application_hears_that_the_client_left(scope: Scope) -> None:
    heard: list[Message] = []

    async def waits(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
        heard.append(await receive())

    kind = scope["type"]
    await carried(waits, scope, Client({"type": f"{kind}.disconnect", "code": 1001}))
    assert heard == [{"type": f"{kind}.disconnect", "code": 1001}]


async def test_a_host_that_ends_before_the_answer_or_within_it_is_told_apart() -> None:
    async def fails_at_once(scope: Scope, receive: Receive, send: Send) -> None:
        raise OSError

    async def fails_later(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        raise OSError

    for app, started in ((fails_at_once, False), (fails_later, True)):
        with pytest.raises(Lost) as lost:
            await carried(app, HTTP, Client())
        assert lost.value.started is started


async def test_an_answer_that_the_carrier_never_handed_on_was_not_given() -> None:
    failed = asyncio.Event()

    async def answers(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        try:
            await send({"type": "http.response.body", "body": b"the last piece"})
        except ConnectionResetError:
            failed.set()

    async with host_of(answers, HTTP) as (_, writer):
        writer.transport.abort()  # as when its process is killed
        async with asyncio.timeout(DEADLINE):
            await failed.wait()


async def test_an_answer_that_was_handed_on_was_given_though_the_carrier_is_gone_since() -> None:
    answering = asyncio.Event()

    async def answers(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        answering.set()
        await send({"type": "http.response.body", "body": b"the last piece"})

    near, far = socket.socketpair()
    _, writer = await asyncio.open_connection(sock=far)
    reader = asyncio.StreamReader()
    hosting = asyncio.create_task(Host(answers)(Frame({"scope": encode_scope(HTTP)}, b""), reader, writer))
    await answering.wait()
    reader.feed_data(encode_frame({"type": TAKEN}))
    reader.feed_eof()
    async with asyncio.timeout(DEADLINE):
        await hosting
    near.setblocking(False)
    writer.close()
    await writer.wait_closed()
    assert near.recv(1024).endswith(encode_frame({"type": END}))
    near.close()


async def test_a_host_that_dies_while_the_client_speaks_is_not_taken_for_its_leaving() -> None:
    async def hears_one(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        await receive()
        raise OSError

    client = Client({"type": "websocket.connect"})
    client.takes.clear()
    async with host_of(hears_one, WEBSOCKET) as streams:
        carrying = asyncio.create_task(carry(streams, client.receive, client.send, patience=DEADLINE))
        await eventually(streams[0].at_eof, "the host to end")
        client.inbound.put_nowait({"type": "websocket.receive", "text": "hello?"})
        await eventually(streams[1].is_closing, "the connection to be found closed")
        client.takes.set()
        with pytest.raises(Lost) as lost:
            await carrying
    assert lost.value.started


async def test_what_fails_on_the_clients_side_comes_out() -> None:
    async def gives_up(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    async def fails() -> Message:
        raise ValueError("not for the application")

    async with host_of(gives_up, HTTP) as streams:
        carrying = carry(streams, fails, Client().send, patience=DEADLINE)
        streams[1].write_eof()
        with pytest.raises(ValueError, match="not for the application"):
            await carrying


async def test_who_does_not_read_has_so_much_time_and_holds_so_much() -> None:
    endless = Endless()
    client = Client()
    client.takes.clear()
    with pytest.raises(TimeoutError):
        await carried(endless, HTTP, client, patience=0.3)
    assert endless.sent < HELD_BYTES
    before = endless.sent
    await eventually(lambda: not [t for t in asyncio.all_tasks() if t.get_name() == "the host"], "the host to end")
    assert endless.sent == before


async def test_nonsense_ends_an_exchange() -> None:
    async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    near, far = socket.socketpair()
    streams = await asyncio.open_connection(sock=near)
    far.sendall(b"\0\0\0\2\0\0\0\0[]")
    with pytest.raises(Lost):
        await carry(streams, Client().receive, Client().send, patience=1.0)
    far.close()
