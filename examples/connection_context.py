"""Who has connected: address, headers and query of a connection, typed (seeds 4.9).

    hypercorn examples.connection_context:app --bind 127.0.0.1:8000

In the library `REMOTE_ADDR` is always 127.0.0.1 and the peer is in `environ["asgi.scope"]["client"]`. Behind a proxy
even that is the proxy: `ProxiesMiddleware` puts the client there, for proxies that are trusted, and for no others.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial

from hubbub.composite import CompositeApp, Drain, SocketServer
from hubbub.composite.addresses import Networks, peer_text
from hubbub.composite.proxies import ProxiesMiddleware
from hubbub.composite.scopes import header
from hubbub.composite.socket_server import ConnectRefused, SocketConnection


@dataclass(frozen=True)
class Visitor:
    """What a connection says of itself; only `address` is more than a claim."""

    address: str
    user_agent: str
    language: str

    @classmethod
    def of(cls, connection: SocketConnection) -> Visitor:
        (language,) = connection.query.get("language", ["en"])
        return cls(peer_text(connection.scope), (header(connection.scope, b"user-agent") or b"").decode(), language)


visitors: dict[str, Visitor] = {}  # {connection id: visitor}


async def connect(connection: SocketConnection, _auth: object) -> None:
    try:
        visitors[connection.id] = Visitor.of(connection)
    except ValueError:
        raise ConnectRefused({"detail": "One language, please, and text in UTF-8."}) from None


async def event(connection: SocketConnection, _name: str, _arguments: list[object]) -> object:
    return asdict(visitors[connection.id])


async def disconnect(connection: SocketConnection, _reason: str) -> None:
    del visitors[connection.id]


sockets = SocketServer()
sockets.handle(connect=connect, event=event, disconnect=disconnect)
trusting = partial(ProxiesMiddleware, trusted=Networks(["127.0.0.1"]))
app = CompositeApp(sockets, middleware=[trusting], drain=Drain())
