"""What was heard is given out once, in order, whether it is asked for before or after it comes."""

from __future__ import annotations

import asyncio

from hubbub.testing.heard import Heard


def test_each_is_given_out_once_the_oldest_that_fits_first() -> None:
    heard: Heard[int] = Heard()
    for number in (1, 2, 3, 4):
        heard.add(number)
    assert heard.take(lambda number: number % 2 == 0) == 2
    assert heard.take(lambda _: True) == 1
    assert heard.take(lambda number: number % 2 == 0) == 4
    assert heard.take(lambda number: number % 2 == 0) is None
    assert heard.all == [1, 2, 3, 4]


async def test_all_who_wait_look_again() -> None:
    heard: Heard[int] = Heard()

    async def wait_for(wanted: int) -> int:
        while (found := heard.take(lambda number: number == wanted)) is None:
            await heard.more()
        return found

    waiting = [asyncio.create_task(wait_for(number)) for number in (2, 1)]
    for number in (1, 2):
        await asyncio.sleep(0)
        heard.add(number)
    assert await asyncio.gather(*waiting) == [2, 1]
    more = asyncio.create_task(heard.more())
    await asyncio.sleep(0)
    heard.look_again()
    await more
