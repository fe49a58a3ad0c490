"""Who is behind a connection: let in, moved to another session, warned of its end, and let go at it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import PostMessage, ReadyLimits, SignIn
from hubbub.live.hub import END_NOTICE
from hubbub.service import messages, sessions
from hubbub.service.sessions import LIFETIME, TOUCH_EVERY
from hubbub.transports.backend import USER_CONNECTIONS
from hubbub.transports.client import Client
from hubbub.transports.commands import answer_command
from tests.live.ears import Ear
from tests.support.backends import PASSWORD, World, open_world
from tests.support.deadline import eventually

ALLOWANCE = ReadyLimits(body_chars=1, commands_in_flight=2, frame_bytes=3)
SECOND = timedelta(seconds=1)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as world:
        await world.person("ada")
        await world.person("bob")
        yield world


async def sign_in(world: World, username: str = "ada") -> str:
    request = SignIn(username=username, password=PASSWORD)
    return (await sessions.sign_in(world.chat, request, user_agent="test", key=None)).token


async def enter(world: World, token: str | None, ear: Ear, *, cursor: str | None = None) -> Client:
    """Connect, and be ready."""
    client = await Client.enter(world, f"connection {id(ear)}", ear, token=token, cursor=cursor)
    client.begin(ALLOWANCE)
    await eventually(lambda: bool(ear.named("ready")) or ear.closed is not None, "ready")
    return client


async def sign_out(world: World, token: str) -> None:
    actor = await sessions.authenticate(world.chat, token)
    await sessions.end_session(world.chat, actor, actor.session_id)


def end_of(ear: Ear) -> ErrorCode | None:
    """Why the connection was closed; None while it is open."""
    return ear.closed.code if ear.closed else None


def pass_time(world: World, span: timedelta) -> None:
    """Let time pass, and the server look at its clock."""
    world.clock.advance(span.total_seconds())
    world.hub.sweep()


async def test_ready_says_who_one_is_and_what_one_may(world: World) -> None:
    ear = Ear()
    client = await enter(world, await sign_in(world), ear)
    (ready,) = ear.named("ready")
    assert ready["user"]["username"] == "ada"
    assert ready["limits"] == ALLOWANCE.model_dump()
    assert (ready["resumed"], ready["online"]) == (False, [client.actor.user.id])


async def test_what_was_missed_comes_before_ready(world: World) -> None:
    ear, again = Ear(), Ear()
    token = await sign_in(world)
    client = await enter(world, token, ear)
    room = await world.room(client.actor)
    client.leave()
    message = await messages.post_message(world.chat, client.actor, room.id, PostMessage(body="hello"))
    await enter(world, token, again, cursor=ear.named("ready")[0]["cursor"])
    assert again.named("message_posted")[0]["data"]["id"] == message.id
    assert [name for name, _ in again.events][-1] == "ready"
    assert again.named("ready")[0]["resumed"] is True


async def test_a_cursor_of_another_log_is_told_before_ready(world: World) -> None:
    ear = Ear()
    await enter(world, await sign_in(world), ear, cursor="otherlog-1")
    assert [name for name, _ in ear.events][:2] == ["resync", "ready"]
    assert ear.named("resync")[0]["reason"] == "cursor_gone"
    assert ear.named("ready")[0]["resumed"] is False


@pytest.mark.parametrize(
    ("token", "cursor", "code"),
    [(None, None, ErrorCode.UNAUTHENTICATED), ("nobody's", None, ErrorCode.UNAUTHENTICATED)],
)
async def test_who_is_not_let_in_leaves_nothing(
    world: World, token: str | None, cursor: str | None, code: ErrorCode
) -> None:
    with pytest.raises(HubbubError) as refused:
        await Client.enter(world, "1", Ear(), token=token, cursor=cursor)
    assert refused.value.code is code
    assert world.hub.subscription_count == 0


async def test_what_is_no_cursor_is_refused(world: World) -> None:
    with pytest.raises(HubbubError) as refused:
        await Client.enter(world, "1", Ear(), token=await sign_in(world), cursor="nowhere")
    assert refused.value.code is ErrorCode.INVALID_REQUEST


async def test_one_person_holds_so_many_connections_and_no_more(world: World) -> None:
    token = await sign_in(world)
    clients = [await enter(world, token, Ear()) for _ in range(USER_CONNECTIONS)]
    with pytest.raises(HubbubError) as refused:
        await enter(world, token, Ear())
    assert refused.value.code is ErrorCode.RATE_LIMITED
    assert refused.value.retry_after is not None
    await enter(world, await sign_in(world, "bob"), Ear())
    clients[0].leave()
    await enter(world, token, Ear())


async def test_without_limits_one_person_holds_more(world: World) -> None:
    free = World(world.chat, world.hub, world.limiter, world.clock, user_connections=None)
    token = await sign_in(free)
    for _ in range(USER_CONNECTIONS + 1):
        await enter(free, token, Ear())


# --- the end of a session ---


async def refresh(world: World, client: Client, token: str) -> dict[str, Any]:
    return await answer_command(world, client, "refresh_auth", {"token": token})


async def test_the_end_is_told_in_time_and_once_and_then_it_comes(world: World) -> None:
    ear = Ear()
    client = await enter(world, await sign_in(world), ear)
    pass_time(world, LIFETIME - END_NOTICE - SECOND)
    assert ear.named("auth_expiring") == []
    pass_time(world, SECOND)
    pass_time(world, SECOND)
    (told,) = ear.named("auth_expiring")
    assert told == {"expires_at": client.subscription.expires_at.strftime("%Y-%m-%dT%H:%M:%S.000Z")}
    pass_time(world, END_NOTICE - 2 * SECOND)
    assert end_of(ear) is None
    pass_time(world, SECOND)
    assert end_of(ear) is ErrorCode.UNAUTHENTICATED
    answer = await answer_command(world, client, "create_room", {"name": "Den", "visibility": "public"})
    assert answer["error"]["code"] == "unauthenticated"


async def test_who_comes_with_less_time_left_is_told_at_once(world: World) -> None:
    token = await sign_in(world)
    ear = Ear()
    client = await Client.enter(world, "1", ear, token=token, cursor=None)
    # Within the hour a session is not prolonged by using it, so this is as if it came with little left.
    client.subscription.expires_at = world.clock.now() + END_NOTICE - SECOND
    client.begin(ALLOWANCE)
    await eventually(lambda: bool(ear.named("auth_expiring")), "the notice")
    assert next(name for name, _ in ear.events) == "ready"


async def test_a_session_that_is_used_elsewhere_lasts_longer_here_too(world: World) -> None:
    token, ear = await sign_in(world), Ear()
    client = await enter(world, token, ear)
    pass_time(world, LIFETIME - END_NOTICE)
    assert len(ear.named("auth_expiring")) == 1
    actor = await sessions.authenticate(world.chat, token)
    await eventually(lambda: client.subscription.expires_at == actor.expires_at, "the later end to be known")
    pass_time(world, END_NOTICE)
    assert end_of(ear) is None
    pass_time(world, LIFETIME - 2 * END_NOTICE)
    assert len(ear.named("auth_expiring")) == 2


async def test_a_connection_moves_to_another_session_of_its_person(world: World) -> None:
    old, ear = await sign_in(world), Ear()
    client = await enter(world, old, ear)
    pass_time(world, TOUCH_EVERY)
    new = await sign_in(world)
    answer = await refresh(world, client, new)
    assert answer["ok"] is True
    assert answer["data"].keys() == {"expires_at"}
    await sign_out(world, old)
    assert end_of(ear) is None
    assert (await answer_command(world, client, "create_room", {"name": "Den", "visibility": "public"}))["ok"] is True
    await sign_out(world, new)
    await eventually(lambda: end_of(ear) is not None, "the connection to close")
    assert end_of(ear) is ErrorCode.UNAUTHENTICATED


async def test_the_same_token_moves_the_end_of_its_session(world: World) -> None:
    token, ear = await sign_in(world), Ear()
    client = await enter(world, token, ear)
    pass_time(world, LIFETIME - END_NOTICE)
    assert (await refresh(world, client, token))["ok"] is True
    pass_time(world, END_NOTICE + SECOND)
    assert end_of(ear) is None
    assert len(ear.named("auth_expiring")) == 1


@pytest.mark.parametrize(("username", "code"), [("bob", "forbidden"), (None, "unauthenticated")])
async def test_a_token_that_will_not_do_changes_nothing(world: World, username: str | None, code: str) -> None:
    ear = Ear()
    token = await sign_in(world)
    client = await enter(world, token, ear)
    before = client.subscription.session_id
    answer = await refresh(world, client, "nobody's" if username is None else await sign_in(world, username))
    assert (answer["ok"], answer["error"]["code"]) == (False, code)
    assert client.subscription.session_id == before
    assert client.actor.user.username == "ada"
    assert end_of(ear) is None


async def test_a_session_that_ends_while_a_connection_moves_to_it_takes_it_along(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ear = Ear()
    client = await enter(world, await sign_in(world), ear)
    new = await sign_in(world)
    actor = await sessions.authenticate(world.chat, new)
    await sign_out(world, new)
    with pytest.raises(HubbubError) as refused:
        await world.hub.move(client.subscription, actor)
    assert refused.value.code is ErrorCode.UNAUTHENTICATED
    assert end_of(ear) is ErrorCode.UNAUTHENTICATED
    assert world.hub.subscription_count == 0


async def test_who_left_is_not_heard_any_more(world: World) -> None:
    client = await enter(world, await sign_in(world), Ear())
    client.leave()
    client.leave()
    assert world.hub.subscription_count == 0
    assert (await refresh(world, client, await sign_in(world)))["error"]["code"] == "unauthenticated"
