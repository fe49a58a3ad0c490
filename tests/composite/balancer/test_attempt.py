"""One exchange with one target: its time, its count, its outcome."""

from __future__ import annotations

import asyncio

import pytest

from hubbub.composite.balancer import Balancer, BreakerSettings, Local, Timeouts
from hubbub.composite.types import Receive, Scope, Send
from tests.composite.balancer.calls import Asking, ask
from tests.support.asgi_calls import body_events, http_scope
from tests.support.deadline import eventually
from tests.support.tiny_asgi import answer, begin, hello


async def hanging(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.get_running_loop().create_future()


async def test_whoever_gives_no_answer_in_time_has_failed() -> None:
    balancer = Balancer([Local(hanging, "a")], timeouts=Timeouts(response_head=0.05))
    got = await ask(balancer)
    assert (got.status, got.document["code"]) == (504, "gateway_timeout")
    (status,) = balancer.targets
    assert (status.failed, status.served, status.in_flight) == (1, 0, 0)


async def test_time_for_the_answer_begins_when_the_body_is_there() -> None:
    """A slow upload is no slow answer."""
    uploaded = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["more_body"]:
            pass
        await hello(scope, receive, send)

    class Uploading(Asking):
        async def receive(self) -> object:  # type: ignore[override]  # a message all the same
            if not uploaded.is_set():
                uploaded.set()
                await asyncio.sleep(0.3)
            return await super().receive()

    balancer = Balancer([Local(app, "a")], timeouts=Timeouts(response_head=0.1, idle=10.0))
    asking = Uploading(balancer, http_scope("/", "POST"), body_events(b"x"))
    await asking.end()
    assert asking.body == b"hello"


async def test_a_stream_may_be_long_but_not_idle() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await begin(send)
        for _ in range(8):
            await asyncio.sleep(0.1)
            await send({"type": "http.response.body", "body": b".", "more_body": True})
        await asyncio.get_running_loop().create_future()

    balancer = Balancer([Local(app, "a")], timeouts=Timeouts(response_head=0.5, idle=0.5))
    got = await ask(balancer)
    assert got.body == b"begun" + b"." * 8
    assert got.messages[-1]["more_body"]
    assert balancer.targets[0].failed == 1


async def test_a_websocket_may_be_idle() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await asyncio.sleep(0.3)
        await send({"type": "websocket.close", "code": 1000})

    balancer = Balancer([Local(app, "a")], timeouts=Timeouts(response_head=0.1, idle=0.1))
    asking = Asking.websocket(balancer)
    await asking.end()
    assert asking.messages[-1]["code"] == 1000
    assert balancer.targets[0].served == 1


@pytest.mark.parametrize(("status", "failed"), [(200, 0), (404, 0), (500, 0), (502, 1), (503, 1), (504, 1)])
async def test_a_server_that_says_it_cannot_has_failed_and_is_heard(status: int, failed: int) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, b"x", status=status)

    balancer = Balancer([Local(app, "a"), Local(app, "b")])
    got = await ask(balancer)
    assert (got.status, got.body) == (status, b"x")
    assert [target.failed for target in balancer.targets] == [failed, 0]
    assert [target.served for target in balancer.targets] == [1 - failed, 0]


async def test_who_leaves_says_nothing_about_the_target() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        raise ConnectionResetError("the client is gone")

    balancer = Balancer([Local(app, "a")], breaker=BreakerSettings(failures=1))
    asking = Asking.request(balancer)
    await eventually(lambda: balancer.targets[0].in_flight == 1, "the request to be under way")
    asking.closed.set()
    await asking.end()
    (status,) = balancer.targets
    assert (status.failed, status.breaker, status.in_flight, asking.messages) == (0, "closed", 0, [])
