"""One WebSocket from its acceptance to its end: kept alive, bounded, over in bounded time whatever clients do."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from typing import Any

import pytest
from websockets.asyncio.client import connect

from hubbub.composite.hypercorn_writes import DirectWrites, Http2Writes
from hubbub.transports.websocket import link
from tests.support.deadline import eventually
from tests.support.http2 import Http2Connection
from tests.support.native import PATH, Http2Wire, NativeClient
from tests.transports.websocket.conftest import House, OpenHouse

QUICK = {"ping_interval_seconds": 0.1, "ping_timeout_seconds": 0.2, "close_seconds": 0.2}
GONE_SECONDS = 3.0  # far above these in sum, far below those of everyday


@pytest.fixture(params=[False, True], ids=["http/1.1", "http/2"])
def http2(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


async def test_a_client_that_answers_pings_stays(open_house: OpenHouse, http2: bool) -> None:
    async with open_house(**QUICK) as house:
        client = await house.connect(http2=http2)
        end = time.monotonic() + 5 * (QUICK["ping_interval_seconds"] + QUICK["ping_timeout_seconds"])
        while time.monotonic() < end:
            assert (await client.ask("set_typing", {"room_id": house.room_id, "typing": True}))["ok"] is True
        assert not client.over.is_set()


@pytest.mark.parametrize("short", [True, False])
async def test_frames_leave_by_the_short_way_where_there_is_one(
    open_house: OpenHouse, http2: bool, short: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = Http2Writes if http2 else DirectWrites
    written: list[bytes] = []
    write = kind.write

    def note(writes: Any, frames: bytes) -> None:
        written.append(frames)
        write(writes, frames)

    monkeypatch.setattr(kind, "write", note)
    if not short:
        monkeypatch.setattr(link, "direct_writes", lambda _send: None)
    async with open_house(**QUICK) as house:
        client = await house.connect(http2=http2)
        for number in range(3):
            await house.post(str(number))
        await eventually(lambda: len(client.named("message_posted")) == 3, "all to be heard")
        assert [change["data"]["body"] for change in client.named("message_posted")] == ["0", "1", "2"]
    assert any(b"message_posted" in frames for frames in written) is short


async def test_a_client_that_vanished_is_noticed(open_house: OpenHouse) -> None:
    async with open_house(**QUICK) as house:
        began = time.monotonic()
        url = house.server.http_url.replace("http", "ws") + PATH
        # It takes one message and reads no further, its pings included.
        async with connect(url, proxy=None, max_queue=1, ping_interval=None, close_timeout=0) as socket:
            await socket.send(json.dumps({"id": 1, "type": "authenticate", "data": {"token": house.token}}))
            await eventually(lambda: house.world.hub.subscription_count == 1, "the client to be let in")
            for _ in range(10):
                await house.post("x" * 8_000)
            await eventually(lambda: len(house.endpoint) == 0, "it to be noticed")
            assert time.monotonic() - began < GONE_SECONDS
            assert house.world.hub.subscription_count == 0


async def test_a_stream_that_is_not_read_is_cut_and_its_neighbours_go_on(open_house: OpenHouse) -> None:
    async with open_house(**QUICK, outbox_frames=20) as house, await Http2Connection.connect(house.server) as shared:
        slow = await NativeClient.open(house.server, on=shared)
        quick = await NativeClient.open(house.server, on=shared)
        assert isinstance(slow.wire, Http2Wire)
        await shared.hold(slow.wire.socket.stream_id)
        for client in (slow, quick):
            await client.call("authenticate", {"token": house.token})
            await client.wait_for("ready")
        for number in range(60):
            await house.post(f"{number} " + "x" * 7_000)
            await quick.wait_until(lambda heard=number: len(quick.changes) > heard, "the neighbour to hear")  # type: ignore[misc]
        began = time.monotonic()
        await slow.wait_for_end()
        assert time.monotonic() - began < GONE_SECONDS
        await house.post("after")
        await quick.wait_for("message_posted", lambda change: change["data"]["body"] == "after")
        assert len(quick.changes) == 61
        await eventually(lambda: len(house.endpoint) == 1, "the slow one to be forgotten")
        await asyncio.gather(slow.close(), quick.close())


async def test_who_reads_too_slowly_gets_one_resync_and_goes_on_from_there(open_house: OpenHouse) -> None:
    async with open_house(outbox_frames=20) as house, await Http2Connection.connect(house.server) as shared:
        client = await NativeClient.open(house.server, on=shared)
        await client.call("authenticate", {"token": house.token})
        await client.wait_for("ready")
        start = client.cursor
        assert isinstance(client.wire, Http2Wire)
        await shared.hold(client.wire.socket.stream_id)
        for number in range(100):
            await house.post(f"{number} " + "x" * 4_000)
        await shared.release(client.wire.socket.stream_id)
        await client.wait_for("resync")
        await house.post("after")
        await client.wait_for("message_posted", lambda change: change["data"]["body"] == "after")
        (resync,) = client.named("resync")
        assert resync["reason"] == "overflow"
        since, missed = start, []
        while since != client.cursor:
            page = await client.call("get_changes", {"since": since})
            missed += page["changes"]
            since = page["cursor"]
        assert len(missed) == 101
        heard = [change["cursor"] for change in client.changes]
        assert heard == [change["cursor"] for change in missed if change["cursor"] in set(heard)]
        await client.close()


async def test_who_reads_too_slowly_gets_the_latest_of_what_is_not_in_the_log(open_house: OpenHouse) -> None:
    async with open_house(outbox_frames=20) as house, await Http2Connection.connect(house.server) as shared:
        client = await NativeClient.open(house.server, on=shared)
        await client.call("authenticate", {"token": house.token})
        await client.wait_for("ready")
        bob = await house.join("bob")
        assert isinstance(client.wire, Http2Wire)
        await shared.hold(client.wire.socket.stream_id)
        for _ in range(15):
            await house.post("x" * 8_000)
        for number in range(1_000):
            house.world.hub.set_typing(house.room_id, bob, typing=number % 2 == 0)
        await house.post("after")
        await shared.release(client.wire.socket.stream_id)
        await client.wait_for("message_posted", lambda change: change["data"]["body"] == "after")
        assert [told["typing"] for told in client.named("typing_changed")] == [False]
        assert client.named("resync") == []


async def test_a_client_that_never_reads_its_answers_is_let_go(open_house: OpenHouse) -> None:
    limits = {"outbox_bytes": 2_000, "farewell_seconds": 0.2}
    async with open_house(**limits) as house, await Http2Connection.connect(house.server) as shared:
        client = await NativeClient.open(house.server, on=shared)
        await client.call("authenticate", {"token": house.token})
        await client.wait_for("ready")
        assert isinstance(client.wire, Http2Wire)
        await shared.hold(client.wire.socket.stream_id)

        async def ask() -> None:
            for number in itertools.count(10):
                await client.send({"id": number, "type": "no_such_command", "data": {}})

        # Once it is let go nobody reads it, and a frame for which its window has no room never leaves.
        asking = asyncio.create_task(ask())
        await eventually(lambda: len(house.endpoint) == 0, "it to be let go")
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await client.close()


async def test_a_client_that_answers_no_close_is_cut_off(open_house: OpenHouse) -> None:
    async with open_house(close_seconds=0.1) as house:
        url = house.server.http_url.replace("http", "ws") + PATH
        async with connect(url, proxy=None, max_queue=1, ping_interval=None, close_timeout=0) as socket:
            socket.transport.pause_reading()
            await socket.send("not JSON")
            await eventually(lambda: len(house.endpoint) == 1, "it to come")
            await eventually(lambda: len(house.endpoint) == 0, "it to be cut off")


async def test_nothing_of_a_client_is_left(house: House, http2: bool) -> None:
    before = {task for task in asyncio.all_tasks() if not task.done()}
    for _ in range(3):
        async with await house.connect(http2=http2):
            await house.post()
    await eventually(lambda: len(house.endpoint) == 0, "the conversations to be over")
    await eventually(lambda: {task for task in asyncio.all_tasks() if not task.done()} <= before, "no task to be left")
