"""A worker that is killed costs its clients a reconnect and nothing else, and another takes its place."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import httpx

from tests.cluster.conftest import WORKERS, worker_server
from tests.cluster.listeners import listening
from tests.support.deadline import eventually
from tests.support.people import People, Person
from tests.support.rest import API
from tests.support.server import START_DEADLINE, ServerProcess
from tests.support.workers import worker_pids

CLIENTS = 60
LAST_WORDS = 4_000  # characters of the log that are shown of a failure
KILLS = 6  # more than there were workers at the start


async def test_every_worker_is_killed_in_turn_and_nobody_misses_anything(tmp_path: Path) -> None:
    server = worker_server(tmp_path)
    try:
        await asyncio.to_thread(server.start)
        async with People(server, http2=False) as people:
            ada = await people.register()
            room = await ada.create_room()
            await _all_know_each_other(server)
            async with listening(server, ada, CLIENTS) as listeners:
                posting = asyncio.create_task(_write(ada, room.id, stop := asyncio.Event()))
                for _ in range(KILLS):
                    await _kill_one(server)
                stop.set()
                posted = await posting
                for listener in listeners:
                    await listener.until(lambda: len(listener.changes) >= len(posted), "every message")  # noqa: B023
            for listener in listeners:
                assert [change["data"]["id"] for change in listener.changes] == posted, (listener.way, listener.lost)
            assert sum(listener.lives for listener in listeners) > CLIENTS  # somebody was on one that was killed
        await server.stop()  # with status 0, and nothing in the log that looks like a fault
    finally:
        await asyncio.to_thread(server.release)


async def test_an_end_while_another_takes_its_place_is_as_clean_as_any(tmp_path: Path) -> None:
    server = worker_server(tmp_path)
    try:
        await asyncio.to_thread(server.start)
        await _all_know_each_other(server)
        os.kill(worker_pids(server)[0], signal.SIGKILL)
        await eventually(lambda: "another takes its place" in server.logs(), "another to be started")
        await server.stop()
    finally:
        await asyncio.to_thread(server.release)


async def _all_know_each_other(server: ServerProcess) -> None:
    """Hypercorn ends all when one is killed that the others do not know yet."""
    each_other = WORKERS * (WORKERS - 1)
    await eventually(lambda: server.logs().count(" is here, ") == each_other, "all to know each other")


async def _kill_one(server: ServerProcess) -> None:
    """Kill the worker that has been there longest, and wait until there are as many as before."""
    (victim, *rest) = worker_pids(server)
    os.kill(victim, signal.SIGKILL)
    folder = server.data_dir / "hubbub.workers"

    def is_replaced() -> bool:
        pids = worker_pids(server)
        return victim not in pids and len(pids) == WORKERS and len(list(folder.glob("*.sock"))) == WORKERS

    try:
        await eventually(is_replaced, f"another worker beside {rest}", START_DEADLINE)
    except TimeoutError as error:
        here = sorted(each.name for each in folder.glob("*.sock"))
        error.add_note(f"killed {victim}; now {worker_pids(server)}, {here}\n{server.logs()[-LAST_WORDS:]}")
        raise


async def _write(author: Person, room_id: str, stop: asyncio.Event) -> list[str]:
    """Post until told to stop, again what was not answered; the ids in the order of the log."""
    posted: list[str] = []
    while not stop.is_set():
        message = {"body": "hello", "client_id": str(len(posted))}
        try:
            answer = await author.client.post(f"{API}/rooms/{room_id}/messages", json=message)
        except httpx.TransportError:
            continue
        if answer.status_code == httpx.codes.CREATED:
            posted.append(str(answer.json()["id"]))
        else:
            assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
        await asyncio.sleep(0.01)  # a person who types fast, and a machine that has to hear sixty clients
    return posted
