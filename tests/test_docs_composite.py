"""The service of `docs/composite.md` is used as its readers would use it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.deadline import DEADLINE
from tests.support.library_clients import socketio_client
from tests.support.machine import ROOT
from tests.support.server import ServerProcess

LINES = 40
TUTORIAL = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "composite.md").read_text(), re.DOTALL)[0]


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder: Path = tmp_path_factory.mktemp("board")
    (folder / "board.py").write_text(TUTORIAL)
    server = ServerProcess(
        folder, command="hypercorn", tls=False, application="board:app", env={"PYTHONPATH": str(folder)}
    )
    try:
        server.start()
        yield server
        server.end()  # by SIGTERM, with status 0
    finally:
        server.release()


def test_it_is_as_short_as_it_says() -> None:
    assert len([line for line in TUTORIAL.splitlines() if line.strip()]) <= LINES


async def test_votes_by_rest_and_by_socket_are_seen_at_once(board: ServerProcess) -> None:
    async with socketio_client(board.http_url) as client, httpx.AsyncClient(base_url=board.http_url) as http:
        before = (await http.post("/votes/tea")).json()
        assert await client.receive(timeout=DEADLINE) == ["votes", before]
        answer = await client.call("vote", "coffee", timeout=int(DEADLINE))
        assert answer == {**before, "coffee": before["coffee"] + 1}
        assert await client.receive(timeout=DEADLINE) == ["votes", answer]


async def test_what_is_wrong_is_refused_by_a_problem(board: ServerProcess) -> None:
    async with httpx.AsyncClient(base_url=board.http_url) as http:
        refused = await http.post("/votes/milk")
        assert (refused.status_code, refused.json()["detail"]) == (404, "Vote for one of tea, coffee.")
        large = await http.post("/votes/tea", content=b"x" * 2_000_000)
        assert (large.status_code, large.json()["code"]) == (413, "too_large")
        foreign = await http.get(
            "/socket.io/?EIO=4&transport=polling", headers={"origin": "https://elsewhere.example"}
        )
        assert (foreign.status_code, foreign.json()["code"]) == (403, "forbidden")
        assert (await asyncio.wait_for(http.post("/votes/tea"), DEADLINE)).status_code == 200
