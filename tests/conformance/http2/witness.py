"""The server under faults, and requests in flight beside them that have to finish."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.http2.case import BYSTANDER, Pong
from tests.conformance.http2.census import Census, taken_at
from tests.support.deadline import wait_until
from tests.support.http2_frames import RawHttp2, headers, ping, request_fields
from tests.support.people import People, Person
from tests.support.rest import API
from tests.support.server import ServerProcess

MIB = 1024 * 1024
POLL_SECONDS = 25  # longer than any case takes
# What a process of this size gains by having been used at all; a leak of one case, times its frames, is more.
GROWTH_BYTES = 48 * MIB


@contextmanager
def witnessed_server(folder: Path) -> Iterator[ServerProcess]:
    """The application under Hypercorn; afterwards nothing may be left of its connections, and its log is clean."""
    server = ServerProcess(
        folder,
        command="hypercorn",
        application="tests.conformance.http2.watched_app:app",
        arguments=("-c", "hypercorn.toml"),
        env={"HUBBUB_RATE_LIMITS": "off"},
    )
    try:
        server.start()
        before = taken_at(server)
        yield server
        wait_until(lambda: _is_empty(taken_at(server), before), "all tasks and connections to be gone", 5.0)
        assert taken_at(server).resident_bytes - before.resident_bytes < GROWTH_BYTES
        server.end()
    except TimeoutError as error:
        error.add_note(f"{taken_at(server)}\n{server.logs()}")
        raise
    finally:
        server.release()


def _is_empty(now: Census, before: Census) -> bool:
    return len(now.tasks) <= len(before.tasks) and now.descriptors <= before.descriptors + 4


@dataclass(frozen=True)
class Witness:
    """Somebody in a room, by whom requests are kept in flight and ended."""

    server: ServerProcess
    person: Person
    room: str
    since: str

    async def wait_on(self, connection: RawHttp2) -> None:
        """Put a long poll in flight."""
        path = f"{API}/changes?since={self.since}&wait={POLL_SECONDS}"
        fields = request_fields("GET", path, ("authorization", f"Bearer {self.person.token}"))
        await connection.send(headers(BYSTANDER, fields), ping(b"polling!"))
        await Pong(b"polling!")(connection)
        assert BYSTANDER not in connection.answers

    async def speak(self) -> None:
        """Make the change that every poll waits for."""
        await self.person.post(self.room, "it is over")

    async def expect_answer(self, connection: RawHttp2) -> None:
        """The poll in flight is answered in order."""
        assert await connection.status(BYSTANDER) == 200, connection.story()
        await connection.ended(BYSTANDER)
        changes = json.loads(connection.body(BYSTANDER))["changes"]
        assert [each["data"]["body"] for each in changes] == ["it is over"]


async def settle(server: ServerProcess, people: People, person: Person | None = None) -> Witness:
    """Somebody who hears of one room and nothing else; again the same person, where one is given."""
    person = await people.register("witness") if person is None else await people.reconnected(person)
    room = await person.create_room()
    return Witness(server, person, room.id, (await person.request("GET", "/changes")).json()["cursor"])


def first_person(server: ServerProcess) -> Person:
    """Somebody who has an account, for tests each of which has its own event loop."""

    async def register() -> Person:
        async with People(server) as people:
            return (await settle(server, people)).person

    return asyncio.run(register())
