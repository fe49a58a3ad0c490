"""A backup taken while people write restores to the log up to its cursor, and everybody finds out where they are."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest

from tests.store.places import ENGINES
from tests.support.deadline import DEADLINE, eventually, within
from tests.support.machine import ROOT, require
from tests.support.people import People, Person
from tests.support.postgres import PostgresServer
from tests.support.reading import read_changes
from tests.support.rest import API, rest_client
from tests.support.server import ServerProcess, running_server
from tests.support.ways import Way, connect

Json = dict[str, Any]
Environment = dict[str, str]
OPEN = {"HUBBUB_REGISTRATION": "open", "HUBBUB_RATE_LIMITS": "off"}
WRITERS = 2
ENOUGH = 30  # acknowledged before and again after the backup has begun
SECONDS = 120.0


@dataclass
class Load:
    """People who post, edit and react until they are told to stop."""

    people: list[Person]
    room_id: str
    acknowledged: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def write(self, person: Person) -> None:
        """One of them."""
        while not self.over.is_set():
            message = await person.post(self.room_id, f"number {self.acknowledged}")
            await person.edit(message.id, "on second thoughts")
            await person.react(message.id, "👍")
            self.acknowledged += 3

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """For the length of a block."""
        async with asyncio.TaskGroup() as group:
            for person in self.people:
                group.create_task(self.write(person))
            yield
            self.over.set()

    async def more(self, count: int) -> None:
        """Wait for so many more acknowledgements."""
        enough = self.acknowledged + count

        async def reached() -> bool:
            return self.acknowledged >= enough

        await eventually(reached, f"{count} more acknowledgements")


@dataclass(frozen=True)
class Scene:
    """A server that was restored from a backup of another one, and what somebody had heard of that."""

    server: ServerProcess
    reader: Person
    room_id: str
    start: str
    heard: list[Json]
    cursor: str  # of the backup


async def hubbub(folder: Path, place: Environment, *arguments: str) -> tuple[int, str]:
    """The status of the command, and what it said."""
    process = await asyncio.create_subprocess_exec(
        str(require("hubbub")),
        *arguments,
        cwd=ROOT,
        env={**os.environ, "HUBBUB_DATA_DIR": str(folder), **place},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(DEADLINE):
        said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


@asynccontextmanager
async def restored(folder: Path, hosts: int, place: Environment) -> AsyncIterator[Scene]:
    """Back up a log that `hosts` are at work on, and serve what comes of it by another."""
    folders, file = [folder / f"host-{number}" for number in range(hosts + 1)], folder / "backup.db"
    for each in folders:
        each.mkdir()
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(running_server(each, env=OPEN | place)) for each in folders[:-1]]
        people = [await stack.enter_async_context(People(server)) for server in servers]
        writers = [await people[number % hosts].register() for number in range(WRITERS)]
        room_id = (await writers[0].create_room()).id
        for writer in writers[1:]:
            await writer.join(room_id)
        reader = writers[0]
        epoch = (await reader.request("GET", "/changes")).json()["cursor"].partition("-")[0]
        load = Load(writers, room_id)
        data_dir = servers[0].data_dir
        async with load.going_on():
            await load.more(ENOUGH)
            before = load.acknowledged
            status, said = await hubbub(data_dir, place, "backup", str(file))
            assert status == 0, said
            assert load.acknowledged > before
            await load.more(ENOUGH)
        status, refused = await hubbub(data_dir, place, "restore", "--replace", str(file))
        assert (status, "Stop the server" in refused) == (1, True), refused
        heard = await read_changes(reader, f"{epoch}-0")
    assert re.search(r"messages [1-9]\d*, changes [1-9]\d*, cursor ", said)
    (cursor,) = re.findall(r"cursor (\S+),", said)
    status, said = await hubbub(folders[-1] / "var", place, "restore", "--replace", str(file))
    assert (status, cursor in said) == (0, True), said
    async with (
        running_server(folders[-1], env=OPEN | place) as server,
        rest_client(server, token=reader.token) as client,
    ):
        yield Scene(server, Person(client, reader.user, reader.token), room_id, f"{epoch}-0", heard, cursor)


def without_cursors(changes: list[Json]) -> list[Json]:
    return [{name: value for name, value in change.items() if name != "cursor"} for change in changes]


@pytest.fixture(params=ENGINES)
async def scene(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Scene]:
    """SQLite comes back on another machine, and PostgreSQL where it was."""
    hosts, place = 1, {}
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        hosts, place = 2, {"HUBBUB_DATABASE_URL": server.make_database().url}
    async with restored(tmp_path, hosts, place) as scene:
        yield scene


async def test_a_backup_taken_under_load_restores_to_the_log_up_to_its_cursor(scene: Scene) -> None:
    async with within(SECONDS, "all of it"):
        cursors = [change["cursor"] for change in scene.heard]
        place = cursors.index(scene.cursor) + 1
        assert ENOUGH <= place <= len(cursors) - ENOUGH
        there = await read_changes(scene.reader, scene.start)
        assert without_cursors(there) == without_cursors(scene.heard[:place])
        history = await scene.reader.history(scene.room_id, limit=1)
        posted = [change["data"]["id"] for change in there if change["type"] == "message_posted"]
        assert history.messages[0].id == posted[-1]

        # From here on the two logs differ, though their numbers are the same.
        fresh = await scene.reader.post(scene.room_id, "after the restore")
        for way in get_args(Way):
            await _goes_on(scene, way, fresh.id)
            await _is_told(scene, way, cursors[place])


async def _goes_on(scene: Scene, way: Way, message_id: str) -> None:
    """A cursor that is in the backup is as good as ever."""
    hearing = await connect(scene.server, scene.reader.token, way, scene.cursor)
    await hearing.until(lambda: bool(hearing.changes), "what was posted after the restore")
    assert [change["data"]["id"] for change in hearing.changes] == [message_id]
    assert not hearing.surprises
    await hearing.close(abruptly=False)


async def _is_told(scene: Scene, way: Way, cursor: str) -> None:
    """One of what was lost is never taken for the place that has its number now."""
    if way in ("pages", "long poll"):
        query = {"since": cursor, "wait": 1 if way == "long poll" else 0}
        answer = await scene.reader.client.get(f"{API}/changes", params=query)
        assert (answer.status_code, answer.json()["code"]) == (httpx.codes.GONE, "gone")
        return
    hearing = await connect(scene.server, scene.reader.token, way, cursor)
    await hearing.until(lambda: bool(hearing.surprises), "a resync")
    assert [surprise["reason"] for surprise in hearing.surprises] == ["cursor_gone"]
    assert hearing.changes == []
    await hearing.close(abruptly=False)
