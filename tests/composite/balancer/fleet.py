"""Three upstream processes for the tests of the balancer, and people who use them through it without a pause."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import socketio

from hubbub.composite.balancer import Tcp
from tests.support.server import ServerProcess

NAMES = ("one", "two", "three")
PAUSE = 0.02  # seconds between two requests of one person: what is tested is not how fast it goes
ACK_SECONDS = 2.0


def upstream_process(folder: Path, name: str) -> ServerProcess:
    """One that is not started yet."""
    folder.mkdir(exist_ok=True)
    return ServerProcess(
        folder,
        command="hypercorn",
        tls=False,
        application="tests.composite.balancer.site:app",
        env={"SITE_NAME": name},
    )


def target_of(server: ServerProcess, name: str) -> Tcp:
    return Tcp(server.http_url.removeprefix("http://"), name=name)


@contextmanager
def fleet(folder: Path) -> Iterator[dict[str, ServerProcess]]:
    """All three, running."""
    servers = {name: upstream_process(folder / name, name) for name in NAMES}
    try:
        with ThreadPoolExecutor() as starters:
            list(starters.map(ServerProcess.start, servers.values()))
        yield servers
    finally:
        for server in servers.values():
            server.release()


@dataclass
class Visitor:
    """Somebody who asks again and again by a method that may be repeated; `heard` is who answered, in order."""

    url: str
    key: str
    method: str = "GET"
    heard: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    async def visit(self) -> None:
        headers = {"x-visitor": self.key}
        async with httpx.AsyncClient(base_url=self.url, headers=headers, timeout=20.0) as client:
            while True:
                try:
                    answer = await client.request(self.method, "/name", content=b"x" if self.method == "PUT" else b"")
                except httpx.HTTPError as error:
                    self.failures.append(repr(error))
                else:
                    if answer.status_code == 200:
                        self.heard.append(answer.text)
                    else:
                        self.failures.append(f"{answer.status_code} {answer.text}")
                await asyncio.sleep(PAUSE)


class Talker:
    """Somebody at Socket.IO who asks again and again who answers; `heard` is per connection, in order."""

    def __init__(self, url: str, transport: str) -> None:
        self._url = url
        self._transport = transport
        self.heard: list[list[str]] = []
        self._client: Any = socketio.AsyncClient(
            reconnection_delay=0.1, reconnection_delay_max=0.3, randomization_factor=0, request_timeout=2
        )
        self._client.on("connect", self._begin)

    async def talk(self) -> None:
        await self._client.connect(self._url, transports=[self._transport], retry=True)
        while True:
            with suppress(socketio.exceptions.SocketIOError):
                self.heard[-1].append(await self._client.call("who", timeout=ACK_SECONDS))
            await asyncio.sleep(PAUSE)

    async def leave(self) -> None:
        await self._client.disconnect()

    async def _begin(self) -> None:
        self.heard.append([])
