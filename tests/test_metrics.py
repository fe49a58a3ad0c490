"""What `/metrics` shows follows what happens."""

from __future__ import annotations

import re

import pytest

from tests.support.deadline import eventually
from tests.support.event_streams import listen
from tests.support.native import NativeClient
from tests.support.people import PASSWORD, People
from tests.support.rest import rest_client
from tests.support.server import ServerProcess
from tests.support.sockets import Refused, SocketClient
from tests.support.wire import WireSocket


async def test_the_log_and_the_connections_are_seen(fresh_server: ServerProcess) -> None:
    async with rest_client(fresh_server) as client:
        text = (await client.get("/metrics")).text
        assert value(text, "hubbub_log_head") == 0
        assert value(text, "hubbub_workers") == 1
        assert value(text, "hubbub_requests_open") == 1
        await client.post("/api/v1/users", json={"username": "ada", "password": PASSWORD})
        await client.get("/socket.io/?EIO=4&transport=polling")
        text = (await client.get("/metrics")).text
        assert value(text, "hubbub_log_head") == 1
        assert value(text, "hubbub_log_unpublished") == 0
        assert value(text, 'hubbub_socket_sessions{transport="polling"}') == 1
        assert value(text, 'hubbub_task_failures_total{task="tidy the store"}') == 0
        assert value(text, "process_resident_memory_bytes") > 0


async def test_what_waits_for_clients_is_seen(fresh_server: ServerProcess) -> None:
    async with People(fresh_server) as people:
        ada = await people.register()
        room = (await ada.create_room()).id
        async with await WireSocket.connect(fresh_server, "polling", token=ada.token) as slow:
            slow.reading.clear()
            await ada.post(room, "this ends the poll that waits")
            await slow.wait_for("message_posted")
            for _ in range(3):
                await ada.post(room, "x" * 1_000)
            text = (await ada.client.get("/metrics")).text
            assert 3_000 < value(text, "hubbub_outbox_bytes_largest") == value(text, "hubbub_outbox_bytes") < 6_000


def value(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, f"{name} is not in the metrics"
    return float(found[1])


async def test_it_is_seen_whether_it_is_well(fresh_server: ServerProcess) -> None:
    async with People(fresh_server) as people, rest_client(fresh_server) as client:
        ada = await people.register()
        room = (await ada.create_room()).id
        gone = "00000000-1"
        async with (
            await SocketClient.connect(fresh_server, token=ada.token, cursor=gone) as socket,
            await NativeClient.connect(fresh_server, ada.token) as native,
            listen(ada.client) as stream,
        ):
            await stream.ready()
            posted = await ada.post(room, "hello")
            for hearing in (socket, native):
                await hearing.wait_for("message_posted", lambda change: change["data"]["id"] == posted.id)
            await stream.wait_until(lambda: bool(stream.changes), "the message to come")
            for caller in (socket, native):
                with pytest.raises(Refused):
                    await caller.call("post_message", {"room_id": "none", "body": "hello", "client_id": "c"})

            async def seen() -> bool:
                text = (await client.get("/metrics")).text
                return all(f'lag_seconds_count{{transport="{each}"}} ' in text for each in ("events", "socketio"))

            await eventually(seen, "a delivery to be looked at")
        text = (await client.get("/metrics")).text
        assert value(text, 'hubbub_delivery_lag_seconds_count{transport="socketio"}') >= 1
        assert value(text, 'hubbub_delivery_lag_seconds_bucket{le="+Inf",transport="websocket"}') >= 1
        assert value(text, 'hubbub_resyncs_total{reason="cursor_gone"}') == 1
        assert value(text, 'hubbub_resyncs_total{reason="overflow"}') == 0
        assert value(text, 'hubbub_refusals_total{code="not_found"}') == 2
        assert value(text, "hubbub_writes_waiting") == 0
        assert value(text, "hubbub_gaps_healed_total") == 0
        commits = value(text, "hubbub_commit_seconds_count")
        assert commits == value(text, "hubbub_commit_writes_count") >= 3
        assert value(text, "hubbub_commit_writes_sum") >= commits
        assert value(text, "hubbub_commit_seconds_sum") > 0
        await client.get("/api/v1/nowhere")
        text = (await client.get("/metrics")).text
        assert value(text, 'hubbub_responses_total{status="404"}') == 1
        assert value(text, 'hubbub_responses_total{status="201"}') == 3
