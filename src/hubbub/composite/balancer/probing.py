"""Asking every target again and again whether it is well; decides nothing from the answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from hubbub.composite.balancer.failures import UpstreamError
from hubbub.composite.balancer.health import Probe
from hubbub.composite.balancer.member import Member
from hubbub.composite.balancer.targets import Upstream
from hubbub.composite.problem import Problem
from hubbub.composite.types import Message, Scope


@asynccontextmanager
async def probing(members: Sequence[Member], probe: Probe) -> AsyncIterator[None]:
    """Probe for the length of a block, each target in a task of its own so that none waits for another."""
    tasks = [asyncio.create_task(_watch(member, probe), name=f"probe {member.name}") for member in members]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def is_well(upstream: Upstream, probe: Probe) -> bool:
    """Ask once."""
    status = 0
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await asyncio.get_running_loop().create_future()  # it does not leave before the answer is there
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    try:
        async with asyncio.timeout(probe.timeout):
            await upstream.carry(_scope(probe.path), receive, send, fresh=True)
    except (UpstreamError, Problem, TimeoutError):
        return False
    return 200 <= status < 300


async def _watch(member: Member, probe: Probe) -> None:
    while True:
        member.probed(success=await is_well(member.upstream, probe))
        await asyncio.sleep(probe.every)


def _scope(path: str) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("ascii"),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost"), (b"user-agent", b"balancer-probe")],
        "client": None,
        "server": None,
        "state": {},
        "extensions": {},
    }
