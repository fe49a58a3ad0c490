"""The books about what is on its way."""

from __future__ import annotations

import asyncio

import pytest

from hubbub.composite import in_flight as module
from hubbub.composite.exchange import Exchange
from hubbub.composite.in_flight import InFlight
from tests.support.asgi_calls import Call, http_scope, websocket_scope


class Handler:
    """A task that handles one exchange until it is told, or cancelled."""

    def __init__(self, books: InFlight, *, websocket: bool = False, stubborn: bool = False) -> None:
        made = Call([])
        scope = websocket_scope() if websocket else http_scope()
        self.exchange = Exchange(scope, made.receive, made.send, lambda: False)
        self.go = asyncio.Event()
        self.cancelled = False
        self._books = books
        self._stubborn = stubborn
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        self._books.enter(self.exchange)
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            if self._stubborn:
                await self.go.wait()
            raise
        finally:
            self._books.leave(self.exchange)


@pytest.fixture
def books(monkeypatch: pytest.MonkeyPatch) -> InFlight:
    monkeypatch.setattr(module, "CANCEL_SECONDS", 0.02)
    return InFlight(limit=3)


async def test_requests_and_websockets_are_told_apart(books: InFlight) -> None:
    handlers = [Handler(books), Handler(books, websocket=True)]
    await asyncio.sleep(0)
    assert books.requests == [handlers[0].exchange]
    assert books.websockets == [handlers[1].exchange]
    assert not books.full
    for handler in handlers:
        handler.go.set()
        await handler.task
    assert len(books) == 0


async def test_there_is_an_end_to_it(books: InFlight) -> None:
    handlers = [Handler(books) for _ in range(3)]
    await asyncio.sleep(0)
    assert (len(books), books.full) == (3, True)
    await books.end_all()
    assert (len(books), books.full) == (0, False)
    assert all(handler.cancelled for handler in handlers)


async def test_waiting_ends_with_the_last_one(books: InFlight) -> None:
    first, second, other = Handler(books), Handler(books), Handler(books)
    await asyncio.sleep(0)
    waiting = asyncio.create_task(books.wait([first.exchange, second.exchange], 20.0))
    first.go.set()
    await first.task
    assert not waiting.done()
    second.go.set()
    assert await waiting is True
    await books.end([other.exchange])


async def test_waiting_ends_with_the_time(books: InFlight) -> None:
    handler = Handler(books)
    await asyncio.sleep(0)
    assert await books.wait([handler.exchange], 0.01) is False
    await books.end_all()


async def test_one_that_does_not_listen_is_left(books: InFlight, caplog: pytest.LogCaptureFixture) -> None:
    handler = Handler(books, stubborn=True)
    await asyncio.sleep(0)
    await books.end_all()
    assert "1 handlers did not end" in caplog.text
    handler.go.set()
    with pytest.raises(asyncio.CancelledError):
        await handler.task
