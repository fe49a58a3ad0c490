"""The fixture of clients, as a test that asks for them sees them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hubbub.testing.clock import ManualClock
from hubbub.testing.fixtures import OpenClient
from tests.testing.sockets_app import Sockets
from tests.testing.test_lifespan import Lives


async def test_clients_of_one_application_share_its_lifespan(asgi_client: OpenClient) -> None:
    app = Lives()
    clients = [await asgi_client(app, headers={"x-number": str(number)}) for number in range(3)]
    assert app.steps == ["startup"]
    assert [client.headers["x-number"] for client in clients] == ["0", "1", "2"]
    assert clients[0].cookies is not clients[1].cookies


@pytest.fixture
def stopped() -> Iterator[Lives]:
    app = Lives()
    yield app
    assert app.steps == ["startup", "shutdown", "returned"]


async def test_it_stops_what_it_started(stopped: Lives, asgi_client: OpenClient) -> None:
    await asgi_client(stopped)


async def test_faults_go_by_the_clock_of_the_test(
    asgi_client: OpenClient, manual_clock: ManualClock, sockets: Sockets
) -> None:
    client = await asgi_client(sockets.app)
    socket = await client.socketio()
    late = client.faults.delay("to_client", seconds=10)
    await socket.emit("say", "late")
    await late.happened()
    manual_clock.advance(10)
    await socket.event("said")
