"""What is kept of the store's answers, and for how long."""

from __future__ import annotations

import asyncio

import pytest

from hubbub.service.known import Known


class Shelf:
    """A store of one text, its edition, and how often it was read."""

    def __init__(self) -> None:
        self.text: str | None = "one"
        self.edition: int | None = 1
        self.reads = 0

    def known(self, room: int = 100) -> Known[str | None]:
        return Known(lambda: self.edition, room=room, size=lambda text: len(text or ""))

    async def read(self) -> str | None:
        self.reads += 1
        return self.text

    def write(self, text: str) -> None:
        assert self.edition is not None
        self.text, self.edition = text, self.edition + 1


async def test_it_is_read_once_an_edition() -> None:
    shelf = Shelf()
    known = shelf.known()
    assert [await known.get("a", shelf.read) for _ in range(3)] == ["one"] * 3
    assert shelf.reads == 1
    shelf.write("two")
    assert await known.get("a", shelf.read) == "two"


async def test_what_is_written_during_a_read_is_not_hidden_by_it() -> None:
    shelf = Shelf()
    known = shelf.known()

    async def read_slowly() -> str | None:
        old = await shelf.read()
        shelf.write("two")
        return old

    assert await known.get("a", read_slowly) == "one"
    assert await known.get("a", shelf.read) == "two"


async def test_a_slow_read_puts_nothing_into_a_newer_edition() -> None:
    shelf = Shelf()
    known = shelf.known()
    go_on = asyncio.Event()

    async def read_slowly() -> str | None:
        old = await shelf.read()
        await go_on.wait()
        return old

    slow = asyncio.ensure_future(known.get("a", read_slowly))
    await asyncio.sleep(0)
    shelf.write("two")
    assert await known.get("b", shelf.read) == "two"
    go_on.set()
    assert await slow == "one"
    assert await known.get("a", shelf.read) == "two"


async def test_nothing_is_kept_of_what_is_not_there_or_fails() -> None:
    shelf = Shelf()
    known = shelf.known()
    shelf.text = None
    assert [await known.get("a", shelf.read) for _ in range(2)] == [None, None]
    assert shelf.reads == 2

    async def fail() -> str:
        raise LookupError

    for _ in range(2):
        with pytest.raises(LookupError):
            await known.get("b", fail)


async def test_nothing_is_kept_where_no_edition_can_be_told() -> None:
    shelf = Shelf()
    known = shelf.known()
    shelf.edition = None
    assert [await known.get("a", shelf.read) for _ in range(2)] == ["one", "one"]
    assert shelf.reads == 2


async def test_it_takes_no_more_room_than_it_has() -> None:
    shelf = Shelf()
    known = shelf.known(room=6)
    for key in ("a", "b", "c", "c"):
        await known.get(key, shelf.read)
    assert shelf.reads == 3, "the third found no room, the two before it went"
    await known.get("a", shelf.read)
    assert shelf.reads == 4
    shelf.write("far too long")
    for _ in range(2):
        assert await known.get("a", shelf.read) == "far too long"
    assert shelf.reads == 6
