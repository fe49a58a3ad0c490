from __future__ import annotations

from tests.support.deadline import eventually
from tests.support.engine_clients import Polling, WebSocket
from tests.support.socket_application import SocketApplication


async def test_nothing_is_kept_of_clients_that_are_gone() -> None:
    world = SocketApplication()
    sockets = [await WebSocket.join(world.app) for _ in range(5)]
    idle = await WebSocket.open(world.app)
    assert len(world.server.connections) == 5
    for socket in (*sockets, idle):
        await socket.end()
    kept = world.server._sessions
    await eventually(
        lambda: not kept.sessions and not kept.connections and not len(kept.tasks), "everything to be gone"
    )
    assert world.server.manager.rooms == {}
    assert world.server.eio.sockets == {}
    assert world.clock.waiting == 0
    assert world.left == ["transport close"] * 5


async def test_a_session_of_the_application_outlives_its_transport_until_disconnect_was_handled() -> None:
    world = SocketApplication()
    world.gate.clear()
    client = await Polling.join(world.app)
    connection = world.connection
    await world.server.save_session(connection.id, {"user": "ann"})
    await client.post('42["wait"]', "1")
    assert world.server.eio.sockets == {}
    assert await world.server.get_session(connection.id) == {"user": "ann"}
    world.gate.set()
    await world.gone.wait()
