"""The application of `tests.conformance.app` with the usual long times, so that nothing ends by one; and a witness.

Whoever joins the namespace `/witness` hears `left`, with the session id and the reason, as soon as the `disconnect`
handler of a session or of a connection has run, of either server.
"""

from __future__ import annotations

from hubbub.composite.socket_server import SocketConnection
from hubbub.composite.sockets.strict_json import dumps
from tests.conformance.app import PATIENT, compose, create_engine, create_sockets, ignore

WITNESS = "/witness"


async def _connect(_connection: SocketConnection, _auth: object) -> None:
    return


async def _event(_connection: SocketConnection, _name: str, _arguments: list[object]) -> object:
    return None


async def _disconnect(connection: SocketConnection, reason: str) -> None:
    ignore(connection.id, reason)


def _left(sid: str, reason: str) -> None:
    for connection in sockets.connections:
        if connection.namespace == WITNESS:
            connection.emit("left", dumps([sid, reason]))


sockets = create_sockets(PATIENT, _left)
sockets.handle(connect=_connect, event=_event, disconnect=_disconnect, namespace=WITNESS)
app = compose(sockets, create_engine(PATIENT, _left))
