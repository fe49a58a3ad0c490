from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest
from aioquic.h3.connection import ErrorCode
from aioquic.quic.configuration import SMALLEST_MAX_DATAGRAM_SIZE

from hubbub.composite.http3 import endpoint
from hubbub.composite.http3.connection import Connection
from hubbub.composite.types import Receive, Scope, Send
from tests.support.deadline import eventually
from tests.support.http3 import http3_connection, silent_http3_client
from tests.support.ports import HOST
from tests.support.quic_here import QuicHere, quic_here
from tests.support.tiny_asgi import answer, begin, hello

UNKNOWN_VERSION = bytes.fromhex("c0 1a2a3a4a 08") + b"c" * 8 + b"\x08" + b"s" * 8


class Released:
    """Begins an answer, and ends it when it is told to or nobody listens."""

    def __init__(self) -> None:
        self.release = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await begin(send)
        await receive()
        ends = [asyncio.create_task(self.release.wait()), asyncio.ensure_future(receive())]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()
        await send({"type": "http.response.body", "body": b" and ended"})


async def test_what_is_not_quic_is_ignored(tmp_path: Path) -> None:
    async with quic_here(tmp_path, hello) as server:
        with udp(server) as client:
            for datagram in (b"", b"\x00", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 1_300, b"\x40" * 20, UNKNOWN_VERSION):
                client.send(datagram)
        async with http3_connection(server) as connection:
            assert (await connection.request("GET", "/")).status == 200
            assert server.connections() == 1


async def test_a_version_that_is_not_known_is_negotiated(tmp_path: Path) -> None:
    async with quic_here(tmp_path, hello) as server:
        with udp(server) as client:
            client.setblocking(False)
            client.send(UNKNOWN_VERSION.ljust(SMALLEST_MAX_DATAGRAM_SIZE, b"\0"))
            reply = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(client, 2_000), 10)
    assert reply[1:5] == bytes(4)  # RFC 9000, 17.2.1
    assert bytes.fromhex("00000001") in reply[5:]


async def test_one_too_many_is_not_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "CONNECTIONS", 1)
    async with quic_here(tmp_path, hello) as server, http3_connection(server) as client:
        with silent_http3_client(server) as other:
            # Datagrams are handled in turn, so that an answer says what became of those before.
            assert (await client.request("GET", "/")).status == 200
            assert server.connections() == 1
            other.settimeout(0)
            with pytest.raises(BlockingIOError):
                other.recv(2_000)


async def test_the_end_closes_who_has_everything(tmp_path: Path) -> None:
    async with quic_here(tmp_path, hello) as server, http3_connection(server) as client:
        assert (await client.request("GET", "/")).status == 200
        await server.context.terminated.set()
        await asyncio.wait_for(server.running, 10)
        await eventually(lambda: client.closed_with == ErrorCode.H3_NO_ERROR, "the end")


async def test_the_end_waits_for_an_answer(tmp_path: Path) -> None:
    released = Released()
    async with quic_here(tmp_path, released) as server, http3_connection(server) as client:
        stream = client.open_stream("GET", "/")
        await client.read_until(stream, "begun")
        await server.context.terminated.set()
        await eventually(lambda: client.told_to_leave, "GOAWAY")
        assert server.endpoint.is_writing
        assert not server.running.done()
        released.release.set()
        assert (await client.response_rest(stream)) == b" and ended"
        await asyncio.wait_for(server.running, 10)
        await eventually(lambda: client.closed_with == ErrorCode.H3_NO_ERROR, "the end")


async def test_nobody_new_is_taken_at_the_end(tmp_path: Path) -> None:
    released = Released()
    async with quic_here(tmp_path, released) as server, http3_connection(server) as client:
        await client.read_until(client.open_stream("GET", "/"), "begun")
        await server.context.terminated.set()
        with silent_http3_client(server):
            await client.ping()
            assert server.connections() == 1


async def test_who_is_left_is_cut(tmp_path: Path) -> None:
    async with quic_here(tmp_path, Released()) as server, http3_connection(server) as client:
        stream = client.open_stream("GET", "/")
        await client.read_until(stream, "begun")
        await server.context.terminated.set()
        await server.endpoint.cut()
        await eventually(lambda: client.closed_with == ErrorCode.H3_NO_ERROR, "the end")


async def test_a_fault_of_ours_ends_one_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        quic_here(tmp_path, hello) as server,
        http3_connection(server) as one,
        http3_connection(server) as other,
    ):
        assert (await one.request("GET", "/")).status == 200
        receive = Connection.receive

        async def fail(self: Connection, data: bytes, address: object) -> None:
            monkeypatch.setattr(Connection, "receive", receive)
            raise LookupError("a fault")

        monkeypatch.setattr(Connection, "receive", fail)
        other.open_stream("GET", "/")
        # The fault meets whose datagram comes next, which may be a late acknowledgement of the first one's.
        await eventually(lambda: any(client.closed_with is not None for client in (one, other)), "the end of one")
        (lives,) = [client for client in (one, other) if client.closed_with is None]
        (ended,) = {one, other} - {lives}
        assert ended.closed_with == ErrorCode.H3_INTERNAL_ERROR
        assert (await lives.request("GET", "/")).status == 200
    assert "a fault" in caplog.text


async def test_a_big_answer_arrives_whole(tmp_path: Path) -> None:
    body = bytes(range(256)) * 16 * 1024

    async def big(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, body)

    async with quic_here(tmp_path, big) as server, http3_connection(server) as client:
        assert (await client.request("GET", "/")).body == body


def udp(server: QuicHere) -> socket.socket:
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.connect((HOST, server.quic_port))
    return client
