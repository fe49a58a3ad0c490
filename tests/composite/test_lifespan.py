"""Hooks and an inner application, started and stopped by the messages of a server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest

from hubbub.composite import lifespan as module
from hubbub.composite.lifespan import Hooks, Lifespan
from hubbub.composite.types import Receive, Scope, Send
from tests.support.asgi_calls import Call
from tests.support.deadline import eventually

STARTUP, SHUTDOWN = {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}


class Story:
    """Hooks that note when they run."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def sync(self, line: str) -> Callable[[], None]:
        return lambda: self.lines.append(line)

    def coroutine(self, line: str) -> Callable[[], Coroutine[Any, Any, None]]:
        async def hook() -> None:
            self.lines.append(line)

        return hook

    def context(self, name: str) -> Callable[[], Any]:
        @asynccontextmanager
        async def hook() -> AsyncIterator[None]:
            self.lines.append(f"{name} entered")
            async with asyncio.TaskGroup():  # must be left by the task that entered it
                yield
            self.lines.append(f"{name} left")

        return hook

    def failing(self, text: str) -> Callable[[], None]:
        def hook() -> None:
            raise OSError(text)

        return hook

    async def inner(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "lifespan.startup"
        self.lines.append("inner started")
        await send({"type": "lifespan.startup.complete"})
        assert (await receive())["type"] == "lifespan.shutdown"
        self.lines.append("inner stopped")
        await send({"type": "lifespan.shutdown.complete"})


@pytest.fixture
def story() -> Story:
    return Story()


async def run(
    inner: Any, on_startup: Hooks = None, on_shutdown: Hooks = None, *messages: dict[str, str]
) -> list[dict[str, Any]]:
    """What the server is told."""
    made = Call(messages or (STARTUP, SHUTDOWN))
    await Lifespan(inner, on_startup, on_shutdown)({"type": "lifespan", "state": {}}, made.receive, made.send)
    return [dict(message) for message in made.messages]


@pytest.mark.seed("1.3")
async def test_order_of_start_and_stop(story: Story) -> None:
    on_startup = [story.context("database"), story.sync("up"), story.coroutine("up too"), story.context("cache")]
    on_shutdown = [story.sync("down"), story.coroutine("down too")]
    told = await run(story.inner, on_startup, on_shutdown)
    assert told == [{"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}]
    assert story.lines == [
        "database entered",
        "up",
        "up too",
        "cache entered",
        "inner started",
        "inner stopped",
        "down",
        "down too",
        "cache left",
        "database left",
    ]


async def test_a_callable_that_returns_an_awaitable_is_awaited(story: Story) -> None:
    class Hook:
        def __call__(self) -> asyncio.Task[None]:
            return asyncio.create_task(story.coroutine("awaited")())

    await run(None, Hook(), Hook())
    assert story.lines == ["awaited", "awaited"]


class Hook:
    """An object that is called, and has to be awaited then."""

    def __init__(self, story: Story, line: str) -> None:
        self._hook = story.coroutine(line)

    async def __call__(self) -> None:
        await self._hook()


async def test_every_kind_of_hook_runs_on_both_sides(story: Story) -> None:
    def hooks(line: str) -> list[Callable[[], Any]]:
        return [
            partial(story.lines.append, f"partial {line}"),
            partial(story.coroutine(f"partial coroutine {line}")),
            Hook(story, f"object {line}"),
            Hook(story, f"method {line}").__call__,
            lambda: story.coroutine(f"awaitable {line}")(),
        ]

    told = await run(None, hooks("up"), hooks("down"))
    assert told[-1] == {"type": "lifespan.shutdown.complete"}
    kinds = ("partial", "partial coroutine", "object", "method", "awaitable")
    assert story.lines == [f"{kind} {line}" for line in ("up", "down") for kind in kinds]


async def test_a_context_manager_may_be_made_before_or_by_the_hook(story: Story) -> None:
    await run(None, [story.context("made")(), partial(story.context("making")), story.context("made too")()])
    assert story.lines == [
        *("made entered", "making entered", "made too entered"),
        *("made too left", "making left", "made left"),
    ]


async def test_hooks_have_their_names_in_the_log(story: Story, caplog: pytest.LogCaptureFixture) -> None:
    class Failing:
        def __call__(self) -> None:
            raise OSError("no")

    await run(None, None, [partial(Failing())])
    assert "stopping test_hooks_have_their_names_in_the_log.<locals>.Failing failed" in caplog.text


async def test_a_start_that_is_cancelled_says_what_it_waited_for_and_undoes_itself(
    story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    async def hang() -> None:
        story.lines.append("hanging")
        await asyncio.Event().wait()

    made = Call([STARTUP])
    lifespan = Lifespan(None, [story.context("database"), hang], None)
    task = asyncio.create_task(lifespan({"type": "lifespan"}, made.receive, made.send))
    await eventually(lambda: "hanging" in story.lines, "the hook")
    task.cancel()
    await asyncio.wait({task})
    assert story.lines == ["database entered", "hanging", "database left"]
    assert caplog.messages[0].endswith("hang")
    assert caplog.messages[0].startswith("start was broken off while it waited for")


@pytest.mark.parametrize("mistake", [False, True])
async def test_a_start_that_fails_says_why_and_undoes_itself(
    story: Story, caplog: pytest.LogCaptureFixture, mistake: bool
) -> None:
    def broken() -> None:
        raise TypeError("no") if mistake else OSError("no disk")

    told = await run(story.inner, [story.context("one"), story.context("two"), broken], story.sync("down"))
    assert told == [{"type": "lifespan.startup.failed", "message": "no" if mistake else "no disk"}]
    assert story.lines == ["one entered", "two entered", "down", "two left", "one left"]
    (record,) = caplog.records
    assert "start failed" in record.getMessage()
    assert bool(record.exc_info) is mistake  # a traceback only where it helps


async def test_a_first_hook_that_fails_has_nothing_to_undo(story: Story) -> None:
    told = await run(story.inner, [story.failing("no")], story.sync("down"))
    assert told == [{"type": "lifespan.startup.failed", "message": "no"}]
    assert story.lines == []


async def test_an_inner_start_that_fails_undoes_the_hooks(story: Story) -> None:
    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "inner reason"})

    told = await run(inner, story.context("database"), story.sync("down"))
    assert told == [{"type": "lifespan.startup.failed", "message": "inner reason"}]
    assert story.lines == ["database entered", "down", "database left"]


async def test_a_stop_that_fails_goes_on_and_says_so(story: Story, caplog: pytest.LogCaptureFixture) -> None:
    told = await run(None, story.context("database"), [story.failing("first"), story.failing("second")])
    assert told[-1] == {"type": "lifespan.shutdown.failed", "message": "first"}
    assert story.lines == ["database entered", "database left"]
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2


async def test_a_stop_that_hangs_is_given_up(
    story: Story, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HOOK_SECONDS", 0.01)

    async def hang() -> None:
        await asyncio.Event().wait()

    told = await run(story.inner, story.context("database"), hang)
    assert told[-1] == {"type": "lifespan.shutdown.complete"}
    assert story.lines[-2:] == ["inner stopped", "database left"]
    assert "was given up" in caplog.text


async def test_a_server_that_gives_up_has_everything_stopped(story: Story) -> None:
    started = asyncio.Event()

    async def receive() -> dict[str, str]:
        if started.is_set():
            await asyncio.Event().wait()
        started.set()
        return STARTUP

    lifespan = Lifespan(story.inner, story.context("database"), story.sync("down"))
    made = Call([])
    task = asyncio.create_task(lifespan({"type": "lifespan", "state": {}}, receive, made.send))
    await eventually(lambda: bool(made.messages), "the start")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert story.lines == ["database entered", "inner started", "inner stopped", "down", "database left"]


async def test_a_shutdown_without_a_start_runs_the_hooks_that_stand_alone(story: Story) -> None:
    assert await run(None, None, story.sync("down"), SHUTDOWN) == [{"type": "lifespan.shutdown.complete"}]
    assert await run(None, story.sync("up"), story.sync("down"), SHUTDOWN) == [{"type": "lifespan.shutdown.complete"}]
    assert story.lines == ["down"]


async def test_stopping_twice_stops_once(story: Story) -> None:
    lifespan = Lifespan(None, None, story.sync("down"))
    await asyncio.gather(lifespan.stop(), lifespan.stop())
    assert story.lines == ["down"]


async def test_what_comes_before_the_stop_does_not_come_after_a_failed_start(story: Story) -> None:
    lifespan = Lifespan(None, story.failing("no"), None, before_stop=story.coroutine("drained"))
    made = Call([STARTUP])
    await lifespan({"type": "lifespan", "state": {}}, made.receive, made.send)
    assert story.lines == []
