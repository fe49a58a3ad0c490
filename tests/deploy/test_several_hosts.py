"""Three hosts behind each proxy by its recipe: every transport, with affinity and without."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, AsyncExitStack
from pathlib import Path
from typing import get_args

import pytest

from tests.cluster.everywhere import pollers_hear_each_other
from tests.deploy.composition import upstreams
from tests.deploy.processes import connected
from tests.support.balancers import caddy_before, haproxy_before, nginx_before
from tests.support.people import People, Person
from tests.support.server import Address, Server, ServerProcess
from tests.support.ways import Hearing, NativeHearing, SocketHearing, Way, connect

Before = Callable[..., AbstractContextManager[str]]
Hosts = dict[str, ServerProcess]

POLLERS = 6
SOURCES = [f"127.0.0.{number}" for number in range(2, 22)]  # by chance all have one host: once in a billion runs
TIMES = 6  # held open, so that no host has all of them

each_proxy = pytest.mark.parametrize(
    "before", [nginx_before, haproxy_before, caddy_before], ids=["nginx", "haproxy", "caddy"]
)


@each_proxy
async def test_every_transport_without_affinity(before: Before, composed: Hosts, tmp_path: Path) -> None:
    with before(tmp_path, upstreams(composed)) as url:
        await every_transport(Address(url, "", tmp_path))
        async with AsyncExitStack() as stack:
            processes = [await stack.enter_async_context(connected(url)) for _ in range(TIMES)]
        assert len(set(processes)) > 1


@each_proxy
async def test_every_transport_with_affinity(before: Before, apart: Hosts, tmp_path: Path) -> None:
    with before(tmp_path, upstreams(apart), affinity=True) as url:
        await every_transport(Address(url, "", tmp_path))
        processes = []
        for source in SOURCES:
            async with connected(url, source) as first, connected(url, source) as second:
                assert first == second
                processes.append(first)
        assert len(set(processes)) > 1


async def every_transport(site: Server) -> None:
    """Hear by all of them what is written by all of them, once and in one order; then let many poll."""
    async with People(site, http2=False) as people, AsyncExitStack() as stack:
        author = await people.register()
        room = await author.create_room()
        start = (await author.request("GET", "/changes")).json()["cursor"]
        hearings: dict[Way, Hearing] = {}
        for way in get_args(Way):
            hearings[way] = await connect(site, author.token, way, start)
            stack.push_async_callback(hearings[way].close, abruptly=False)
        written = [await write(way, hearing, author, room.id) for way, hearing in hearings.items()]
        for way, hearing in hearings.items():
            await hearing.until(lambda: len(hearing.changes) >= len(written), f"all of it by {way}")  # noqa: B023
            assert [change["data"]["id"] for change in hearing.changes] == written, way
            assert (list(hearing.surprises), hearing.ended.is_set()) == ([], False), way
        await pollers_hear_each_other(site, author, POLLERS)


async def write(way: Way, hearing: Hearing, author: Person, room_id: str) -> str:
    """Post by the connection itself, where it takes commands, and else by REST; the id of the message."""
    if isinstance(hearing, SocketHearing | NativeHearing):
        message = await hearing.call("post_message", {"room_id": room_id, "body": way, "client_id": way})
        return str(message["id"])
    return (await author.post(room_id, way)).id
