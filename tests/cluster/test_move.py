"""A server moves to PostgreSQL, and its clients go on as if nothing had been."""

from __future__ import annotations

import asyncio
from pathlib import Path

from click.testing import CliRunner

from hubbub.cli import main
from tests.cluster.conftest import OPEN
from tests.support.people import People
from tests.support.postgres import PostgresServer
from tests.support.server import ServerProcess, running_server
from tests.support.sockets import SocketClient


async def test_clients_go_on_with_their_tokens_and_cursors(
    fresh_server: ServerProcess, postgres: PostgresServer, tmp_path: Path
) -> None:
    async with People(fresh_server) as people:
        ada = await people.register()
        room = await ada.create_room()
        async with await SocketClient.connect(fresh_server, token=ada.token) as client:
            await ada.post(room.id, "heard")
            await client.wait_for("message_posted")
            cursor = client.cursor
        missed = await ada.post(room.id, "missed")
    await fresh_server.stop()

    url = postgres.make_database().url
    runner = CliRunner(env={"HUBBUB_DATABASE_URL": url})
    command = ["migrate", "--from", f"sqlite:///{fresh_server.data_dir}/hubbub.db"]
    moved = await asyncio.to_thread(runner.invoke, main, command)
    assert moved.exit_code == 0, moved.output
    assert "messages: 2" in moved.output
    assert "every cursor holds" in moved.output
    again = await asyncio.to_thread(runner.invoke, main, command)
    assert again.exit_code == 1
    assert "is not empty" in again.output

    folder = tmp_path / "new"
    folder.mkdir()
    async with (
        running_server(folder, env={**OPEN, "HUBBUB_DATABASE_URL": url}) as server,
        await SocketClient.connect(server, token=ada.token, cursor=cursor) as client,
    ):
        assert [change["data"]["id"] for change in client.changes] == [missed.id]
        posted = await client.call("post_message", {"room_id": room.id, "body": "on", "client_id": "1"})
        await client.wait_for("message_posted", lambda change: change["data"]["id"] == posted["id"])


def test_it_goes_one_way() -> None:
    for source, target in (
        ("postgresql://x/y", "sqlite:///a.db"),
        ("sqlite:///a.db", "sqlite:///b.db"),
        ("a.db", "b"),
    ):
        refused = CliRunner().invoke(main, ["migrate", "--from", source, "--to", target])
        assert refused.exit_code == 2
        assert "sqlite:///" in refused.output
