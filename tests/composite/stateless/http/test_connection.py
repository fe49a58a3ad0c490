"""HTTP/1.1 on the wire: bodies both ways, requests in a row, and each way to go wrong."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hubbub.composite.stateless.http import connection, wire
from tests.composite.stateless.http.serving import echo, get, post, raw_client, serving
from tests.support.deadline import DEADLINE, eventually

START = {"type": "http.response.start", "status": 200, "headers": []}


async def test_requests_follow_each_other_on_one_connection() -> None:
    async with serving(echo) as server, raw_client(server) as client:
        for path in (b"/one", b"/two"):
            client.send(get(path))
            status, headers, _ = await client.answer()
            assert (status, headers[b"x-path"], b"date" in headers) == (200, path, True)


async def test_requests_that_do_not_wait_for_answers_are_answered_in_order() -> None:
    async with serving(echo) as server, raw_client(server) as client:
        client.send(post(b"first") + get(b"/two") + post(b"third"))
        assert [(await client.answer())[2] for _ in range(3)] == [b"first", b"", b"third"]


async def test_a_chunked_body_and_one_with_a_length_arrive_whole() -> None:
    large = bytes(range(256)) * 4_000
    async with serving(echo) as server, raw_client(server) as client:
        client.send(
            b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        )
        assert (await client.answer())[2] == b"abcde"
        client.send(post(large))
        assert (await client.answer())[2] == large


async def test_the_client_is_told_to_go_on_when_the_application_asks() -> None:
    async with serving(echo) as server, raw_client(server) as client:
        client.send(b"POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n")
        assert (await client.answer())[0] == 100
        client.send(b"hello")
        assert (await client.answer())[2] == b"hello"


async def test_an_application_that_does_not_ask_spares_the_client_its_body() -> None:
    async def refuse(scope: Any, receive: Any, send: Any) -> None:
        await send(START | {"status": 403})
        await send({"type": "http.response.body", "body": b"no"})

    async with serving(refuse) as server, raw_client(server) as client:
        client.send(b"POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n")
        assert (await client.answer())[::2] == (403, b"no")
        assert await client.end() == b""


async def test_a_small_body_that_nobody_wanted_does_not_end_the_connection() -> None:
    async def ignore(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": b"done"})

    async with serving(ignore) as server, raw_client(server) as client:
        client.send(post(b"x" * 100_000) + get())
        assert [(await client.answer())[2] for _ in range(2)] == [b"done", b"done"]


async def test_head_has_the_head_alone() -> None:
    async def sized(scope: Any, receive: Any, send: Any) -> None:
        await send(START | {"headers": [(b"content-length", b"5")]})
        await send({"type": "http.response.body", "body": b"hello"})

    async with serving(sized) as server, raw_client(server) as client:
        client.send(b"HEAD / HTTP/1.1\r\nhost: x\r\n\r\n" + get())
        status, headers, body = await client.answer(b"HEAD")
        assert (status, headers[b"content-length"], body) == (200, b"5", b"")
        assert (await client.answer())[2] == b"hello"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"hello\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),  # no host
        (b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"y" * 70_000, 431),
        (b"CONNECT x:443 HTTP/1.1\r\nhost: x\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n", 400),
    ],
)
async def test_what_is_wrong_is_answered_and_the_connection_closed(sent: bytes, status: int) -> None:
    async def after_the_body(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            continue
        await send(START)
        await send({"type": "http.response.body"})

    async with serving(after_the_body) as server, raw_client(server) as client:
        client.send(sent)
        assert (await client.answer())[0] == status
        assert await client.end() == b""


async def test_a_body_above_the_limit_is_refused_and_its_application_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BODY_BYTES", 1_000)
    ended = asyncio.Event()

    async def collect(scope: Any, receive: Any, send: Any) -> None:
        try:
            while True:
                await receive()
        finally:
            ended.set()

    async with serving(collect) as server, raw_client(server) as client:
        client.send(post(b"x" * 1_001))
        status, _, body = await client.answer()
        assert (status, body) == (413, b"A body may have 1000 bytes.")
        await asyncio.wait_for(ended.wait(), DEADLINE)


async def test_slow_heads_and_bodies_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.05)
    monkeypatch.setattr(connection, "BODY_SECONDS", 0.05)
    async with serving(echo_whole) as server:
        for sent in (b"GET / HTTP/1.1\r\nhost", b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhe"):
            async with raw_client(server) as client:
                client.send(sent)
                assert (await client.answer())[0] == 408


async def test_who_says_nothing_is_closed_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "KEEP_ALIVE_SECONDS", 0.05)
    async with serving(echo) as server, raw_client(server) as client:
        assert await client.end() == b""


async def test_a_failure_before_the_answer_is_500_and_the_server_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    async def fail(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        raise ValueError("a mistake")

    async with serving(fail) as server:
        for _ in range(2):
            async with raw_client(server) as client:
                client.send(get())
                assert (await client.answer())[0] == 500
        await eventually(lambda: caplog.text.count("ValueError: a mistake") == 2, "both to be reported")


async def test_a_failure_within_the_answer_cuts_it_off() -> None:
    async def fail(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise ValueError("a mistake")

    async with serving(fail) as server, raw_client(server) as client:
        client.send(get())
        assert not (await client.end()).endswith(b"0\r\n\r\n")


async def test_an_application_hears_that_its_client_has_left() -> None:
    heard: list[str] = []
    failures: list[str] = []

    async def wait(scope: Any, receive: Any, send: Any) -> None:
        while heard[-1:] != ["http.disconnect"]:
            heard.append((await receive())["type"])
        try:
            await send(START)
        except OSError as error:
            failures.append(str(error))

    async with serving(wait) as server:
        async with raw_client(server) as client:
            client.send(get())
            await eventually(lambda: heard == ["http.request"], "the request")
        await eventually(lambda: failures == ["the client has left"], "it to hear of the end")
        assert heard == ["http.request", "http.disconnect"]


async def test_each_connection_has_its_own_answers() -> None:
    """The document's server had one writer for all."""
    async with serving(echo) as server:

        async def ask(number: int) -> bytes:
            async with raw_client(server) as client:
                client.send(post(b"%d" % number))
                return (await client.answer())[2]

        assert await asyncio.gather(*map(ask, range(50))) == [b"%d" % number for number in range(50)]


async def echo_whole(scope: Any, receive: Any, send: Any) -> None:
    body = b""
    while (message := await receive()).get("more_body"):
        body += message["body"]
    await send(START)
    await send({"type": "http.response.body", "body": body})
