"""The official `socket.io-client` in a Node.js process of its own: what pages and bots in JavaScript really do."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from tests.support.deadline import DEADLINE
from tests.support.machine import ROOT, missing, require
from tests.support.server import Server

_SCRIPT = ROOT / "tests" / "node" / "client.mjs"
# A line is one event; a large message is 4,000 characters, and a page of changes a few hundred of them.
_LINE_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class NodeEvent:
    """An event of the server with its first argument, or of the client itself: `client:connected` and so on."""

    name: str
    data: Any


class NodeClient:
    """One socket of the JavaScript client. It reconnects by itself, as it does everywhere, unless told otherwise."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.events: list[NodeEvent] = []
        self._process = process
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._arrived = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, server: Server) -> NodeClient:
        """A Node.js process that trusts the server and has not connected yet."""
        node = require("node")
        if not (ROOT / "node_modules" / "socket.io-client").is_dir():
            missing("socket.io-client is not installed: `make setup` does that.")
        environment = os.environ | {"NODE_EXTRA_CA_CERTS": str(server.ca_file)}
        process = await asyncio.create_subprocess_exec(
            str(node),
            str(_SCRIPT),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment,
            limit=_LINE_BYTES,
        )
        return cls(process)

    @classmethod
    async def connect(
        cls,
        server: Server,
        *,
        token: str | None = None,
        cursor: str | None = None,
        transports: Sequence[str] | None = None,
        tls: bool = True,
        options: dict[str, Any] | None = None,
    ) -> NodeClient:
        """Start, connect and wait for `ready`; `transports` is the client's own order if not given.

        Raises:
            TimeoutError: when `ready` does not come, naming what came.
        """
        client = await cls.start(server)
        auth = {name: value for name, value in (("token", token), ("cursor", cursor)) if value is not None}
        given: dict[str, Any] = {"auth": auth, **(options or {})}
        if transports is not None:
            given["transports"] = list(transports)
        try:
            await client.do(
                "connect", url=server.https_url if tls else server.http_url, options=given | (options or {})
            )
            await client.wait_for("client:connected")
            await client.wait_for("ready")
        except BaseException:
            await client.close()
            raise
        return client

    def named(self, name: str) -> list[Any]:
        """The data of all events of that name, in order."""
        return [event.data for event in self.events if event.name == name]

    async def do(self, action: str, **arguments: Any) -> Any:
        """Have the script do one thing and give back its answer.

        Raises:
            RuntimeError: with the client's error.
        """
        number = next(self._ids)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        if self._process.stdin is None:
            raise RuntimeError("Node.js has no standard input")
        self._process.stdin.write(json.dumps({"id": number, "do": action, **arguments}).encode() + b"\n")
        await self._process.stdin.drain()
        async with asyncio.timeout(DEADLINE):
            return await answer

    async def ask(self, event: str, data: object = None) -> Any:
        """Emit an event and give back its acknowledgement as it came."""
        return await self.do("ask", event=event, data=data, timeout=int(DEADLINE * 1000))

    async def wait_for(
        self, name: str, where: Callable[[Any], bool] = lambda _: True, *, after: int = 0, deadline: float = DEADLINE
    ) -> Any:
        """The data of the first event of that name for which `where` holds, leaving out the first `after` events.

        Raises:
            TimeoutError: when none comes, naming what came instead.
        """
        found: list[Any] = []

        def has_come() -> bool:
            found.extend(event.data for event in self.events[after:] if event.name == name and where(event.data))
            return bool(found)

        await self.wait_until(has_come, name, deadline)
        return found[0]

    async def wait_until(self, holds: Callable[[], bool], what: str, deadline: float = DEADLINE) -> None:
        """Wait until something holds that changes only with what this client hears.

        Raises:
            TimeoutError: when it does not, naming what came at last.
        """
        try:
            async with asyncio.timeout(deadline), self._arrived:
                await self._arrived.wait_for(holds)
        except TimeoutError:
            heard = [(event.name, event.data) for event in self.events[-10:]]
            raise TimeoutError(f"not within {deadline:g} s: {what}; heard at last {heard}") from None

    async def kill(self) -> None:
        """End the process as a power cut does: nothing is said to anybody."""
        self._process.kill()
        await self._process.wait()
        await self._reading

    async def close(self) -> None:
        """Disconnect and end the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), DEADLINE)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
            raise
        finally:
            await self._reading

    async def __aenter__(self) -> NodeClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _read(self) -> None:
        if self._process.stdout is None:
            raise RuntimeError("Node.js has no standard output")
        async for text in self._process.stdout:
            line = json.loads(text)
            if "id" in line:
                self._settle(self._answers.pop(line["id"]), line)
            else:
                await self._hear(line)
        for waiting in self._answers.values():
            waiting.set_exception(RuntimeError("Node.js has ended"))

    def _settle(self, waiting: asyncio.Future[Any], line: dict[str, Any]) -> None:
        if waiting.done():
            return
        if "error" in line:
            waiting.set_exception(RuntimeError(line["error"]))
        else:
            waiting.set_result(line["answer"])

    async def _hear(self, line: dict[str, Any]) -> None:
        client = line.pop("client", None)
        event = NodeEvent(f"client:{client}", line) if client else NodeEvent(line["event"], line["data"])
        self.events.append(event)
        async with self._arrived:
            self._arrived.notify_all()
