"""The composition root: what it is made of starts in order, stops in reverse, and says why it cannot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from hubbub.application import SOCKETIO_PATH, WEBSOCKET_PATH, House, create_app, mesh_folder
from hubbub.composite.app import CompositeApp
from hubbub.composite.mesh.exchanges import Host
from hubbub.composite.mesh.mesh import Mesh
from hubbub.composite.types import Message
from hubbub.contract import addresses
from hubbub.settings import Settings
from hubbub.system_clock import SystemClock


@asynccontextmanager
async def lifespan(app: CompositeApp) -> AsyncIterator[Message]:
    """Start and stop an application as a server does; what it answered to the start."""
    received: asyncio.Queue[Message] = asyncio.Queue()
    sent: asyncio.Queue[Message] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    running = asyncio.create_task(app(scope, received.get, sent.put))
    await received.put({"type": "lifespan.startup"})
    answer = await sent.get()
    yield answer
    if answer["type"] == "lifespan.startup.complete":
        await received.put({"type": "lifespan.shutdown"})
        assert (await sent.get())["type"] == "lifespan.shutdown.complete"
    await running


def settings_in(folder: Path) -> Settings:
    return Settings(data_dir=folder, database=folder / "hubbub.db", log_level="error")


async def test_two_servers_in_one_process_do_not_mix(tmp_path: Path) -> None:
    one, two = (create_app(settings_in(tmp_path / name)) for name in ("one", "two"))
    async with lifespan(one), lifespan(two):
        for app in (one, two):
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                account = {"username": "ada", "password": "a long enough password"}
                made = await client.post("/api/v1/users", json=account)
                assert made.json()["user"]["role"] == "owner"


async def test_a_start_on_what_is_no_database_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "hubbub.db").write_bytes(b"this is a letter, not a database" * 100)
    async with lifespan(create_app(settings_in(tmp_path))) as answer:
        assert answer["type"] == "lifespan.startup.failed"
        assert "hubbub.db" in answer["message"]


async def test_readiness_and_health_differ(tmp_path: Path) -> None:
    app = create_app(settings_in(tmp_path))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.get("/healthz")).status_code == 200
        starting = await client.get("/readyz")
        assert (starting.status_code, starting.json()["code"]) == (503, "server_busy")
        assert starting.headers["retry-after"] == "1"
        async with lifespan(app):
            assert (await client.get("/readyz")).status_code == 200


async def test_the_backend_is_there_from_start_to_stop_only(tmp_path: Path) -> None:
    mesh = Mesh(mesh_folder(tmp_path / "hubbub.db"))
    house = House(settings_in(tmp_path), SystemClock(), mesh, Host(create_app(settings_in(tmp_path))))
    with pytest.raises(RuntimeError, match="not running"):
        house.backend()
    async with house.open():
        assert house.backend().chat.store.head == 0
    with pytest.raises(RuntimeError, match="not running"):
        house.backend()


async def test_every_answer_carries_the_doors_headers(tmp_path: Path) -> None:
    app = create_app(settings_in(tmp_path))
    async with lifespan(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            for path in ("/", "/healthz", "/api/v1/users/me", "/nowhere", "/socket.io/?EIO=4&transport=polling"):
                answer = await client.get(path)
                policy = answer.headers["content-security-policy"]
                assert "unsafe-" not in policy, path
                assert answer.headers["x-content-type-options"] == "nosniff", path
                assert len(answer.headers["x-request-id"]) >= 16, path


def test_it_listens_where_the_contract_says() -> None:
    assert (f"/{SOCKETIO_PATH}", WEBSOCKET_PATH) == (addresses.SOCKETIO, addresses.WEBSOCKET)
