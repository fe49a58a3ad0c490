from __future__ import annotations

import asyncio

import pytest

from hubbub.composite.http3.inbox import Inbox

GONE = {"type": "http.disconnect"}


def piece(body: bytes, *, more: bool = True) -> dict[str, object]:
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.fixture
def overflows() -> list[None]:
    return []


@pytest.fixture
def inbox(overflows: list[None]) -> Inbox:
    return Inbox(lambda: overflows.append(None), limit=10)


async def test_pieces_that_wait_become_one(inbox: Inbox) -> None:
    await inbox.put(piece(b"ab"))
    await inbox.put(piece(b"c"))
    assert await inbox.get() == piece(b"abc")
    await inbox.put(piece(b"d"))
    await inbox.put(piece(b"", more=False))
    assert await inbox.get() == piece(b"d", more=False)


async def test_who_waits_gets_what_comes(inbox: Inbox) -> None:
    waiting = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    await inbox.put(piece(b"", more=False))
    assert await waiting == piece(b"", more=False)


async def test_after_the_end_it_is_told_when_the_client_is_gone(inbox: Inbox) -> None:
    await inbox.put(piece(b"", more=False))
    await inbox.get()
    waiting = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    assert not waiting.done()
    await inbox.put(GONE)
    assert await waiting == GONE
    assert await inbox.get() == GONE


async def test_of_a_client_that_is_gone_the_rest_is_dropped(inbox: Inbox) -> None:
    await inbox.put(piece(b"abc"))
    await inbox.put(GONE)
    await inbox.put(piece(b"d"))
    assert await inbox.get() == GONE


async def test_more_than_the_limit_ends_it_once(inbox: Inbox, overflows: list[None]) -> None:
    await inbox.put(piece(b"x" * 10))
    assert not overflows
    for _ in range(3):
        await inbox.put(piece(b"y"))
    assert len(overflows) == 1
    assert await inbox.get() == GONE
