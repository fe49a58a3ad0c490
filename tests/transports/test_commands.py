"""Every command is answered, whatever happens, with the codes of REST."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hubbub.contract.commands import COMMANDS as CONTRACT
from hubbub.contract.commands import JOIN_ROOM
from hubbub.contract.models import Member, RoomCommand, SignIn
from hubbub.service import sessions
from hubbub.transports import commands
from hubbub.transports.backend import COMMANDS, Backend
from hubbub.transports.client import Client
from hubbub.transports.commands import COMMAND_TABLE, Handler, answer_command
from tests.live.ears import Ear
from tests.support.backends import PASSWORD, World, open_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as world:
        yield world


@pytest.fixture
async def ada(world: World) -> Client:
    await world.person("ada")
    request = SignIn(username="ada", password=PASSWORD)
    token = (await sessions.sign_in(world.chat, request, user_agent="test", key=None)).token
    return await Client.enter(world, "1", Ear(), token=token, cursor=None)


async def refused(world: World, client: Client, name: str, data: object) -> dict[str, Any]:
    answer = await answer_command(world, client, name, data)
    assert answer.keys() == {"ok", "error"}
    assert answer["ok"] is False
    found: dict[str, Any] = answer["error"]
    return found


def test_every_command_of_the_contract_is_done_and_no_other() -> None:
    assert {name: handler.command for name, handler in COMMAND_TABLE.items()} == CONTRACT


async def test_what_was_done_is_answered_with_its_data(world: World, ada: Client) -> None:
    room = await answer_command(world, ada, "create_room", {"name": "Den", "visibility": "public"})
    assert room["ok"] is True
    assert room["data"]["name"] == "Den"
    post = {"room_id": room["data"]["id"], "body": "hello", "client_id": "1"}
    message = await answer_command(world, ada, "post_message", post)
    assert message["data"]["body"] == "hello"
    assert await answer_command(world, ada, "leave_room", {"room_id": room["data"]["id"]}) == {
        "ok": True,
        "data": None,
    }


async def test_what_there_is_not_is_said_in_few_words(world: World, ada: Client) -> None:
    error = await refused(world, ada, "x" * 10_000, {})
    assert error["code"] == "invalid_request"
    assert len(error["detail"]) < 200


@pytest.mark.parametrize("name", COMMAND_TABLE)
@pytest.mark.parametrize("data", [None, [], "text", 5, {"surprise": 1}])
async def test_what_no_command_takes_is_named_field_by_field(
    world: World, ada: Client, name: str, data: object
) -> None:
    error = await refused(world, ada, name, data)
    assert error["code"] == "invalid_fields"
    assert error["errors"]


async def test_a_rule_that_forbids_answers_with_its_code(world: World, ada: Client) -> None:
    assert (await refused(world, ada, "join_room", {"room_id": "nowhere"}))["code"] == "not_found"


async def test_too_many_are_told_when_to_come_back(world: World, ada: Client) -> None:
    for _ in range(COMMANDS.burst):
        world.limiter.take(COMMANDS, ada.actor.user.id)
    error = await refused(world, ada, "join_room", {"room_id": "nowhere"})
    assert error["code"] == "rate_limited"
    assert error["retry_after"] > 0


async def test_a_fault_is_logged_and_not_told(
    world: World, ada: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_backend: Backend, _client: Client, _request: RoomCommand) -> Member:
        raise ZeroDivisionError("a secret")

    monkeypatch.setitem(commands.COMMAND_TABLE, "join_room", Handler(JOIN_ROOM, fail))
    with caplog.at_level(logging.ERROR):
        error = await refused(world, ada, "join_room", {"room_id": "somewhere"})
    assert error["code"] == "internal"
    assert "secret" not in error["detail"]
    assert "a secret" in caplog.text
