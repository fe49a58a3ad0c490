"""Who gets an exchange, who gets it next, and what is answered when nobody can."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from h2.errors import ErrorCodes

from hubbub.composite.app import CompositeApp
from hubbub.composite.balancer import (
    Balancer,
    BreakerSettings,
    EngineSid,
    Header,
    LeastBusy,
    Limits,
    Local,
    OwnCookie,
    Tcp,
    Timeouts,
)
from hubbub.composite.balancer.retries import RESERVE
from hubbub.composite.types import ASGIApp, Receive, Scope, Send
from hubbub.testing.clock import ManualClock
from tests.composite.balancer.calls import Asking, ask
from tests.composite.balancer.scripted import OK, Peer, Script, saying, upstream
from tests.composite.balancer.site import app as site
from tests.support.deadline import eventually
from tests.support.http2 import Http2Connection, StreamReset
from tests.support.hypercorn_here import hypercorn_here
from tests.support.ports import HOST, ReservedPort
from tests.support.tiny_asgi import answer


def named(name: str) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body", False):
            pass
        await answer(send, name.encode())

    return app


class Flaky:
    """Fails as long as it is told to; counts what it is asked."""

    def __init__(self) -> None:
        self.fails = True
        self.asked: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(scope["method"])
        if self.fails:
            raise OSError("the disk is gone")
        await named("flaky")(scope, receive, send)


async def hanging(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.get_running_loop().create_future()


def test_targets_have_names_and_there_is_one() -> None:
    for targets in ([], [Local(site, "a"), Local(site, "a")]):
        with pytest.raises(ValueError, match="at least one target"):
            Balancer(targets)


async def test_each_has_its_turn_and_a_canary_its_share() -> None:
    balancer = Balancer([Local(named("old"), "old", weight=4), Local(named("canary"), "canary")])
    assert Counter([(await ask(balancer)).body for _ in range(20)]) == {b"old": 16, b"canary": 4}


async def test_the_least_busy_gets_the_next() -> None:
    balancer = Balancer([Local(hanging, "busy"), Local(named("idle"), "idle")], policy=LeastBusy())
    stuck = Asking.request(balancer)
    await eventually(lambda: balancer.targets[0].in_flight == 1, "the first to be busy")
    assert {(await ask(balancer)).body for _ in range(5)} == {b"idle"}
    stuck.task.cancel()
    await asyncio.wait({stuck.task})
    assert balancer.targets[0].in_flight == 0


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_what_may_be_repeated_goes_to_another(method: str) -> None:
    flaky = Flaky()
    balancer = Balancer([Local(flaky, "flaky"), Local(named("well"), "well")])
    got = await ask(balancer, method, body=b"x" * 1_000)
    assert got.status == 200
    assert [target.retried for target in balancer.targets] == [1, 0]


@pytest.mark.parametrize(("method", "body"), [("POST", b""), ("PATCH", b""), ("PUT", b"x" * 100_000)])
async def test_what_may_not_be_repeated_is_not(method: str, body: bytes) -> None:
    async def reading(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["more_body"]:
            pass
        raise OSError("the disk is gone")

    well = Flaky()
    balancer = Balancer([Local(reading, "a"), Local(well, "b")])
    got = await ask(balancer, method, body=body)
    assert (got.status, got.document["code"]) == (502, "bad_gateway")
    assert well.asked == []


async def test_what_was_never_delivered_goes_to_another_whatever_it_is() -> None:
    with ReservedPort() as nobody:
        balancer = Balancer([Tcp(nobody.bind), Local(named("well"), "well")])
        got = await ask(balancer, "POST", body=b"x" * 100_000)
        assert got.body == b"well"


async def test_each_is_asked_once_and_then_it_is_a_bad_gateway() -> None:
    all_flaky = [Flaky() for _ in range(3)]
    balancer = Balancer([Local(app, str(number)) for number, app in enumerate(all_flaky)])
    got = await ask(balancer)
    assert (got.status, got.document["code"]) == (502, "bad_gateway")
    assert [app.asked for app in all_flaky] == [["GET"]] * 3


async def test_an_outage_is_not_multiplied() -> None:
    flaky, other = Flaky(), Flaky()
    clock = ManualClock()
    never = BreakerSettings(failures=10_000)
    balancer = Balancer([Local(flaky, "a"), Local(other, "b")], breaker=never, monotonic=clock.monotonic)
    requests = 400
    for _ in range(requests):
        assert (await ask(balancer)).status == 502
    asked = len(flaky.asked) + len(other.asked)
    assert requests + RESERVE <= asked < requests * 1.5 + RESERVE


async def test_whoever_fails_is_left_alone_then_tried_and_then_back() -> None:
    flaky = Flaky()
    clock = ManualClock()
    balancer = Balancer(
        [Local(flaky, "flaky"), Local(named("well"), "well")],
        breaker=BreakerSettings(failures=3, open_seconds=1.0, successes=2),
        monotonic=clock.monotonic,
    )
    for _ in range(20):
        assert (await ask(balancer)).body == b"well"
    assert len(flaky.asked) == 3
    assert balancer.targets[0].breaker == "open"
    clock.advance(1.0)
    for _ in range(20):
        assert (await ask(balancer)).body == b"well"
    assert len(flaky.asked) == 4
    flaky.fails = False
    clock.advance(2.0)
    answers = [(await ask(balancer)).body for _ in range(20)]
    assert answers.count(b"flaky") == 10
    assert (balancer.targets[0].breaker, balancer.targets[0].opened) == ("closed", 2)


async def test_when_all_are_out_it_says_when_to_come_back() -> None:
    clock = ManualClock()
    balancer = Balancer(
        [Local(Flaky(), "a")],
        breaker=BreakerSettings(failures=1, open_seconds=5.0),
        monotonic=clock.monotonic,
    )
    assert (await ask(balancer)).status == 502
    clock.advance(1.0)
    got = await ask(balancer, "POST", body=b"x")
    assert (got.status, got.document["code"], got.document["retry_after"]) == (503, "server_busy", 4.0)
    assert got.headers["retry-after"] == "4"


async def test_a_target_gets_no_more_than_it_may_have() -> None:
    balancer = Balancer([Local(hanging, "a")], limits=Limits(in_flight=2))
    stuck = [Asking.request(balancer) for _ in range(2)]
    await eventually(lambda: balancer.targets[0].in_flight == 2, "it to be full")
    assert (await ask(balancer)).status == 503
    for asking in stuck:
        asking.task.cancel()
    await asyncio.wait({asking.task for asking in stuck})


@pytest.mark.parametrize("kind", ["header", "cookie"])
async def test_a_visitor_stays_and_moves_only_when_its_target_is_lost(kind: str) -> None:
    flaky = Flaky()
    flaky.fails = False
    affinity = Header("x-key") if kind == "header" else OwnCookie("t")
    balancer = Balancer([Local(flaky, "flaky"), Local(named("well"), "well")], affinity=[affinity])

    async def visit(headers: dict[str, str]) -> bytes:
        got = await ask(balancer, headers=headers)
        if "set-cookie" in got.headers:
            headers["cookie"] = got.headers["set-cookie"].partition(";")[0]
        return got.body

    visitors = [{"x-key": str(number)} for number in range(4)]
    homes = [await visit(headers) for headers in visitors]
    assert Counter(homes) == {b"flaky": 2, b"well": 2}
    for _ in range(3):
        assert [await visit(headers) for headers in visitors] == homes
    flaky.fails = True
    assert {await visit(headers) for headers in visitors} == {b"well"}
    flaky.fails = False
    assert {await visit(headers) for headers in visitors} == {b"well"}


async def test_a_session_goes_to_its_target_and_ends_with_it() -> None:
    other = Flaky()
    other.fails = False
    gone = False

    async def engine(scope: Scope, receive: Receive, send: Send) -> None:
        if gone:
            raise OSError("killed")
        await site(scope, receive, send)

    balancer = Balancer([Local(engine, "engine"), Local(other, "other")], affinity=[EngineSid()])
    handshake = await ask(balancer, path="/socket.io/", query_string=b"EIO=4&transport=polling")
    query = b"EIO=4&transport=polling&sid=" + handshake.body.partition(b'"sid":"')[2].partition(b'"')[0]
    for _ in range(3):
        posted = await ask(balancer, "POST", "/socket.io/", b"40", query_string=query)
        assert (posted.status, posted.body) == (200, b"OK")
    gone = True
    lost = await ask(balancer, path="/socket.io/", query_string=query)
    assert (lost.status, lost.document) == (400, {"code": 1, "message": "Session ID unknown"})
    assert other.asked == []


async def test_who_waits_for_a_target_that_is_out_goes_elsewhere() -> None:
    balancer = Balancer([Local(hanging, "a"), Local(named("b"), "b")])
    asking = Asking.request(balancer)
    posted = Asking.request(balancer, "POST")  # to b
    await posted.end()
    late = Asking.request(balancer, "POST")  # to a
    await eventually(lambda: balancer.targets[0].in_flight == 2, "both to wait")
    for _ in range(2):
        balancer._members["a"].probed(success=False)
    await asking.end()
    assert asking.body == b"b"
    assert not late.task.done()  # it may have taken effect
    late.task.cancel()
    await asyncio.wait({late.task})


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"


@pytest.mark.parametrize("is_inside", [False, True], ids=["alone", "in a composite application"])
async def test_an_answer_that_is_cut_is_cut_for_the_client(tmp_path: Path, is_inside: bool) -> None:
    cut = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        peer.say(CHUNKED)
        await cut.wait()
        peer.cut()

    async with upstream(script) as there:
        balancer = Balancer([Tcp(there.address)])
        app = CompositeApp(None, balancer) if is_inside else balancer
        async with hypercorn_here(app, tmp_path) as front, await Http2Connection.connect(front) as connection:
            stream = await connection.open_stream("GET", "/")
            cut.set()
            with pytest.raises(StreamReset) as reset:
                await connection.response(stream)
            assert reset.value.code == ErrorCodes.INTERNAL_ERROR


@asynccontextmanager
async def raw_connection(
    script: Script, folder: Path
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """To a balancer under Hypercorn, in front of an upstream."""
    async with upstream(script) as there, hypercorn_here(Balancer([Tcp(there.address)]), folder) as front:
        reader, writer = await asyncio.open_connection(HOST, int(front.http_url.rpartition(":")[2]))
        yield reader, writer
        writer.close()


async def test_over_http1_the_connection_ends_before_the_answer_does(tmp_path: Path) -> None:
    async with raw_connection(saying(CHUNKED, close=True), tmp_path) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await reader.read(-1)
        assert b"half" in answer
        assert not answer.endswith(b"0\r\n\r\n")


async def test_a_client_that_waits_for_100_gets_it(tmp_path: Path) -> None:
    async with raw_connection(saying(OK), tmp_path) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
        writer.write(b"hi")
        assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")


async def test_a_slow_target_is_left_for_another_in_time() -> None:
    balancer = Balancer([Local(hanging, "a"), Local(named("b"), "b")], timeouts=Timeouts(response_head=0.1))
    assert (await ask(balancer)).body == b"b"
