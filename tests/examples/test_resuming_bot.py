from __future__ import annotations

import asyncio
import os
import shlex
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.deadline import DEADLINE, eventually
from tests.support.examples import command_of
from tests.support.machine import ROOT, require
from tests.support.people import People
from tests.support.server import ServerProcess

Hear = Callable[[], Awaitable[str]]


async def test_a_bot_that_is_killed_misses_nothing(
    people: People, shared_server: ServerProcess, tmp_path: Path
) -> None:
    ada = await people.register()
    room = await ada.create_room()
    state = tmp_path / "bot.cursor"
    async with bot(shared_server, ada.token, state) as hear:
        assert await hear() == "ready"
        before = state.read_text()
        await ada.post(room.id, "one")
        assert await hear() == "one"
        # It keeps its place after it has printed: killed in between, it prints once more, as its source says.
        await eventually(lambda: state.read_text() != before, "the place of the message on disk")
    for body in ("two", "three"):
        await ada.post(room.id, body)
    async with bot(shared_server, ada.token, state) as hear:
        assert [await hear() for _ in range(3)] == ["two", "three", "ready"]
        await ada.post(room.id, "four")
        assert await hear() == "four"


async def test_a_bot_with_a_wrong_token_says_so(shared_server: ServerProcess, tmp_path: Path) -> None:
    async with bot(shared_server, "no token", tmp_path / "bot.cursor") as hear:
        assert "unauthenticated" in await hear()


@asynccontextmanager
async def bot(server: ServerProcess, token: str, state: Path) -> AsyncIterator[Hear]:
    """The command of the docstring, with its lines one by one; it is killed at the end of the block."""
    _, _, *arguments = shlex.split(command_of("resuming_bot").replace("bot.cursor", str(state)))
    environment = os.environ | {"HUBBUB": server.http_url, "TOKEN": token}
    process = await asyncio.create_subprocess_exec(
        require("python"), *arguments, cwd=ROOT, env=environment, stdout=PIPE, stderr=STDOUT
    )
    assert process.stdout is not None
    reader = process.stdout

    async def hear() -> str:
        return (await asyncio.wait_for(reader.readline(), DEADLINE)).decode().removesuffix("\n")

    try:
        yield hear
    finally:
        process.kill()
        await process.wait()
