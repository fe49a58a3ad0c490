"""The lifespan in memory: what an application starts is stopped, and what fails is told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from quart import Quart

from hubbub.composite.types import Receive, Scope, Send
from hubbub.testing.lifespan import LifespanFailed, running


class Lives:
    """An application that fails where it is told to."""

    def __init__(self, fail_at: str = "") -> None:
        self.fail_at = fail_at
        self.steps: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"]["made"] = "at the start"
        for step in ("startup", "shutdown"):
            assert (await receive())["type"] == f"lifespan.{step}"
            if self.fail_at == f"raise at {step}":
                raise ZeroDivisionError(step)
            failed = step == self.fail_at
            await send({"type": f"lifespan.{step}.{'failed' if failed else 'complete'}", "message": "no disk"})
            self.steps.append(step)
            if failed:
                return
        await asyncio.sleep(0)
        self.steps.append("returned")


async def test_it_starts_and_stops_and_hands_out_its_state() -> None:
    app = Lives()
    async with running(app) as state:
        assert (app.steps, state) == (["startup"], {"made": "at the start"})
    assert app.steps == ["startup", "shutdown", "returned"]


async def test_a_start_that_fails_says_why() -> None:
    with pytest.raises(LifespanFailed, match="no disk"):
        async with running(Lives("startup")):
            pytest.fail("it did not start")


@pytest.mark.parametrize(("fail_at", "said"), [("shutdown", "no disk"), ("raise at shutdown", "ZeroDivisionError")])
async def test_a_stop_that_fails_says_why(fail_at: str, said: str) -> None:
    with pytest.raises(LifespanFailed, match=said):
        async with running(Lives(fail_at)):
            pass


async def test_an_application_without_a_lifespan_is_served_all_the_same() -> None:
    async with running(Lives("raise at startup")) as state:
        assert state == {"made": "at the start"}


async def test_it_is_stopped_when_the_test_fails() -> None:
    app = Lives()
    with pytest.raises(KeyError):
        async with running(app):
            raise KeyError
    assert app.steps == ["startup", "shutdown", "returned"]


async def test_who_never_answers_is_not_waited_for() -> None:
    cancelled = asyncio.Event()

    async def mute(_scope: Scope, _receive: Receive, _send: Send) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    with pytest.raises(TimeoutError, match="the startup"):
        async with running(mute, timeout=0.01):
            pytest.fail("it did not start")
    assert cancelled.is_set()


async def test_it_does_for_quart() -> None:
    app = Quart(__name__)
    steps: list[str] = []

    @app.while_serving
    async def serving() -> Any:
        steps.append("start")
        yield
        steps.append("stop")

    async with running(app):
        assert steps == ["start"]
    assert steps == ["start", "stop"]
