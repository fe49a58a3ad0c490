"""Two servers in one process that share a log and a Redis, as two hosts do."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hubbub.application import create_app
from hubbub.other_hosts import OtherHosts
from hubbub.settings import SettingsError
from hubbub.testing.chat import logs_left_alone, settings_in
from hubbub.testing.client import AsgiClient
from hubbub.testing.lifespan import LifespanFailed, running
from hubbub.transports.backend import SIGN_INS
from tests.support.deadline import eventually
from tests.support.redis_server import running_redis

TRIES = 2 * SIGN_INS.burst


@pytest.mark.parametrize("module", ["redis_link", "redis_rates"])
def test_a_bus_without_its_extra_says_what_to_install(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, f"hubbub.composite.bus.{module}", None)
    with pytest.raises(SettingsError, match=r"hubbub\[redis\]"):
        OtherHosts("redis://127.0.0.1")


@asynccontextmanager
async def two_hosts(folder: Path, **settings: Any) -> AsyncIterator[tuple[AsgiClient, AsgiClient]]:
    """Clients of both, once they hear each other."""
    apps = []
    for name in ("one", "two"):
        (folder / name).mkdir()
        (folder / name / "hubbub.db").symlink_to(folder / "hubbub.db")
        apps.append(create_app(replace(settings_in(folder / name), **settings)))
    async with running(apps[0]), running(apps[1]):
        clients = AsgiClient(apps[0]), AsgiClient(apps[1])

        async def both_hear() -> bool:
            return all(["hubbub_bus_peers 1.0" in (await client.get("/metrics")).text for client in clients])

        await eventually(both_hear, "both to hear each other")
        yield clients


async def test_who_signs_in_at_two_hosts_has_no_more_tries_than_at_one(tmp_path: Path) -> None:
    with running_redis(tmp_path) as redis, logs_left_alone():
        async with two_hosts(tmp_path, bus_url=redis.url, rate_limits=True) as clients:
            tried = 0
            while (await clients[tried % 2].post("/api/v1/sessions", content=b"?")).status_code == 415:
                tried += 1
                assert tried < TRIES
            # Some came again meanwhile; each host alone would have let as many pass.
            assert SIGN_INS.burst <= tried < 1.5 * SIGN_INS.burst


async def test_a_session_is_polled_by_way_of_the_other_host(tmp_path: Path) -> None:
    with running_redis(tmp_path) as redis, logs_left_alone():
        async with two_hosts(tmp_path, bus_url=redis.url, bus_host="127.0.0.1") as (here, there):
            opened = await here.get("/socket.io/?EIO=4&transport=polling")
            sid = json.loads(opened.text[1:])["sid"]
            path = f"/socket.io/?EIO=4&transport=polling&sid={sid}"
            assert (await there.post(path, content=b'40{"token":"nobody\'s"}')).text == "ok"
            refused = await there.get(path)
            assert refused.status_code == 200
            assert "unauthenticated" in refused.text
            unknown = await there.get(path[:-4] + "----")
            assert (unknown.status_code, unknown.json()["message"]) == (400, "Session ID unknown")


async def test_without_an_address_a_session_is_of_one_host(tmp_path: Path) -> None:
    with running_redis(tmp_path) as redis, logs_left_alone():
        async with two_hosts(tmp_path, bus_url=redis.url) as (here, there):
            sid = json.loads((await here.get("/socket.io/?EIO=4&transport=polling")).text[1:])["sid"]
            assert (await there.get(f"/socket.io/?EIO=4&transport=polling&sid={sid}")).status_code == 400


async def test_an_address_of_somebody_else_is_told(tmp_path: Path) -> None:
    with running_redis(tmp_path) as redis, logs_left_alone(), pytest.raises(LifespanFailed, match=r"192\.0\.2\.7"):
        async with two_hosts(tmp_path, bus_url=redis.url, bus_host="192.0.2.7"):
            pytest.fail("it started")


async def test_a_process_whose_card_says_nothing_is_not_reached() -> None:
    with pytest.raises(OSError, match="nobody knows"):
        await OtherHosts("redis://127.0.0.1").connect("0" * 15, {})
