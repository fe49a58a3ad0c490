"""What client and server say to each other: who it is, commands and answers in order, and what is wrong."""

from __future__ import annotations

import asyncio
import json

import pytest

from hubbub.service import sessions
from tests.support.native import NativeClient
from tests.transports.websocket.conftest import House, OpenHouse


def post(house: House, number: int) -> dict[str, object]:
    """A command that posts."""
    data = {"room_id": house.room_id, "body": str(number), "client_id": f"client-{number}"}
    return {"id": number, "type": "post_message", "data": data}


@pytest.fixture(params=[False, True], ids=["http/1.1", "http/2"])
def http2(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


async def test_the_answer_comes_before_the_changes_and_these_before_ready(house: House, http2: bool) -> None:
    async with await house.connect(http2=http2) as before:
        cursor = before.cursor
    message_id = await house.post()
    client = await house.connect(http2=http2, cursor=cursor)
    assert client.answers[0].keys() == {"reply_to", "ok", "data"}
    assert client.answers[0]["data"].keys() == {"expires_at"}
    assert [event.name for event in client.events if event.name != "presence_changed"] == ["message_posted", "ready"]
    assert client.changes[0]["data"]["id"] == message_id
    assert client.named("ready")[0]["resumed"] is True
    assert client.named("ready")[0]["limits"]["commands_in_flight"] == 64


async def test_a_cursor_of_another_log_is_told(house: House) -> None:
    client = await house.connect(cursor="otherlog-1")
    assert client.named("resync")[0]["reason"] == "cursor_gone"
    assert client.named("ready")[0]["resumed"] is False


async def test_commands_may_come_right_behind_authenticate(house: House, http2: bool) -> None:
    client = await house.open(http2=http2)
    await client.send({"id": 0, "type": "authenticate", "data": {"token": house.token}})
    await client.send(post(house, 1))
    assert (await client.answer_to(1))["ok"] is True
    assert [answer["reply_to"] for answer in client.answers] == [0, 1]


@pytest.mark.parametrize(
    ("frame", "code", "closed"),
    [
        ({"id": 5, "type": "authenticate", "data": {"token": "nobody's"}}, "unauthenticated", 4001),
        ({"id": 5, "type": "authenticate", "data": {}}, "invalid_fields", 1008),
        ({"id": 5, "type": "authenticate"}, "invalid_fields", 1008),
        ({"id": 5, "type": "create_room", "data": {}}, "unauthenticated", 4001),
    ],
)
async def test_who_does_not_say_who_they_are_has_to_begin_anew(
    house: House, frame: dict[str, object], code: str, closed: int
) -> None:
    client = await house.open()
    await client.send(frame)
    assert (await client.answer_to(5))["error"]["code"] == code
    assert await client.wait_for_end() == closed


async def test_what_is_no_cursor_is_told(house: House) -> None:
    client = await house.open()
    await client.send({"id": 5, "type": "authenticate", "data": {"token": house.token, "cursor": "nowhere"}})
    assert (await client.answer_to(5))["error"]["code"] == "invalid_request"
    assert await client.wait_for_end() == 1008


async def test_who_says_nothing_is_told_and_let_go(open_house: OpenHouse, http2: bool) -> None:
    async with open_house(authenticate_seconds=0.05) as house:
        client = await house.open(http2=http2)
        assert await client.wait_for_end() == 4001
        assert client.answers[0]["reply_to"] is None
        assert client.answers[0]["error"]["code"] == "unauthenticated"


async def test_a_token_of_the_handshake_that_is_not_valid_is_told(house: House, http2: bool) -> None:
    for headers in ({"cookie": "hubbub_session=nobody"}, {"authorization": "Bearer nobody"}, {"authorization": "x"}):
        client = await house.open(http2=http2, headers=headers)
        assert await client.wait_for_end() == 4001
        assert (client.answers[0]["reply_to"], client.answers[0]["error"]["code"]) == (None, "unauthenticated")


async def test_authenticate_later_is_a_refresh(house: House) -> None:
    client = await house.open(headers={"cookie": f"hubbub_session={house.token}"})
    await client.wait_for("ready")
    other = await house.token_of("ada")
    assert (await client.call("authenticate", {"token": other})).keys() == {"expires_at"}
    actor = await sessions.authenticate(house.world.chat, house.token)
    await sessions.end_session(house.world.chat, actor, actor.session_id)
    assert (await client.ask("create_room", {"name": "Den", "visibility": "public"}))["ok"] is True
    refused = await client.ask("authenticate", {"token": other, "cursor": client.cursor})
    assert refused["error"]["code"] == "invalid_request"


async def test_a_session_that_is_signed_out_says_so_and_closes(house: House, http2: bool) -> None:
    client = await house.connect(http2=http2)
    actor = await sessions.authenticate(house.world.chat, house.token)
    await sessions.end_session(house.world.chat, actor, actor.session_id)
    assert await client.wait_for_end() == 4001
    assert client.answers[-1]["reply_to"] is None
    assert client.answers[-1]["error"]["code"] == "unauthenticated"


async def test_the_end_of_a_session_is_told_and_comes(house: House) -> None:
    client = await house.connect()
    (subscription,) = house.world.hub.audience.of(house.ada.user.id)
    house.world.clock.advance((subscription.expires_at - house.world.clock.now()).total_seconds() - 1)
    house.world.hub.sweep()
    assert (await client.wait_for("auth_expiring")).keys() == {"expires_at"}
    house.world.clock.advance(1)
    house.world.hub.sweep()
    assert await client.wait_for_end() == 4001


# --- commands ---


async def test_five_hundred_commands_are_done_and_answered_in_order(house: House, http2: bool) -> None:
    client = await house.connect(http2=http2)
    room = asyncio.Semaphore(64)

    async def answered(number: int) -> None:
        await client.answer_to(number)
        room.release()

    async with asyncio.TaskGroup() as waiting:
        for number in range(1_000, 1_500):
            await room.acquire()
            await client.send(post(house, number))
            waiting.create_task(answered(number))
    numbers = list(range(1_000, 1_500))
    assert [answer["reply_to"] for answer in client.answers[1:]] == numbers
    assert all(answer["ok"] for answer in client.answers)
    await client.wait_until(lambda: len(client.changes) >= len(numbers), "every message to come")
    assert [change["data"]["body"] for change in client.changes] == [str(number) for number in numbers]


async def test_a_flood_is_answered_to_the_last_and_what_was_done_was_done_in_order(house: House, http2: bool) -> None:
    client = await house.connect(http2=http2)
    numbers = range(1_000, 1_500)
    for number in numbers:
        await client.send(post(house, number))
    await client.wait_until(lambda: len(client.answers) == len(numbers) + 1, "every answer to come")
    answers = client.answers[1:]
    assert sorted(answer["reply_to"] for answer in answers) == list(numbers)
    done = [answer["reply_to"] for answer in answers if answer["ok"]]
    assert done == sorted(done)
    assert {answer["error"]["code"] for answer in answers if not answer["ok"]} <= {"server_busy"}
    await client.wait_until(lambda: len(client.changes) >= len(done), "every message to come")
    assert [change["data"]["body"] for change in client.changes] == [str(number) for number in done]


async def test_an_id_that_waits_for_its_answer_is_not_given_twice(house: House) -> None:
    client = await house.connect()
    for _ in range(2):
        await client.send(post(house, 9))
    assert (await client.answer_to(None))["error"]["code"] == "invalid_request"
    assert (await client.answer_to(9))["ok"] is True
    await client.send({"id": 9, "type": "join_room", "data": {"room_id": house.room_id}})
    await client.wait_until(lambda: [each["reply_to"] for each in client.answers].count(9) == 2, "the second answer")


async def test_a_command_that_takes_too_long_is_an_error(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> dict[str, object]:
        await asyncio.Event().wait()
        return {}

    async with open_house(command_seconds=0.05) as house:
        client = await house.connect()
        monkeypatch.setattr("hubbub.transports.websocket.conversation.answer_command", never)
        assert (await client.ask("create_room", {}))["error"]["code"] == "internal"
        monkeypatch.undo()
        assert (await client.ask("create_room", {}))["error"]["code"] == "invalid_fields"


# --- what is wrong ---


@pytest.mark.parametrize(
    ("frame", "code", "closed"),
    [
        ("not JSON", "invalid_request", 1008),
        ("[]", "invalid_request", 1008),
        (b"binary", "invalid_request", 1008),
        ('{"id": NaN}', "invalid_request", 1008),
        ('{"id": 1, "type": "x", "data": ' + "[" * 100 + "]" * 100 + "}", "invalid_request", 1008),
        ("x" * (128 * 1024 + 1), "too_large", 1009),
        ("x" * 1_000_000, "too_large", 1009),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_what_cannot_be_answered_is_told_and_closed(
    house: House, http2: bool, frame: str | bytes, code: str, closed: int
) -> None:
    client = await house.connect(http2=http2)
    await client.wire.send(frame)
    assert await client.wait_for_end() == closed
    assert (client.answers[-1]["reply_to"], client.answers[-1]["error"]["code"]) == (None, code)


@pytest.mark.parametrize(
    ("frame", "id", "code"),
    [
        ({}, None, "invalid_fields"),
        ({"id": -1, "type": "x"}, None, "invalid_fields"),
        ({"id": 2**60, "type": "x"}, None, "invalid_fields"),
        ({"id": 7, "type": "no_such_command", "data": {}}, 7, "invalid_request"),
        ({"id": 7, "type": "create_room", "data": 5}, 7, "invalid_fields"),
    ],
)
async def test_what_can_be_answered_is_and_the_rest_goes_on(
    house: House, frame: dict[str, object], id: int | None, code: str
) -> None:
    client = await house.connect()
    await client.send(frame)
    assert (await client.answer_to(id))["error"]["code"] == code
    assert (await client.ask("create_room", {"name": "Den", "visibility": "public"}))["ok"] is True


@pytest.mark.parametrize(
    ("raw", "closed"),
    [(b"\x81\x84\0\0\0\0ab\xff\xff", 1007), (b"\xf1\x80\0\0\0\0", 1002), (b"\x81\x02hi", 1002)],
    ids=["not UTF-8", "reserved bits", "not masked"],
)
async def test_what_is_not_the_websocket_protocol_is_told_too(house: House, raw: bytes, closed: int) -> None:
    client: NativeClient = await house.connect()
    transport = client.wire.connection.transport  # type: ignore[attr-defined]
    transport.write(raw)
    assert await client.wait_for_end() == closed
    assert json.dumps(client.answers[-1]["error"]["code"]) == '"invalid_request"'
