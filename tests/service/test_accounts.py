"""Who may make an account, and what the log says of it."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import ChangeMe, CreateInvite, RegisterUser, SignedIn
from hubbub.service.accounts import (
    INVITE_LIFETIME,
    change_me,
    create_invite,
    get_user,
    list_users,
    register_user,
    server_info,
)
from hubbub.service.replay import get_changes
from hubbub.service.sessions import authenticate
from tests.support.backends import PASSWORD, World, open_world


async def register(
    world: World, username: str, *, invite: str | None = None, key: str | None = None, password: str = PASSWORD
) -> SignedIn:
    request = RegisterUser(username=username, password=password, invite=invite)
    return await register_user(world.chat, request, user_agent="test", key=key)


async def test_the_first_account_owns_the_server_even_where_registration_is_closed(tmp_path: Path) -> None:
    async with open_world(tmp_path, "closed") as world:
        assert (await server_info(world.chat)).first_account
        assert (await register(world, "ada")).user.role == "owner"
        assert not (await server_info(world.chat)).first_account
        with pytest.raises(HubbubError) as refused:
            await register(world, "bob")
        assert refused.value.code is ErrorCode.FORBIDDEN


async def test_ten_first_accounts_at_once_make_one_owner(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        made = await asyncio.gather(*(register(world, f"user{number}") for number in range(10)))
        assert sorted(each.user.role for each in made) == ["member"] * 9 + ["owner"]


async def test_an_invite_admits_as_many_as_it_says(tmp_path: Path) -> None:
    async with open_world(tmp_path, "invite") as world:
        owner = await world.person("ada")
        invite = await create_invite(world.chat, owner, CreateInvite(max_uses=2), key=None)
        await register(world, "bob", invite=invite.code)
        await register(world, "cleo", invite=invite.code)
        for code in (invite.code, "never-made", None):
            with pytest.raises(HubbubError) as refused:
                await register(world, "dan", invite=code)
            assert refused.value.code is ErrorCode.FORBIDDEN


async def test_an_invite_runs_out(tmp_path: Path) -> None:
    async with open_world(tmp_path, "invite") as world:
        owner = await world.person("ada")
        invite = await create_invite(world.chat, owner, CreateInvite(), key=None)
        world.clock.advance(INVITE_LIFETIME / timedelta(seconds=1))
        with pytest.raises(HubbubError):
            await register(world, "bob", invite=invite.code)


async def test_only_the_owner_invites_and_a_repeat_makes_no_second_invite(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        owner, member = await world.person("ada"), await world.person("bob")
        first = await create_invite(world.chat, owner, CreateInvite(), key="k")
        assert await create_invite(world.chat, owner, CreateInvite(), key="k") == first
        with pytest.raises(HubbubError) as refused:
            await create_invite(world.chat, member, CreateInvite(), key=None)
        assert refused.value.code is ErrorCode.FORBIDDEN


async def test_a_name_is_taken_whatever_its_case_and_the_invite_is_not_used_up(tmp_path: Path) -> None:
    async with open_world(tmp_path, "invite") as world:
        owner = await world.person("Ada")
        invite = await create_invite(world.chat, owner, CreateInvite(), key=None)
        with pytest.raises(HubbubError) as refused:
            await register(world, "ADA", invite=invite.code)
        assert refused.value.code is ErrorCode.CONFLICT
        assert refused.value.errors[0].path == "username"
        assert (await register(world, "bob", invite=invite.code)).user.role == "member"


async def test_a_repeat_gets_the_same_token_only_with_the_password(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        answers = await asyncio.gather(*(register(world, "ada", key="k") for _ in range(5)))
        assert all(answer == answers[0] for answer in answers)
        assert (await authenticate(world.chat, answers[0].token)).user == answers[0].user
        with pytest.raises(HubbubError) as refused:
            await register(world, "ada", key="k", password="another password")
        assert refused.value.code is ErrorCode.UNAUTHENTICATED
        with pytest.raises(HubbubError) as conflict:
            await register(world, "ADA", key="k")
        assert conflict.value.code is ErrorCode.CONFLICT


async def test_a_new_name_for_oneself_is_one_change(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada = await world.person("ada")
        start = await get_changes(world.chat, ada, since=f"{world.chat.store.epoch}-0", limit=100)
        changed = await change_me(world.chat, ada, ChangeMe(display_name="Ada L."))
        assert await change_me(world.chat, ada, ChangeMe(display_name="Ada L.")) == changed
        assert await change_me(world.chat, ada, ChangeMe()) == changed
        news = await get_changes(world.chat, ada, since=start.cursor, limit=100)
        assert [(change.type, change.data) for change in news.changes] == [
            ("user_changed", json.loads(changed.model_dump_json()))
        ]


async def test_people_are_found_and_listed_in_pages(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        people = [(await world.person(name)).user for name in ("ada", "bob", "cleo")]
        first = await list_users(world.chat, after=None, limit=2)
        second = await list_users(world.chat, after=first.after, limit=2)
        assert sorted(each.id for each in [*first.users, *second.users]) == sorted(each.id for each in people)
        assert second.after is None
        assert await get_user(world.chat, people[1].id) == people[1]
        with pytest.raises(HubbubError) as refused:
            await get_user(world.chat, "nobody")
        assert refused.value.code is ErrorCode.NOT_FOUND
