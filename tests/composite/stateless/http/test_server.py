"""`HttpServer` as a whole: real clients, its limit, and its end."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from hubbub.composite.stateless.http import HttpServer, server
from tests.composite.stateless.http.serving import echo, get, raw_client, serving
from tests.support.deadline import eventually


async def test_a_real_client_gets_its_answers() -> None:
    async with serving(echo) as served, httpx.AsyncClient(base_url="http://{}:{}".format(*served.address)) as client:
        answers = await asyncio.gather(*(client.post("/a%20b", content=str(number)) for number in range(20)))
        assert [answer.text for answer in answers] == [str(number) for number in range(20)]
        assert answers[0].headers["x-path"] == "/a b"
        await eventually(lambda: not served.application_instances, "instances to end with their requests")


async def test_no_request_is_given_up_for_another() -> None:
    go_on = asyncio.Event()

    async def wait(scope: Any, receive: Any, send: Any) -> None:
        await go_on.wait()
        await echo(scope, receive, send)

    async with serving(wait, max_applications=1) as served, raw_client(served) as first, raw_client(served) as second:
        first.send(get())
        await eventually(lambda: len(served.application_instances) == 1, "the first to begin")
        second.send(get())
        assert (await second.answer())[0] == 503
        go_on.set()
        assert (await first.answer())[0] == 200


async def test_connections_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HTTP_CONNECTIONS", 1)
    async with serving(echo) as served, raw_client(served) as first:
        first.send(get())
        await first.answer()
        async with raw_client(served) as second:
            assert await second.end() == b""
        first.send(get())
        assert (await first.answer())[0] == 200


async def test_its_end_ends_what_it_serves() -> None:
    before = asyncio.all_tasks()

    async def wait(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    async with serving(wait) as served, raw_client(served) as client:
        client.send(get())
        await eventually(lambda: len(served.application_instances) == 1, "the request to begin")
    assert asyncio.all_tasks() == before


def test_there_is_no_address_before_it_listens() -> None:
    with pytest.raises(RuntimeError, match="does not listen yet"):
        print(HttpServer(echo).address)
