"""Requests to upstreams over HTTP/1.1, and every way in which one can answer."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from hubbub.composite.balancer import Balancer, Limits, Tcp, Timeouts
from tests.composite.balancer.calls import Asking, ask
from tests.composite.balancer.scripted import OK, Peer, saying, upstream
from tests.support.asgi_calls import body_events, call, http_scope
from tests.support.deadline import eventually

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"


def over(address: str, **more: float) -> Balancer:
    return Balancer([Tcp(address)], timeouts=Timeouts(**more))


@pytest.mark.parametrize(
    ("answer", "close", "status", "body"),
    [
        (OK, False, 200, b"ok"),
        (CHUNKED + b"\r\n2\r\nok\r\n1\r\n!\r\n0\r\n\r\n", False, 200, b"ok!"),
        (CHUNKED + b"Trailer: x-sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 9\r\n\r\n", False, 200, b"ok"),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", True, 200, b"until the end"),
        (b"HTTP/1.0 200 OK\r\n\r\nold", True, 200, b"old"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + OK, False, 200, b"ok"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", False, 204, b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 900\r\nETag: x\r\n\r\n", False, 304, b""),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", False, 404, b""),
    ],
    ids=["length", "chunked", "trailers", "closed", "http/1.0", "early hints", "204", "304", "404"],
)
async def test_an_answer_comes_back_whole(answer: bytes, close: bool, status: int, body: bytes) -> None:
    async with upstream(saying(answer, close=close)) as there:
        got = await ask(over(there.address))
        assert (got.status, got.body) == (status, body)
        assert "x-sum" not in got.headers
        assert "transfer-encoding" not in got.headers


async def test_head_has_the_length_and_no_body() -> None:
    async with upstream(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", OK)) as there:
        balancer = over(there.address)
        got = await ask(balancer, "HEAD")
        assert (got.headers["content-length"], got.body) == ("900", b"")
        assert (await ask(balancer)).body == b"ok"
        assert there.connections == 1


async def test_a_body_that_is_coded_goes_through_as_it_is() -> None:
    coded = gzip.compress(b"text" * 100)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(coded)
    async with upstream(saying(head + coded)) as there:
        assert (await ask(over(there.address))).body == coded


@pytest.mark.parametrize(
    ("headers", "first"),
    [({"content-length": "300000"}, b"content-length: 300000"), ({}, b"transfer-encoding: chunked")],
    ids=["length", "chunked"],
)
async def test_a_body_is_streamed_up(headers: dict[str, str], first: bytes) -> None:
    got = asyncio.get_running_loop().create_future()

    async def script(peer: Peer) -> None:
        head = await peer.request()
        data = b""
        while data.count(b"x") < 300_000:
            data += await peer.reader.read(65_536)
        got.set_result(head)
        peer.say(OK)
        await peer.gone()

    async with upstream(script) as there:
        pieces = [b"x" * 100_000] * 3
        answer = await call(over(there.address), http_scope("/", "PUT", headers), body_events(*pieces))
        assert answer.body == b"ok"
        assert first in await got


async def test_a_connection_is_kept_for_what_may_be_repeated_and_others_have_a_fresh_one() -> None:
    async with upstream(saying(OK, OK, OK, OK)) as there:
        balancer = over(there.address)
        for method, connections in (("GET", 1), ("PUT", 1), ("POST", 2), ("GET", 2)):
            assert (await ask(balancer, method)).body == b"ok"
            assert there.connections == connections, method


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        OK + OK,
    ],
    ids=["said so", "more than was asked for"],
)
async def test_a_connection_that_cannot_be_used_again_is_not(answer: bytes) -> None:
    async with upstream(saying(answer)) as there:
        balancer = over(there.address)
        for connections in (1, 2, 3):
            assert (await ask(balancer)).body == b"ok"
            assert there.connections == connections


async def test_a_kept_connection_that_has_ended_is_replaced_without_harm() -> None:
    first: list[Peer] = []

    async def script(peer: Peer) -> None:
        first.append(peer)
        while await peer.request():
            if len(first) == 1 and there.heads:  # the second request on the first connection
                peer.cut()
                return
            there.heads.append(b"")
            peer.say(OK)

    async with upstream(script) as there:
        balancer = over(there.address)
        assert [(await ask(balancer)).status for _ in range(2)] == [200, 200]
        assert there.connections == 2
        (status,) = balancer.targets
        assert (status.failed, status.retried, status.served) == (0, 1, 2)


async def test_an_early_answer_ends_the_upload() -> None:
    refusal = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno"
    async with upstream(saying(refusal)) as there:
        asking = Asking(
            over(there.address),
            http_scope("/", "POST", {"content-length": "1000000"}),
            [{"type": "http.request", "body": b"x", "more_body": True}],
        )
        await asking.end()
        assert (asking.status, asking.body) == (413, b"no")
        await eventually(lambda: there.ended == 1, "the connection to be ended")


async def test_a_client_that_leaves_ends_the_request_upstream() -> None:
    async with upstream(saying(CHUNKED + b"\r\n2\r\nok\r\n")) as there:
        balancer = over(there.address)
        asking = Asking.request(balancer)
        await eventually(lambda: asking.body == b"ok", "the first piece")
        asking.closed.set()
        await asking.end()
        await eventually(lambda: there.ended == 1, "the connection to be ended")
        (status,) = balancer.targets
        assert (status.failed, status.in_flight) == (0, 0)


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000],
    ids=["nothing", "half a head", "no http", "a head without end"],
)
async def test_what_is_no_answer_is_a_bad_gateway(answer: bytes) -> None:
    async with upstream(saying(answer, close=True)) as there:
        got = await ask(over(there.address), "POST")
        assert (got.status, got.document["code"]) == (502, "bad_gateway")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
        CHUNKED + b"\r\n4\r\nhalf\r\n",
        CHUNKED + b"\r\n4\r\nhalf\r\nzz\r\n",
    ],
    ids=["length", "chunked", "no chunk"],
)
async def test_an_answer_that_breaks_off_is_not_completed(answer: bytes) -> None:
    async with upstream(saying(answer, close=True)) as there:
        balancer = over(there.address)
        got = await ask(balancer)
        assert (got.status, got.body) == (200, b"half")
        assert got.messages[-1]["more_body"]
        assert there.connections == 1  # what has begun is not tried again
        assert balancer.targets[0].failed == 1


async def test_no_answer_in_time() -> None:
    async with upstream(saying(b"")) as there:
        got = await ask(over(there.address, response_head=0.1), "POST")
        assert (got.status, got.document["code"]) == (504, "gateway_timeout")
        await eventually(lambda: there.ended == 1, "the connection to be ended")


async def test_an_answer_that_stops_is_cut() -> None:
    async with upstream(saying(CHUNKED + b"\r\n4\r\nhalf\r\n")) as there:
        balancer = over(there.address, idle=0.1)
        got = await ask(balancer)
        assert got.messages[-1]["more_body"]
        assert balancer.targets[0].failed == 1


async def test_an_upstream_is_not_read_faster_than_the_client_takes_it() -> None:
    said = 0

    async def endless(peer: Peer) -> None:
        nonlocal said
        await peer.request()
        peer.say(CHUNKED + b"\r\n")
        while True:
            peer.say(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            await peer.writer.drain()
            said += 65_536

    class Stalled(Asking):
        async def send(self, message: object) -> None:
            await self.closed.wait()

    async with upstream(endless) as there:
        asking = Stalled(over(there.address), http_scope("/"), body_events())
        before = -1
        while before != said:  # until nothing more is taken
            before = said
            await asyncio.sleep(0.1)
        assert 0 < said < 16 * 1024 * 1024  # what sockets hold, and two reads
        asking.closed.set()
        await asking.end()


async def test_a_body_that_does_not_come_is_the_fault_of_the_client() -> None:
    async with upstream(saying(b"")) as there:
        balancer = over(there.address, idle=0.1)
        scope = http_scope("/", "POST", {"content-length": "9"})
        asking = Asking(balancer, scope, [{"type": "http.request", "body": b"x", "more_body": True}])
        await asking.end()
        assert (asking.status, asking.document["code"]) == (400, "invalid_request")
        assert balancer.targets[0].failed == 0


@pytest.mark.parametrize("path", [b"/a b", b"/\xff", b"/\r\nx: y"], ids=repr)
async def test_what_http1_cannot_say_is_refused(path: bytes) -> None:
    async with upstream(saying(OK)) as there:
        got = await ask(over(there.address), raw_path=path)
        assert got.status == 400
        assert there.connections == 0


async def test_limits_are_those_of_the_balancer() -> None:
    head = b"HTTP/1.1 200 OK\r\nX: " + b"x" * 2_000 + b"\r\nContent-Length: 0\r\n\r\n"
    async with upstream(saying(head)) as there:
        small = Balancer([Tcp(there.address)], limits=Limits(head=1_000))
        # h11 looks at what waits for more, and the whole head came at once; half of it waits.
        assert (await ask(small, "POST")).status in {200, 502}
        assert (await ask(Balancer([Tcp(there.address)]), "POST")).status == 200
