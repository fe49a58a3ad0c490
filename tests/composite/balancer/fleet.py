"""Three upstream processes for the tests of the balancer, and people who use them through it without a pause."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from socketio.exceptions import SocketIOError

from hubbub.composite.balancer import Tcp
from tests.support.library_clients import socketio_client
from tests.support.server import ServerProcess
from tests.support.sockets import Refused

NAMES = ("one", "two", "three")
PAUSE = 0.02  # seconds between two requests of one person: what is tested is not how fast it goes
ACK_SECONDS = 2.0
BACK_OFF = 0.1


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

    async def talk(self) -> None:
        """Ask until cancelled; who goes unanswered leaves, and connects anew."""
        while True:
            with suppress(Refused, SocketIOError, TimeoutError):
                async with socketio_client(self._url, transports=[self._transport]) as client:
                    self.heard.append([])
                    while True:
                        # Given no time itself: its `wait_for` of Python 3.11 may swallow a cancellation (gh-86296).
                        async with asyncio.timeout(ACK_SECONDS):
                            self.heard[-1].append(await client.call("who", timeout=None))
                        await asyncio.sleep(PAUSE)
            await asyncio.sleep(BACK_OFF)
