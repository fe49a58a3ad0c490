"""The composition root: what it is made of starts in order, stops in reverse, and says why it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubbub import application
from hubbub.application import SOCKETIO_PATH, TIDY_SECONDS, WEBSOCKET_PATH, House, create_app, mesh_folder
from hubbub.composite.mesh.exchanges import Host
from hubbub.composite.mesh.mesh import Mesh
from hubbub.contract import addresses
from hubbub.service.chat import Chat
from hubbub.system_clock import SystemClock
from hubbub.testing.chat import ChatServer, logs_left_alone, open_chat, settings_in
from hubbub.testing.client import AsgiClient
from hubbub.testing.clock import ManualClock
from hubbub.testing.lifespan import LifespanFailed, running
from tests.support.deadline import eventually


async def test_two_servers_in_one_process_do_not_mix(tmp_path: Path, manual_clock: ManualClock) -> None:
    async with (
        open_chat(settings_in(tmp_path / "one"), manual_clock) as one,
        open_chat(settings_in(tmp_path / "two"), manual_clock) as two,
    ):
        for server in (one, two):
            assert (await server.person("ada")).user["role"] == "owner"


async def test_a_start_on_what_is_no_database_says_so(tmp_path: Path, manual_clock: ManualClock) -> None:
    (tmp_path / "hubbub.db").write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(LifespanFailed, match=r"hubbub\.db"):
        async with open_chat(settings_in(tmp_path), manual_clock):
            pytest.fail("it started")


async def test_readiness_and_health_differ(tmp_path: Path) -> None:
    with logs_left_alone():
        app = create_app(settings_in(tmp_path))
    async with AsgiClient(app) as client:
        assert (await client.get("/healthz")).status_code == 200
        starting = await client.get("/readyz")
        assert (starting.status_code, starting.json()["code"]) == (503, "server_busy")
        assert starting.headers["retry-after"] == "1"
        async with running(app):
            assert (await client.get("/readyz")).status_code == 200


async def test_the_backend_is_there_from_start_to_stop_only(tmp_path: Path) -> None:
    with logs_left_alone():
        app = create_app(settings_in(tmp_path))
    house = House(settings_in(tmp_path), SystemClock(), Mesh(mesh_folder(settings_in(tmp_path))), Host(app))
    with pytest.raises(RuntimeError, match="not running"):
        house.backend()
    async with house.open():
        assert house.backend().chat.store.head == 0
    with pytest.raises(RuntimeError, match="not running"):
        house.backend()


async def test_what_is_to_be_done_once_is_done_by_one_of_several_processes(
    tmp_path: Path, manual_clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[Chat] = []

    async def note(chat: Chat) -> None:
        done.append(chat)

    monkeypatch.setattr(application, "tidy", note)
    async with open_chat(settings_in(tmp_path), manual_clock):
        async with open_chat(settings_in(tmp_path), manual_clock):
            manual_clock.advance(TIDY_SECONDS)
            await eventually(lambda: len(done) == 1, "the store to be tidied")
        async with open_chat(settings_in(tmp_path), manual_clock):
            manual_clock.advance(TIDY_SECONDS)
            await eventually(lambda: len(done) == 2, "the store to be tidied again")
    assert done[0] is done[1]  # by the one that was there first


async def test_every_answer_carries_the_doors_headers(hubbub_server: ChatServer) -> None:
    async with AsgiClient(hubbub_server.app) as client:
        for path in ("/", "/healthz", "/api/v1/users/me", "/nowhere", "/socket.io/?EIO=4&transport=polling"):
            answer = await client.get(path)
            policy = answer.headers["content-security-policy"]
            assert "unsafe-" not in policy, path
            assert answer.headers["x-content-type-options"] == "nosniff", path
            assert len(answer.headers["x-request-id"]) >= 16, path


def test_it_listens_where_the_contract_says() -> None:
    assert (f"/{SOCKETIO_PATH}", WEBSOCKET_PATH) == (addresses.SOCKETIO, addresses.WEBSOCKET)
