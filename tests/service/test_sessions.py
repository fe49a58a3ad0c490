"""Signing in and out, and whose a token is."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import SignedIn, SignIn
from hubbub.service.chat import SessionEnded
from hubbub.service.sessions import (
    LIFETIME,
    TOUCH_EVERY,
    act_for,
    are_current,
    authenticate,
    end_session,
    issue_token,
    list_sessions,
    recall,
    sign_in,
)
from hubbub.store.database import Committed
from tests.support.backends import PASSWORD, World, open_world


async def signed_in(world: World, username: str, password: str = PASSWORD, key: str | None = None) -> SignedIn:
    return await sign_in(world.chat, SignIn(username=username, password=password), user_agent="test", key=key)


async def test_a_wrong_name_and_a_wrong_password_are_told_alike(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.person("ada")
        told = set()
        for username, password in (("ada", "wrong password"), ("nobody", PASSWORD)):
            with pytest.raises(HubbubError) as refused:
                await signed_in(world, username, password)
            told.add((refused.value.code, refused.value.detail))
        assert len(told) == 1
        assert (await signed_in(world, "ADA")).user.username == "ada"


async def test_a_repeated_sign_in_opens_one_session(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada = await world.person("ada")
        answers = await asyncio.gather(*(signed_in(world, "ada", key="k") for _ in range(5)))
        assert all(answer == answers[0] for answer in answers)
        assert len((await list_sessions(world.chat, ada)).sessions) == 2
        with pytest.raises(HubbubError) as refused:
            await signed_in(world, "ada", "wrong password", key="k")
        assert refused.value.code is ErrorCode.UNAUTHENTICATED


@pytest.mark.parametrize("token", [None, "", "made up", "\ud800"])
async def test_what_is_no_token_is_nobodys(tmp_path: Path, token: str | None) -> None:
    async with open_world(tmp_path) as world:
        with pytest.raises(HubbubError) as refused:
            await authenticate(world.chat, token)
        assert refused.value.code is ErrorCode.UNAUTHENTICATED


async def test_a_session_ends_thirty_days_after_its_last_use(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.person("ada")
        token = (await signed_in(world, "ada")).token
        world.clock.advance((LIFETIME - timedelta(minutes=1)) / timedelta(seconds=1))
        assert (await authenticate(world.chat, token)).expires_at == world.clock.now() + LIFETIME
        world.clock.advance((LIFETIME - timedelta(minutes=1)) / timedelta(seconds=1))
        assert await authenticate(world.chat, token)
        world.clock.advance(LIFETIME / timedelta(seconds=1))
        with pytest.raises(HubbubError):
            await authenticate(world.chat, token)


async def test_use_is_written_down_once_an_hour_at_most(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada = await world.person("ada")
        token = (await signed_in(world, "ada")).token
        world.clock.advance(TOUCH_EVERY / timedelta(seconds=1) - 1)
        before = (await authenticate(world.chat, token)).expires_at
        world.clock.advance(1)
        assert (await authenticate(world.chat, token)).expires_at > before
        newest = max(each.last_used_at for each in (await list_sessions(world.chat, ada)).sessions)
        assert newest == world.clock.now()


async def test_a_token_handed_out_is_a_session_like_any_other(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada = await world.person("ada")
        token = (await issue_token(world.chat, "ADA", "bot")).token
        bot = await authenticate(world.chat, token)
        assert bot.user == ada.user
        listed = {each.id: each.user_agent for each in (await list_sessions(world.chat, ada)).sessions}
        assert listed[bot.session_id] == "bot"
        with pytest.raises(HubbubError) as refused:
            await issue_token(world.chat, "nobody", "bot")
        assert refused.value.code is ErrorCode.NOT_FOUND


async def test_an_account_that_is_named_acts_without_a_session(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada = await world.person("ada")
        before = await list_sessions(world.chat, ada)
        assert (await act_for(world.chat, "ADA")).user == ada.user
        assert await list_sessions(world.chat, ada) == before
        with pytest.raises(HubbubError, match="Nobody here is called nobody"):
            await act_for(world.chat, "nobody")


async def test_signing_a_device_out_is_told_and_only_ones_own_can_be(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        notices: list[object] = []

        def note(committed: Committed) -> None:
            notices.extend(committed.notices)

        world.chat.store.on_commit(note)
        ada, bob = await world.person("ada"), await world.person("bob")
        token = (await signed_in(world, "ada")).token
        other = await authenticate(world.chat, token)
        with pytest.raises(HubbubError) as refused:
            await end_session(world.chat, bob, other.session_id)
        assert refused.value.code is ErrorCode.NOT_FOUND
        await end_session(world.chat, ada, other.session_id)
        with pytest.raises(HubbubError):
            await authenticate(world.chat, token)
        assert [each.current for each in (await list_sessions(world.chat, ada)).sessions] == [True]
        assert notices == [SessionEnded(ada.user.id, frozenset({other.session_id}))]


async def test_a_person_has_so_many_sessions_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubbub.service.sessions.SESSIONS_PER_USER", 2)
    async with open_world(tmp_path) as world:
        ada = await world.person("ada")
        world.clock.advance(1)
        tokens = [(await signed_in(world, "ada")).token for _ in range(2)]
        kept = await authenticate(world.chat, tokens[-1])
        listed = {each.id for each in (await list_sessions(world.chat, kept)).sessions}
        assert len(listed) == 2
        assert ada.session_id not in listed


async def test_a_session_that_is_known_ends_at_once_wherever_it_is_ended(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world, open_world(tmp_path) as elsewhere:
        await world.person("ada")
        for ending in (world, elsewhere):
            answer = await signed_in(world, "ada")
            actor = await authenticate(world.chat, answer.token)
            assert await authenticate(world.chat, answer.token) == actor
            await end_session(ending.chat, actor, actor.session_id)
            with pytest.raises(HubbubError) as refused:
                await authenticate(world.chat, answer.token)
            assert refused.value.code is ErrorCode.UNAUTHENTICATED


async def test_a_session_that_is_known_expires_all_the_same(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.person("ada")
        answer = await signed_in(world, "ada")
        await authenticate(world.chat, answer.token)
        world.clock.advance(LIFETIME.total_seconds())
        with pytest.raises(HubbubError):
            await authenticate(world.chat, answer.token)


async def test_whose_a_token_was_is_recalled_and_checked_where_it_counts(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world, open_world(tmp_path) as elsewhere:
        await world.person("ada")
        token = (await signed_in(world, "ada")).token
        assert recall(world.chat, token) is None
        actor = await authenticate(world.chat, token)
        recalled = recall(world.chat, token)
        assert recalled is not None
        assert (recalled.user, recalled.session_id, recalled.expires_at) == (
            actor.user,
            actor.session_id,
            actor.expires_at,
        )
        both = [recalled, actor]
        assert await world.chat.store.read(lambda connection: are_current(connection, both)) == [
            True,
            True,
        ]
        await end_session(elsewhere.chat, actor, actor.session_id)
        assert recall(world.chat, token) == recalled
        # Whoever was looked up in the store is not looked up again.
        assert await world.chat.store.read(lambda connection: are_current(connection, both)) == [
            False,
            True,
        ]
        with pytest.raises(HubbubError):
            await authenticate(world.chat, token)
        assert recall(world.chat, token) is None


async def test_a_session_that_would_be_prolonged_or_is_over_is_not_recalled(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.person("ada")
        token = (await signed_in(world, "ada")).token
        await authenticate(world.chat, token)
        world.clock.advance(TOUCH_EVERY.total_seconds())
        assert recall(world.chat, token) is None
        assert recall(world.chat, None) is None
