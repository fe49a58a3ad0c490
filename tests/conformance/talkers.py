"""Every client and every transport that Socket.IO can be spoken by here, behind one surface."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, get_args

from hubbub.contract.models import ChangeType
from tests.support.node_client import NodeClient
from tests.support.server import Server
from tests.support.sockets import Refused, SocketClient, Transport
from tests.support.wire import Way, WireSocket


class Heard(Protocol):
    """An event of the server."""

    @property
    def name(self) -> str: ...

    @property
    def data(self) -> Any: ...


class Talker(Protocol):
    """A connection that is ready."""

    @property
    def events(self) -> Sequence[Heard]: ...

    def named(self, name: str) -> list[Any]: ...

    async def ask(self, command: str, data: object = None, /) -> Any: ...

    async def wait_for(self, name: str, where: Callable[[Any], bool] = ..., /) -> Any: ...

    async def close(self) -> None: ...


def changes_of(talker: Talker) -> list[dict[str, Any]]:
    """The changes of the log that it heard, in the order in which they came."""
    return [event.data for event in talker.events if event.name in get_args(ChangeType)]


@dataclass(frozen=True)
class Kind:
    """A client, how it is told to connect, and which transport it must end on."""

    client: str
    transports: tuple[Transport, ...]
    tls: bool
    transport: str

    def __str__(self) -> str:
        return f"{self.client}-{'-'.join(self.transports)}-{'tls' if self.tls else 'plain'}"

    @asynccontextmanager
    async def connected(self, server: Server, token: str | None, cursor: str | None = None) -> AsyncIterator[Talker]:
        """A connection, ready, for the length of a block.

        Raises:
            Refused: with what the server said.
        """
        talker = await self._connect(server, token, cursor)
        try:
            yield talker
        finally:
            await talker.close()

    async def _connect(self, server: Server, token: str | None, cursor: str | None) -> Talker:
        if self.client == "node":
            return await self._connect_node(server, token, cursor)
        if self.client == "http2":
            way: Way = self.transports[0]
            return await WireSocket.connect(server, way, token=token, cursor=cursor)
        socket = await SocketClient.connect(
            server, token=token, cursor=cursor, transports=self.transports, tls=self.tls
        )
        assert socket.transport == self.transport
        return socket

    async def _connect_node(self, server: Server, token: str | None, cursor: str | None) -> NodeClient:
        client = await NodeClient.start(server)
        try:
            auth = {name: value for name, value in (("token", token), ("cursor", cursor)) if value is not None}
            options = {"auth": auth, "transports": self.transports, "reconnection": False}
            await client.do("connect", url=server.https_url if self.tls else server.http_url, options=options)
            answers = ("ready", "client:refused")
            await client.wait_until(lambda: any(client.named(name) for name in answers), "an answer")
            if refused := client.named("client:refused"):
                raise Refused(refused[0]["data"])
            # The upgrade may be over before the Socket.IO connection stands.
            steps = ("client:connected", "client:upgraded")
            await client.wait_until(
                lambda: any(step["transport"] == self.transport for name in steps for step in client.named(name)),
                f"the transport to be {self.transport}",
            )
        except BaseException:
            await client.close()
            raise
        return client


KINDS = (
    *(Kind("python", (way,), tls, way) for way in ("websocket", "polling") for tls in (True, False)),
    *(Kind("node", (way,), True, way) for way in ("websocket", "polling")),
    *(Kind("node", ("polling", "websocket"), tls, "websocket") for tls in (True, False)),
    *(Kind("http2", (way,), True, way) for way in ("websocket", "polling")),
)
