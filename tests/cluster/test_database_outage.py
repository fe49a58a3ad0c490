"""PostgreSQL is stopped, killed and started again under a server that people use."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.conftest import OPEN
from tests.support.deadline import eventually
from tests.support.people import People, Person
from tests.support.postgres import PostgresServer, running_postgres
from tests.support.rest import API
from tests.support.server import ServerProcess
from tests.support.sockets import Refused, SocketClient

WRITERS = 4
ACKNOWLEDGED = 30  # before the next fault


@pytest.fixture(scope="module")
def database() -> Iterator[PostgresServer]:
    """One that waits for the disk, as its power is cut."""
    with running_postgres(durable=True) as server:
        yield server


@pytest.fixture
def server(database: PostgresServer, tmp_path: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path, env={**OPEN, "HUBBUB_DATABASE_URL": database.make_database().url})
    try:
        server.start()
        yield server
        server.end(clean=False)  # it says that the database is away
        assert "Traceback" not in server.logs()
    finally:
        server.release()


async def test_requests_are_refused_sockets_stay_and_all_goes_on(
    server: ServerProcess, database: PostgresServer
) -> None:
    async with People(server) as people:
        ada = await people.register()
        room = await ada.create_room()
        async with await SocketClient.connect(server, token=ada.token) as client:
            before = await ada.post(room.id, "before")
            await asyncio.to_thread(database.stop)

            for _ in range(3):
                answer = await ada.client.post(f"{API}/rooms/{room.id}/messages", json={"body": "lost"})
                assert (answer.status_code, answer.json()["code"]) == (503, "server_busy")
                assert answer.json()["retry_after"] > 0
                answer = await ada.client.get(f"{API}/rooms/{room.id}/messages")
                assert (answer.status_code, answer.json()["code"]) == (503, "server_busy")
                with pytest.raises(Refused) as refused:
                    await client.call("post_message", {"room_id": room.id, "body": "lost", "client_id": "1"})
                assert refused.value.code == "server_busy"
                assert refused.value.error["retry_after"] > 0

            await asyncio.to_thread(database.start)
            await eventually(lambda: _is_served(ada), "the database to be found again")
            after = await client.call("post_message", {"room_id": room.id, "body": "after", "client_id": "1"})
            await client.wait_for("message_posted", lambda change: change["data"]["id"] == after["id"])
            assert not client.disconnected.is_set()
            heard = [change["data"]["id"] for change in client.changes if change["type"] == "message_posted"]
            assert heard == [before.id, after["id"]]
    assert server.logs().count("writes are refused") == 1, "once, however many were refused"


async def test_what_was_acknowledged_survives_every_end_of_the_database(
    server: ServerProcess, database: PostgresServer
) -> None:
    async with People(server) as people:
        ada = await people.register()
        room = await ada.create_room()
        acknowledged: dict[str, str] = {}  # {client id: message id}
        refusals: set[str] = set()
        stop = asyncio.Event()

        async def write(client: SocketClient, name: int) -> None:
            number = 0
            undecided = False  # whether the last one is there, perhaps
            while undecided or not stop.is_set():
                client_id = f"{name}-{number}"
                try:
                    done = await client.call(
                        "post_message", {"room_id": room.id, "body": client_id, "client_id": client_id}
                    )
                except Refused as refused:
                    undecided = True
                    refusals.add(str(refused.code))
                    await asyncio.sleep(0.05)  # and the same again: it is perhaps there already
                else:
                    undecided = False
                    acknowledged[client_id] = done["id"]
                    number += 1

        async with await SocketClient.connect(server, token=ada.token) as client:
            writing = [asyncio.create_task(write(client, name)) for name in range(WRITERS)]
            for end, is_over in ((database.drop_connections, False), (database.kill, True), (database.stop, True)):
                enough = len(acknowledged) + ACKNOWLEDGED
                await eventually(lambda: len(acknowledged) >= enough, "messages between two ends")  # noqa: B023
                await asyncio.to_thread(end)
                if is_over:
                    await asyncio.to_thread(database.start)
            enough = len(acknowledged) + ACKNOWLEDGED
            await eventually(lambda: len(acknowledged) >= enough, "messages after the last end")
            stop.set()
            await asyncio.gather(*writing)
            await client.wait_until(lambda: len(_bodies(client)) >= len(acknowledged), "every message")
            heard = _bodies(client)
        assert refusals <= {"server_busy"}
        assert len(heard) == len(set(heard)), "once"
        assert set(heard) == set(acknowledged)
        for name in range(WRITERS):
            mine = [body for body in heard if body.startswith(f"{name}-")]
            assert mine == [f"{name}-{number}" for number in range(len(mine))], "in order"
        kept = [message.body for message in (await ada.history(room.id, limit=100)).messages]
        assert kept == heard[-len(kept) :]


def _bodies(client: SocketClient) -> list[str]:
    return [change["data"]["body"] for change in client.changes if change["type"] == "message_posted"]


async def _is_served(person: Person) -> bool:
    return (await person.client.get(f"{API}/users/me")).is_success
