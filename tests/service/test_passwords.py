"""argon2id, off the loop, with an end to the queue."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.service.passwords import WAITING, Passwords


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords()
    yield made
    made.close()


async def test_the_right_one_fits_and_no_other(passwords: Passwords) -> None:
    stored = await passwords.hash("a long enough password")
    assert stored.startswith("$argon2id$")
    assert await passwords.verify(stored, "a long enough password")
    assert not await passwords.verify(stored, "a long enough passwore")
    assert not await passwords.verify("not a hash", "a long enough password")
    assert not await passwords.verify(None, "nobody has this password")


async def test_the_loop_goes_on_meanwhile(passwords: Passwords) -> None:
    hashing = asyncio.create_task(passwords.hash("a long enough password"))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 10


async def test_who_comes_when_the_queue_is_full_is_sent_away(passwords: Passwords) -> None:
    waiting = [asyncio.create_task(passwords.hash("a long enough password")) for _ in range(WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(HubbubError) as refused:
        await passwords.hash("one too many")
    assert refused.value.code is ErrorCode.SERVER_BUSY
    assert refused.value.retry_after
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert await passwords.hash("there is room again")
