"""What `/metrics` shows follows what happens."""

from __future__ import annotations

import re

from tests.support.people import PASSWORD
from tests.support.rest import rest_client
from tests.support.server import ServerProcess


async def test_the_log_and_the_connections_are_seen(fresh_server: ServerProcess) -> None:
    async with rest_client(fresh_server) as client:
        text = (await client.get("/metrics")).text
        assert value(text, "hubbub_log_head") == 0
        assert value(text, "hubbub_requests_open") == 1
        await client.post("/api/v1/users", json={"username": "ada", "password": PASSWORD})
        await client.get("/socket.io/?EIO=4&transport=polling")
        text = (await client.get("/metrics")).text
        assert value(text, "hubbub_log_head") == 1
        assert value(text, "hubbub_log_unpublished") == 0
        assert value(text, 'hubbub_socket_sessions{transport="polling"}') == 1
        assert value(text, "process_resident_memory_bytes") > 0


def value(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, f"{name} is not in the metrics"
    return float(found[1])
