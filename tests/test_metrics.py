"""What `/metrics` shows follows what happens."""

from __future__ import annotations

import re

from tests.support.people import PASSWORD, People
from tests.support.rest import rest_client
from tests.support.server import ServerProcess
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
