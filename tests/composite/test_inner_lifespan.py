"""The server's part of the lifespan, played towards applications that do and do not know theirs."""

from __future__ import annotations

import asyncio
import gc

import pytest

from hubbub.composite import inner_lifespan as module
from hubbub.composite.inner_lifespan import InnerLifespan, LifespanFailedError
from hubbub.composite.types import Receive, Scope, Send

SCOPE = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}


async def test_the_scope_is_shared() -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)
        scope["state"]["shared"] = True

    await InnerLifespan(app, SCOPE).start()
    assert seen == [SCOPE]
    assert SCOPE["state"] == {"shared": True}


async def test_an_application_that_raises_has_no_lifespan() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("http only")

    inner = InnerLifespan(app, SCOPE)
    await inner.start()
    await inner.stop()


async def test_an_application_that_returns_has_no_lifespan() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    inner = InnerLifespan(app, SCOPE)
    await inner.start()
    await inner.stop()


async def test_a_failed_start_is_an_error_with_the_reason() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no room"})
        raise OSError("no room")  # as Starlette does

    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["message"]))
    with pytest.raises(LifespanFailedError, match="no room"):
        await InnerLifespan(app, SCOPE).start()
    gc.collect()
    assert told == []  # the reason was given; the same once more as an exception that nobody retrieved helps nobody


async def test_after_a_failed_start_there_are_no_more_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CANCEL_SECONDS", 0.01)
    heard: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        heard.append((await receive())["type"])
        await send({"type": "lifespan.startup.failed"})
        heard.append((await receive())["type"])  # as Quart does

    inner = InnerLifespan(app, SCOPE, "the guest at /a")
    with pytest.raises(LifespanFailedError, match="the guest at /a failed in its startup"):
        await inner.start()
    await inner.stop()
    assert heard == ["lifespan.startup"]


async def test_a_failed_stop_is_an_error() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.failed"})

    inner = InnerLifespan(app, SCOPE)
    await inner.start()
    with pytest.raises(LifespanFailedError, match="shutdown"):
        await inner.stop()


async def test_a_lifespan_that_breaks_off_is_an_error_when_it_is_stopped() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        raise OSError("tripped")

    inner = InnerLifespan(app, SCOPE)
    await inner.start()
    with pytest.raises(LifespanFailedError, match="tripped"):
        await inner.stop()
