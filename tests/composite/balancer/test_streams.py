"""Connections that come about or do not, and how their end is said."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hubbub.composite.balancer.failures import Broken, TimedOut, UpstreamError
from hubbub.composite.balancer.limits import Timeouts
from hubbub.composite.balancer.streams import Connection, Streams, end_direction, tcp, unix
from tests.composite.balancer.scripted import Peer, saying, upstream
from tests.support.ports import ReservedPort


@pytest.mark.parametrize("address", ["localhost", "host:0", "host:http", "http://host:1", "", "::1:80"])
def test_an_address_is_host_and_port(address: str) -> None:
    with pytest.raises(ValueError, match="host:port"):
        tcp(address)


async def test_nobody_there() -> None:
    with ReservedPort() as port, pytest.raises(UpstreamError, match="gone cannot be reached") as failed:
        await Connection.open(tcp(port.bind), "gone", Timeouts())
    assert not failed.value.delivered


async def test_no_such_socket(tmp_path: Path) -> None:
    with pytest.raises(UpstreamError, match="cannot be reached"):
        await Connection.open(unix(str(tmp_path / "none")), "gone", Timeouts())


async def test_nobody_in_time() -> None:
    async def never() -> Streams:
        waiting: asyncio.Future[Streams] = asyncio.get_running_loop().create_future()
        return await waiting

    with pytest.raises(UpstreamError, match="took no connection within") as failed:
        await Connection.open(never, "slow", Timeouts(connect=0.01))
    assert not failed.value.delivered


async def test_after_the_end_nothing_can_be_written_and_a_reader_sees_it() -> None:
    async with upstream(saying()) as there:
        connection = await Connection.open(there.opener, "there", Timeouts())
        reading = asyncio.create_task(connection.read())
        await asyncio.sleep(0)
        connection.abort()
        assert await reading == b""
        with pytest.raises(Broken):
            await connection.write(b"x")


async def test_who_takes_nothing_is_given_up() -> None:
    async def deaf(peer: Peer) -> None:
        peer.reader._transport.pause_reading()  # type: ignore[attr-defined]  # asyncio has no public way
        await asyncio.get_running_loop().create_future()

    async with upstream(deaf) as there:
        connection = await Connection.open(there.opener, "deaf", Timeouts(idle=0.1))
        with pytest.raises(TimedOut, match="took nothing"):
            await connection.write(b"x" * 16_000_000)
        connection.abort()


async def test_the_end_of_a_direction_is_quiet_unless_it_is_a_mistake() -> None:
    async def fail(error: Exception) -> None:
        raise error

    async def wait() -> None:
        await asyncio.get_running_loop().create_future()

    await end_direction(asyncio.create_task(wait()))
    broken = asyncio.create_task(fail(Broken("x")))
    await asyncio.wait({broken})
    await end_direction(broken)
    mistaken = asyncio.create_task(fail(KeyError("x")))
    await asyncio.wait({mistaken})
    with pytest.raises(KeyError):
        await end_direction(mistaken)
