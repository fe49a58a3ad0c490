from __future__ import annotations

from pathlib import Path

import pytest
import websockets

from tests.support.examples import EXAMPLES, running_example
from tests.support.library_clients import engineio_client
from tests.support.rest import rest_client


async def test_each_part_does_its_own(tmp_path: Path) -> None:
    with running_example(tmp_path, "engineio_anywhere") as server:
        async with engineio_client(server.http_url) as engine, rest_client(server, http2=False) as rest:
            await engine.say("hello")
            assert await engine.hear() == "HELLO"
            assert (await rest.get("/")).text == "1 connected\n"
            source = await rest.get("/source")
            assert source.text == (EXAMPLES / "engineio_anywhere.py").read_text()
            assert source.headers["content-type"] == "text/plain; charset=utf-8"
            assert (await rest.get("/nowhere")).status_code == 404
        with pytest.raises(websockets.InvalidStatus):
            await websockets.connect(server.http_url.replace("http", "ws") + "/nowhere")
    assert [line for line in ("starting", "stopped") if line in server.logs().splitlines()] == ["starting", "stopped"]
