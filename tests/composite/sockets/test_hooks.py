from __future__ import annotations

from hubbub.composite.sockets import hooks
from hubbub.composite.sockets.connection import SocketConnection
from hubbub.composite.sockets.hooks import ConnectRefused, SocketHooks
from tests.support.engine_clients import WebSocket
from tests.support.socket_application import SocketApplication


def test_a_refusal_is_what_the_client_reads_as_err_data() -> None:
    error: dict[str, object] = {"code": "forbidden", "detail": "Not you."}
    assert ConnectRefused(error).payload() == {"message": "Not you.", "data": error}
    assert ConnectRefused({}).payload() == {"message": "Connection refused", "data": {}}
    assert ConnectRefused(error, "no").payload() == {"message": "no", "data": error}


async def test_what_an_application_does_not_say_is_answered_all_the_same() -> None:
    world = SocketApplication()
    seen: list[SocketConnection] = []

    async def connect(connection: SocketConnection, _auth: object) -> None:
        seen.append(connection)

    async def fail(_connection: SocketConnection, _name: str, _arguments: list[object]) -> object:
        raise ZeroDivisionError

    async def disconnect(_connection: SocketConnection, _reason: str) -> None:
        seen.clear()

    world.server.handle(connect=connect, event=fail, disconnect=disconnect)
    socket = await WebSocket.join(world.app)
    socket.send('427["a"]')
    assert await socket.receive() == '437[{"ok":false,"error":"internal"}]'
    plain = SocketHooks(connect, fail, disconnect)
    assert plain.overflow_ack(seen[0], "a") == {"ok": False, "error": "busy"}
    assert plain.overflow is hooks.ignore_overflow
    await socket.end()
