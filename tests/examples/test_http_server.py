from __future__ import annotations

import asyncio

import httpx

from tests.support.examples import ExampleProcess


def test_a_body_comes_back_behind_the_line_of_its_request(example: ExampleProcess) -> None:
    with httpx.Client(base_url=example.http_url) as client:
        assert client.get("/a%20b").text == "GET /a b\n"
        large = "how are you? " * 50_000
        assert client.post("/hello", content=large).text == f"POST /hello\n{large}"
        assert client.head("/hello").content == b""


async def test_clients_do_not_get_each_others_answers(example: ExampleProcess) -> None:
    async with httpx.AsyncClient(base_url=example.http_url) as client:
        answers = await asyncio.gather(*(client.get(f"/{number}") for number in range(50)))
    assert [answer.text for answer in answers] == [f"GET /{number}\n" for number in range(50)]
