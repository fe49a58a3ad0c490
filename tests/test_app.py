"""`hypercorn src.app:app`: Hypercorn's defaults serve the same application."""

from __future__ import annotations

from pathlib import Path

from tests.support.people import PASSWORD
from tests.support.rest import rest_client
from tests.support.server import running_server


async def test_hypercorns_own_command_serves_the_application(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, command="hypercorn", tls=False) as server,
        rest_client(server, http2=False) as client,
    ):
        made = await client.post("/api/v1/users", json={"username": "ada", "password": PASSWORD})
        assert made.json()["user"]["role"] == "owner"
        page = await client.get("/", headers={"accept": "text/html"})
        assert page.headers["content-type"] == "text/html; charset=utf-8"
