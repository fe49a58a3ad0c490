"""The backup of docs/postgresql.md comes back, and the command of the page names the log anew."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from hubbub.cli import main
from hubbub.contract.errors import HubbubError
from hubbub.domain.cursors import decode_cursor
from hubbub.store.database import Store
from hubbub.testing.clock import ManualClock
from tests.store.world import World, connect_postgres
from tests.support.machine import require
from tests.support.postgres import PostgresServer


def run(program: str, *arguments: str) -> None:
    subprocess.run([str(require(program)), *arguments], check=True, capture_output=True)


async def test_a_dump_comes_back_under_a_new_name_and_no_cursor_is_mistaken(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    postgres.run("CREATE DATABASE before_it")
    postgres.run("CREATE DATABASE after_it")
    old, new = postgres.address("before_it"), postgres.address("after_it")
    connection = connect_postgres(old)
    world = World(connection)
    world.user("a")
    world.room("r1")
    world.post("r1", "a")
    dump = tmp_path / "hubbub.dump"
    run("pg_dump", "--format=custom", f"--file={dump}", old.url)
    world.post("r1", "a", "lost")
    (epoch,) = world.connection.execute("SELECT epoch FROM about").fetchone()
    connection.close()
    run("pg_restore", "--exit-on-error", "--single-transaction", "--dbname", new.url, str(dump))
    named = CliRunner(env={"HUBBUB_DATABASE_URL": new.url}).invoke(main, ["rename-log"])
    assert (named.exit_code, "under a new name" in named.output) == (0, True), named.output
    store = await Store.open(new, clock=ManualClock())
    try:
        assert (store.head, store.former) == (1, {epoch: 1})
        assert decode_cursor(store.epoch, f"{epoch}-1", store.former) == 1
        with pytest.raises(HubbubError):
            decode_cursor(store.epoch, f"{epoch}-2", store.former)
    finally:
        await store.close()
