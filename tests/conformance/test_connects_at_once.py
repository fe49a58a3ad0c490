"""A thousand clients that connect in the same moment: none of them waits for a second try of the kernel's."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.deadline import DEADLINE, wait_until
from tests.support.people import People
from tests.support.ports import HOST
from tests.support.raw_peers import allow_descriptors, request
from tests.support.rest import API
from tests.support.server import ServerProcess

CLIENTS = 1_000


@pytest.mark.alone
async def test_a_thousand_connects_at_once_are_all_taken(fresh_server: ServerProcess) -> None:
    """The server stands still meanwhile, so that all of them wait for it at once, whatever the machine."""
    assert _kernels_backlog() >= CLIENTS, "this kernel lets fewer wait"
    allow_descriptors(4 * CLIENTS)
    async with People(fresh_server) as people:
        token = (await people.register()).token
    os.kill(fresh_server.pid, signal.SIGSTOP)
    try:
        clients = [_connect(fresh_server) for _ in range(CLIENTS)]
        await asyncio.to_thread(wait_until, lambda: all(map(_is_connected, clients)), "the kernel to take them all")
    finally:
        os.kill(fresh_server.pid, signal.SIGCONT)
    question = request("GET", f"{API}/users/me", token=token)
    answers = await asyncio.wait_for(asyncio.gather(*(_ask(client, question) for client in clients)), DEADLINE)
    assert {answer[:12] for answer in answers} == {b"HTTP/1.1 200"}


def _kernels_backlog() -> int:
    return int(Path("/proc/sys/net/core/somaxconn").read_text())


def _connect(server: ServerProcess) -> socket.socket:
    client = socket.socket()
    client.setblocking(False)
    client.connect_ex((HOST, urlsplit(server.http_url).port or 0))
    return client


def _is_connected(client: socket.socket) -> bool:
    try:
        client.getpeername()
    except OSError:
        return False
    return True


async def _ask(client: socket.socket, question: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    with client:
        await loop.sock_sendall(client, question)
        return await loop.sock_recv(client, 4_096)
