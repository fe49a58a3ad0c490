"""Two servers in one process that share a log and a Redis, as two hosts do."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hubbub.application import create_app
from hubbub.composite.bus.bus import Bus
from hubbub.other_hosts import OtherHosts
from hubbub.settings import SettingsError
from hubbub.testing.chat import logs_left_alone, settings_in
from hubbub.testing.client import AsgiClient
from hubbub.testing.lifespan import running
from hubbub.transports.backend import SIGN_INS
from tests.support.deadline import eventually
from tests.support.redis_server import running_redis

TRIES = 2 * SIGN_INS.burst


@pytest.mark.parametrize("module", ["redis_link", "redis_rates"])
def test_a_bus_without_its_extra_says_what_to_install(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, f"hubbub.composite.bus.{module}", None)
    with pytest.raises(SettingsError, match=r"hubbub\[redis\]"):
        OtherHosts("redis://127.0.0.1")


async def test_who_signs_in_at_two_hosts_has_no_more_tries_than_at_one(tmp_path: Path) -> None:
    with running_redis(tmp_path) as redis, logs_left_alone():
        apps = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "hubbub.db").symlink_to(tmp_path / "hubbub.db")
            settings = replace(settings_in(tmp_path / name), bus_url=redis.url, rate_limits=True)
            apps.append(create_app(settings))
        async with running(apps[0]), running(apps[1]):
            clients = [AsgiClient(app) for app in apps]

            async def both_are_up() -> bool:
                return all(["hubbub_bus_peers 1.0" in (await client.get("/metrics")).text for client in clients])

            await eventually(both_are_up, "both to hear each other")
            tried = 0
            while (await clients[tried % 2].post("/api/v1/sessions", content=b"?")).status_code == 415:
                tried += 1
                assert tried < TRIES
            # Some came again meanwhile; each host alone would have let as many pass.
            assert SIGN_INS.burst <= tried < 1.5 * SIGN_INS.burst
        assert isinstance(OtherHosts(redis.url).make_bus("0" * 15, "e", _Nobody(), lambda _name: False), Bus)


class _Nobody:
    """A listener that has nothing to say."""

    def greeting(self) -> bytes:
        return b""

    def joined(self, name: str) -> None: ...

    def heard(self, name: str, body: bytes) -> None: ...

    def left(self, name: str) -> None: ...

    def missed(self) -> None: ...
