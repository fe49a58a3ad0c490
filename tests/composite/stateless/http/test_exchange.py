"""The order of what an application sends."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import h11
import pytest

from hubbub.composite.stateless.http.exchange import ClientGone, Exchange

START = {"type": "http.response.start", "status": 200, "headers": [(b"date", b"today")]}
BODY = {"type": "http.response.body", "body": b"hello"}


class Written:
    def __init__(self) -> None:
        self.events: list[h11.Event] = []

    async def __call__(self, event: h11.Event) -> None:
        self.events.append(event)


@pytest.mark.parametrize(
    "messages", [[BODY], [START, START], [START, BODY, BODY], [START, BODY, START], [{"type": "websocket.accept"}]]
)
async def test_what_comes_at_a_wrong_time_is_refused(messages: list[dict[str, Any]]) -> None:
    exchange = Exchange(b"GET", Written())
    for message in messages[:-1]:
        await exchange.send(message)
    with pytest.raises(RuntimeError, match="cannot be sent now"):
        await exchange.send(messages[-1])


async def test_the_head_goes_out_with_the_body() -> None:
    written = Written()
    exchange = Exchange(b"GET", written)
    await exchange.send(START)
    assert (exchange.started, written.events) == (False, [])
    await exchange.send(BODY)
    assert [type(event) for event in written.events] == [h11.Response, h11.Data, h11.EndOfMessage]
    assert (exchange.started, exchange.complete) == (True, True)


@pytest.mark.parametrize(("method", "status"), [(b"HEAD", 200), (b"GET", 204), (b"GET", 304)])
async def test_some_answers_have_no_body(method: bytes, status: int) -> None:
    written = Written()
    exchange = Exchange(method, written)
    await exchange.send(START | {"status": status})
    await exchange.send(BODY)
    assert [type(event) for event in written.events] == [h11.Response, h11.EndOfMessage]


async def test_nobody_is_there_to_be_sent_anything() -> None:
    exchange = Exchange(b"GET", Written())
    exchange.gone = True
    with pytest.raises(ClientGone):
        await exchange.send(START)


async def test_an_answer_of_the_server_takes_the_place_of_a_head_that_was_held_back() -> None:
    written = Written()
    exchange = Exchange(b"GET", written)
    await exchange.send(START)
    await exchange.answer(HTTPStatus.INTERNAL_SERVER_ERROR, "no")
    head = written.events[0]
    assert isinstance(head, h11.Response)
    assert (head.status_code, dict(head.headers)[b"connection"], exchange.complete) == (500, b"close", True)
