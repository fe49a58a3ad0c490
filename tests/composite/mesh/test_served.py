"""Connections under way: each in its task, closed when it is over, ended in time, and none harms another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from hubbub.composite.mesh import served as served_module
from hubbub.composite.mesh.frames import BadFrame
from hubbub.composite.mesh.served import Served
from tests.support.deadline import DEADLINE, eventually, within

HERE = "127.0.0.1"
Work = Callable[[asyncio.StreamReader], Awaitable[None]]


@asynccontextmanager
async def serving(served: Served, work: Work) -> AsyncIterator[Callable[[], Awaitable[asyncio.StreamReader]]]:
    """What connects to a server that does such work."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await served.serve(work(reader), writer)

    server = await asyncio.start_server(accept, HERE, 0)
    writers = []

    async def connect() -> asyncio.StreamReader:
        reader, writer = await asyncio.open_connection(HERE, server.sockets[0].getsockname()[1])
        writers.append(writer)
        return reader

    try:
        yield connect
    finally:
        server.close()
        async with within(DEADLINE, "all to end"):
            await served.close()
        for writer in writers:
            writer.close()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (BadFrame("nonsense"), "a connection of another worker ended: nonsense"),
        (TimeoutError(), "a connection of another worker ended: TimeoutError"),
        (asyncio.IncompleteReadError(b"", 5), "a connection of another worker ended: "),
        (ValueError("a fault of ours"), "a connection of another worker failed"),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_what_goes_wrong_is_logged_and_the_connection_closed(
    error: Exception, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_reader: asyncio.StreamReader) -> None:
        raise error

    served = Served("worker")
    async with serving(served, fail) as connect:
        reader = await connect()
        async with within(DEADLINE, "the end of the connection"):
            assert await reader.read() == b""
        await eventually(lambda: len(served) == 0, "the task to be over")
    assert said in caplog.text


async def test_those_under_way_are_counted_and_ended_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served_module, "CLOSE_SECONDS", 0.1)

    async def wait(_reader: asyncio.StreamReader) -> None:
        await asyncio.Event().wait()

    served = Served("worker")
    async with serving(served, wait) as connect:
        readers = [await connect(), await connect()]
        beside = asyncio.create_task(asyncio.Event().wait())
        served.add(beside)
        await eventually(lambda: len(served) == 3, "both to be under way")
    assert len(served) == 0
    assert beside.cancelled()
    for reader in readers:
        assert await reader.read() == b""
