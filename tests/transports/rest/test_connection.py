"""A request through Quart by one task, and what becomes of it when its client goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from quart import Quart, Response, request

from hubbub.composite.types import Message
from hubbub.transports.rest.connection import WholeRequest
from tests.support.asgi_calls import http_scope


class Client:
    """A client that has sent its messages and stays, and the application that answers it."""

    def __init__(self, *messages: Message) -> None:
        self.answer: list[Message] = []
        self.waiting = asyncio.Event()  # the handler, for something that does not come
        self.ended = asyncio.Event()  # the handler, by being cancelled
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        for message in messages or ({"type": "http.request", "body": b"hi"},):
            self._messages.put_nowait(message)
        self.app = Quart("test")
        self.app.asgi_http_class = WholeRequest
        self.app.add_url_rule("/", view_func=self._echo, methods=["GET", "POST"])
        self.app.add_url_rule("/wait", view_func=self._wait, methods=["POST"])
        self.app.add_url_rule("/pieces", view_func=self._pieces, methods=["POST"])

    def go(self) -> None:
        self._messages.put_nowait({"type": "http.disconnect"})

    def ask(self, path: str = "/") -> asyncio.Task[None]:
        scope = http_scope(method="POST", path=path)
        return asyncio.ensure_future(self.app(scope, self._messages.get, self._send))  # type: ignore[arg-type]

    async def _send(self, message: Message) -> None:
        self.answer.append(message)

    async def _echo(self) -> str:
        return f"you said: {(await request.data).decode()}"

    async def _wait(self) -> str:
        self.waiting.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.ended.set()
            raise
        return "never"

    async def _pieces(self) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"one"
            yield b"two"

        return Response(pieces())


async def test_a_whole_body_is_answered_by_a_head_and_one_message() -> None:
    client = Client()
    await client.ask()
    start, body = client.answer
    assert (start["type"], start["status"]) == ("http.response.start", 200)
    assert (b"content-length", b"12") in [(name.lower(), value) for name, value in start["headers"]]
    assert body == {"type": "http.response.body", "body": b"you said: hi", "more_body": False}


async def test_a_body_in_pieces_is_put_together() -> None:
    client = Client({"type": "http.request", "body": b"h", "more_body": True}, {"type": "http.request", "body": b"i"})
    await client.ask()
    assert client.answer[1]["body"] == b"you said: hi"


async def test_a_stream_is_sent_as_it_comes() -> None:
    client = Client()
    await client.ask("/pieces")
    assert [message.get("body") for message in client.answer] == [None, b"one", b"two", b""]


async def test_a_handler_ends_when_its_client_goes() -> None:
    client = Client()
    asked = client.ask("/wait")
    client.go()
    await asyncio.wait_for(asked, 10)
    assert client.ended.is_set()
    assert client.answer == []


async def test_a_client_that_is_gone_at_the_start_is_not_answered() -> None:
    client = Client({"type": "http.disconnect"})
    await asyncio.wait_for(client.ask("/wait"), 10)
    assert client.answer == []


async def test_a_handler_ends_when_the_request_is_cancelled() -> None:
    client = Client()
    asked = client.ask("/wait")
    await asyncio.wait_for(client.waiting.wait(), 10)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert client.ended.is_set()


async def test_what_goes_wrong_is_answered_by_the_application() -> None:
    client = Client()
    await client.ask("/nowhere")
    assert client.answer[0]["status"] == 404
