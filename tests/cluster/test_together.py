"""What is one for all workers: who is here, who types, whose session has ended, and what is done only once."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack

import httpx

from tests.cluster.conftest import WORKERS
from tests.cluster.everywhere import comes_once, goes_on_after_a_sign_out, goes_once, hears_nothing_once_removed
from tests.cluster.listeners import WAYS, listening
from tests.support.deadline import eventually
from tests.support.people import PASSWORD, People
from tests.support.server import ServerProcess
from tests.support.sockets import SocketClient

CONNECTIONS = 12  # of each person: on four workers some are on each, or nearly
REVOKED_SECONDS = 1.0
# python-engineio's client leaves the probe of an upgrade open when it is refused meanwhile.
WITHOUT_PROBES = tuple(way for way in WAYS if way != "upgrade")


async def _connected(stack: AsyncExitStack, server: ServerProcess, token: str, count: int) -> list[SocketClient]:
    return [
        await stack.enter_async_context(await SocketClient.connect(server, token=token, tls=False))
        for _ in range(count)
    ]


async def test_every_worker_knows_of_the_others(workers: ServerProcess) -> None:
    async def all_know() -> bool:
        texts = []
        for _ in range(CONNECTIONS):  # each by a connection of its own, so by any worker
            async with httpx.AsyncClient(base_url=workers.http_url) as client:
                texts.append((await client.get("/metrics")).text)
        return all(f"hubbub_workers {WORKERS}.0" in text for text in texts)

    await eventually(all_know, "each to know all")
    folder = workers.data_dir / "hubbub.workers"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len(list(folder.iterdir())) == WORKERS


async def test_somebody_is_here_once_and_gone_once(workers: ServerProcess, crowd: People) -> None:
    ada, bob = await crowd.register(), await crowd.register()
    async with AsyncExitStack() as stack:
        watching = await _connected(stack, workers, ada.token, CONNECTIONS)
        async with AsyncExitStack() as visit:
            await _connected(visit, workers, bob.token, CONNECTIONS)
            await comes_once(bob.id, watching)
            late = await _connected(stack, workers, ada.token, CONNECTIONS)
            for client in late:
                assert bob.id in client.named("ready")[0]["online"]
        await goes_once(bob.id, watching, late)


async def test_who_types_is_seen_on_every_worker(workers: ServerProcess, crowd: People) -> None:
    ada, bob = await crowd.register(), await crowd.register()
    room = await ada.create_room()
    await bob.join(room.id)
    async with AsyncExitStack() as stack:
        watching = await _connected(stack, workers, ada.token, CONNECTIONS)
        (typing,) = await _connected(stack, workers, bob.token, 1)
        for is_typing in (True, False):
            await typing.call("set_typing", {"room_id": room.id, "typing": is_typing})
            for client in watching:
                await client.wait_for("typing_changed", lambda news: news["typing"] is is_typing)  # noqa: B023


async def test_a_session_that_ends_is_over_on_every_worker_within_a_second(
    workers: ServerProcess, crowd: People
) -> None:
    ada = await crowd.register()
    phone = await crowd.sign_in(ada.user.username, PASSWORD)
    async with (
        listening(workers, ada, CONNECTIONS) as staying,
        listening(workers, phone, CONNECTIONS, WITHOUT_PROBES) as leaving,
    ):
        await phone.request("DELETE", "/sessions/current")
        begin = time.monotonic()
        await eventually(lambda: not any(each.there.is_set() for each in leaving), "the phone's connections to end")
        assert time.monotonic() - begin < REVOKED_SECONDS
        await goes_on_after_a_sign_out(ada, staying)


async def test_who_is_removed_hears_nothing_more_on_any_worker(workers: ServerProcess, crowd: People) -> None:
    ada, bob = await crowd.register(), await crowd.register()
    room = await ada.create_room(visibility="private")
    await ada.add(room.id, bob)
    async with listening(workers, bob, CONNECTIONS) as theirs:
        await hears_nothing_once_removed(ada, bob, room.id, theirs)


async def test_the_same_post_by_every_worker_at_once_is_one_message(workers: ServerProcess, crowd: People) -> None:
    ada = await crowd.register()
    room = await ada.create_room()
    async with AsyncExitStack() as stack:
        clients = await _connected(stack, workers, ada.token, CONNECTIONS)
        command = {"room_id": room.id, "body": "once", "client_id": "the same"}
        answers = await asyncio.gather(*(client.call("post_message", command) for client in clients))
    assert len({answer["id"] for answer in answers}) == 1
    assert len((await ada.history(room.id)).messages) == 1


async def test_a_log_that_another_worker_wrote_to_is_read_to_its_end(workers: ServerProcess, crowd: People) -> None:
    ada = await crowd.register()
    room = await ada.create_room()
    start = (await ada.request("GET", "/changes")).json()["cursor"]
    posted = [(await ada.post(room.id, str(number))).id for number in range(CONNECTIONS)]
    for _ in range(CONNECTIONS):  # each by a connection of its own, so by any worker
        async with httpx.AsyncClient(base_url=workers.http_url, headers=ada.client.headers) as client:
            cursor, found, more = start, [], True
            while more:
                page = (await client.get("/api/v1/changes", params={"since": cursor, "limit": 5})).json()
                cursor, more = page["cursor"], page["more"]
                found += [change["data"]["id"] for change in page["changes"]]
            assert found == posted
