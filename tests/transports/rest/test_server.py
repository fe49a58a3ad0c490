"""The addresses outside the API: is it well, and how much of everything."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter

from hubbub.transports.rest.application import create_rest
from hubbub.transports.rest.server import Condition
from tests.support.api import Api, Caller, create_app, done
from tests.support.backends import open_world

ADDRESSES = {
    "//healthz": "application/json",
    "//readyz": "application/json",
    "//metrics": "text/plain",
}


@pytest.mark.parametrize(("path", "content_type"), ADDRESSES.items())
async def test_it_is_there_for_everybody(api: Api, path: str, content_type: str) -> None:
    reply = await api.guest.get(path)
    assert reply.status == 200
    assert reply.headers["content-type"].startswith(content_type)


async def test_health_is_the_process_and_readiness_is_the_service(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        guest = Caller(create_app(world, unready="The server is about to stop."))
        assert done(await guest.get("//healthz")) == {"status": "ok"}
        reply = await guest.get("//readyz")
        assert (reply.status, reply.code) == (503, "server_busy")
        assert reply.json["detail"] == "The server is about to stop."
        assert (reply.headers["retry-after"], reply.json["retry_after"]) == ("1", 1.0)
        assert done(await Caller(create_app(world)).get("//readyz")) == {"status": "ready"}


async def test_metrics_are_those_of_the_registry(api: Api) -> None:
    registry = CollectorRegistry()
    Counter("letters", "Letters sent", registry=registry).inc(3)
    guest = Caller(create_rest(lambda: api.world, Condition(lambda: None, registry)))
    assert b"letters_total 3.0" in (await guest.get("//metrics")).body
