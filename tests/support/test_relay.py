"""The relay is a wire, until it is cut or reset, and a wire again afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.support.deadline import DEADLINE, eventually
from tests.support.ports import HOST, ReservedPort
from tests.support.relay import Relay

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
TEXT = b"x" * 1_000_000


class Echo:
    """Says what it hears, at a port or a socket, and keeps it."""

    def __init__(self) -> None:
        self.heard = b""
        self.ends: list[str] = []

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1000):
                self.heard += data
                writer.write(data)
                await writer.drain()
            self.ends.append("a goodbye")
        except ConnectionResetError:
            self.ends.append("a reset")
        finally:
            writer.close()


@asynccontextmanager
async def echo_at(place: Path | None = None) -> AsyncIterator[tuple[Echo, int]]:
    echo = Echo()
    server = await (asyncio.start_unix_server(echo.take, place) if place else asyncio.start_server(echo.take, HOST, 0))
    async with server:
        yield echo, 0 if place else server.sockets[0].getsockname()[1]


@pytest.fixture
async def echo() -> AsyncIterator[tuple[Echo, int]]:
    async with echo_at() as found:
        yield found


async def said(streams: Streams, data: bytes) -> bytes:
    """What comes back for it."""
    reader, writer = streams
    writer.write(data)
    async with asyncio.timeout(DEADLINE):
        return await reader.readexactly(len(data))


async def test_it_passes_on_what_comes_and_the_goodbye(echo: tuple[Echo, int]) -> None:
    async with Relay(echo[1]) as relay:
        streams = await asyncio.open_connection(HOST, relay.port)
        assert await said(streams, TEXT) == TEXT
        streams[1].write_eof()
        assert await streams[0].read() == b""
        streams[1].close()
    assert echo[0].ends == ["a goodbye"]


async def test_nothing_passes_while_it_is_cut_and_all_of_it_afterwards(echo: tuple[Echo, int]) -> None:
    async with Relay(echo[1]) as relay, AsyncExitStack() as stack:
        streams = await asyncio.open_connection(HOST, relay.port)
        stack.callback(streams[1].close)
        assert await said(streams, b"before") == b"before"
        relay.cut()
        streams[1].write(b"meanwhile")
        other = await asyncio.open_connection(HOST, relay.port)  # which finds nobody who answers
        other[1].write(b"me too")
        other[1].close()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(streams[0].read(1), 0.1)
        assert echo[0].heard == b"before"
        relay.mend()
        async with asyncio.timeout(DEADLINE):
            assert await streams[0].readexactly(9) == b"meanwhile"
        await eventually(lambda: b"me too" in echo[0].heard, "what a connection of meanwhile said")


async def test_a_reset_ends_all_and_lets_nobody_in_until_it_is_mended(echo: tuple[Echo, int]) -> None:
    async with Relay(echo[1]) as relay:
        streams = await asyncio.open_connection(HOST, relay.port)
        assert await said(streams, b"before") == b"before"
        relay.reset()
        with pytest.raises(ConnectionResetError):
            await streams[0].read(1)
        streams[1].close()
        await eventually(lambda: echo[0].ends == ["a reset"], "the other side to notice")
        with pytest.raises(OSError):  # noqa: PT011 - of a reset, sooner or later
            await said(await asyncio.open_connection(HOST, relay.port), b"in between")
        relay.mend()
        again = await asyncio.open_connection(HOST, relay.port)
        assert await said(again, b"after") == b"after"
        again[1].close()


async def test_a_target_that_is_gone_looks_gone_and_another_takes_its_place(echo: tuple[Echo, int]) -> None:
    with ReservedPort() as nobody:
        async with Relay(nobody.number) as relay:
            reader, writer = await asyncio.open_connection(HOST, relay.port)
            with pytest.raises(ConnectionResetError):
                await reader.read(1)
            writer.close()
            relay.target = echo[1]
            streams = await asyncio.open_connection(HOST, relay.port)
            assert await said(streams, b"hello") == b"hello"
            streams[1].close()


async def test_it_leads_from_one_socket_to_another(tmp_path: Path) -> None:
    async with echo_at(tmp_path / "echo") as (_, _), Relay(tmp_path / "echo", at=tmp_path / "relay") as relay:
        streams = await asyncio.open_unix_connection(tmp_path / "relay")
        assert await said(streams, TEXT) == TEXT
        relay.reset()
        assert await streams[0].read(1) == b""
        streams[1].close()


async def test_it_ends_while_it_is_cut(echo: tuple[Echo, int]) -> None:
    async with Relay(echo[1]) as relay:
        streams = await asyncio.open_connection(HOST, relay.port)
        assert await said(streams, b"before") == b"before"
        relay.cut()
        streams[1].write(b"never")
    streams[1].close()
    assert echo[0].heard == b"before"
