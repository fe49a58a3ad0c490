"""Asking targets whether they are well."""

from __future__ import annotations

import asyncio

import pytest

from hubbub.composite.balancer import Balancer, Limits, Local, Probe, Tcp, Timeouts
from hubbub.composite.balancer.probing import is_well
from hubbub.composite.types import ASGIApp, Receive, Scope, Send
from hubbub.testing.lifespan import running
from tests.composite.balancer.calls import ask
from tests.composite.balancer.scripted import OK, saying, upstream
from tests.support.asgi_calls import Recorder
from tests.support.deadline import eventually
from tests.support.tiny_asgi import answer

PROBE = Probe(path="/well", every=0.01, timeout=0.1)


def answering(status: int) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, b"", status=status)

    return app


async def hanging(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.get_running_loop().create_future()


async def raising(scope: Scope, receive: Receive, send: Send) -> None:
    raise KeyError("x")


@pytest.mark.parametrize(
    ("app", "well"),
    [
        (answering(200), True),
        (answering(204), True),
        (answering(302), False),
        (answering(404), False),
        (answering(503), False),
        (hanging, False),
        (raising, False),
    ],
)
async def test_only_a_success_in_time_is_well(app: ASGIApp, well: bool) -> None:
    assert await is_well(Local(app, "a").upstream(Timeouts(), Limits()), PROBE) is well


async def test_a_probe_says_what_it_is() -> None:
    app = Recorder()
    await is_well(Local(app, "a").upstream(Timeouts(), Limits()), PROBE)
    assert (app.scope["method"], app.scope["path"]) == ("GET", "/well")
    assert (b"user-agent", b"balancer-probe") in app.scope["headers"]


async def test_each_probe_has_a_connection_of_its_own() -> None:
    async with upstream(saying(OK, OK)) as there:
        target = Tcp(there.address).upstream(Timeouts(), Limits())
        assert [await is_well(target, PROBE) for _ in range(3)] == [True] * 3
        assert there.connections == 3
        await target.stop()


async def test_a_target_that_is_not_well_gets_nothing_until_it_is() -> None:
    status = 503

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, b"a", status=status if scope["path"] == "/well" else 200)

    balancer = Balancer([Local(app, "a")], probe=PROBE)
    async with running(balancer):
        await eventually(lambda: not balancer.targets[0].is_up, "the probes to fail")
        refused = await ask(balancer)
        assert (refused.status, refused.document["code"]) == (503, "server_busy")
        assert refused.document["retry_after"] >= 1
        status = 200
        await eventually(lambda: balancer.targets[0].is_up, "the probes to succeed")
        assert (await ask(balancer)).body == b"a"
