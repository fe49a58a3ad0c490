"""One answer for each key."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import MarkRead, PresenceChanged
from hubbub.service.repeats import answer_once
from hubbub.store.transaction import Transaction
from tests.support.backends import World, open_world


async def ask(world: World, scope: str, key: str | None, message_id: str, answers: list[str]) -> str:
    def make() -> PresenceChanged:
        answers.append(message_id)
        return PresenceChanged(user_id=f"answer {len(answers)}", status="online")

    def work(transaction: Transaction) -> PresenceChanged:
        return answer_once(transaction, scope, key, MarkRead(message_id=message_id), PresenceChanged, make)

    return (await world.chat.store.write(work)).user_id


async def test_a_key_is_answered_once_in_its_scope(tmp_path: Path) -> None:
    made: list[str] = []
    async with open_world(tmp_path) as world:
        assert await ask(world, "mine", "k", "m", made) == "answer 1"
        assert await ask(world, "mine", "k", "m", made) == "answer 1"
        assert await ask(world, "theirs", "k", "m", made) == "answer 2"
        assert await ask(world, "mine", None, "m", made) == "answer 3"
        assert await ask(world, "mine", None, "m", made) == "answer 4"
    async with open_world(tmp_path) as world:
        assert await ask(world, "mine", "k", "m", made) == "answer 1", "for good"
    assert len(made) == 4


async def test_another_request_under_the_key_is_a_conflict(tmp_path: Path) -> None:
    made: list[str] = []
    async with open_world(tmp_path) as world:
        await ask(world, "mine", "k", "m", made)
        with pytest.raises(HubbubError) as refused:
            await ask(world, "mine", "k", "another", made)
    assert refused.value.code is ErrorCode.CONFLICT


async def test_what_fails_is_not_remembered(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:

        def fail() -> PresenceChanged:
            raise HubbubError(ErrorCode.FORBIDDEN, "Not now.")

        def work(transaction: Transaction) -> PresenceChanged:
            return answer_once(transaction, "mine", "k", MarkRead(message_id="m"), PresenceChanged, fail)

        with pytest.raises(HubbubError):
            await world.chat.store.write(work)
        assert await ask(world, "mine", "k", "m", []) == "answer 1"
