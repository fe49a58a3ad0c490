from __future__ import annotations

import pytest

from hubbub.composite.alternative_services import with_alternative_services
from hubbub.composite.types import Message
from tests.support.asgi_calls import http_scope

VALUE = b'h3=":443"; ma=3600'


async def sent(scheme: str, message: Message) -> Message:
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    await with_alternative_services(http_scope(scheme=scheme), send, VALUE)(message)
    return messages[0]


@pytest.mark.parametrize("kind", ["http.response.start", "websocket.http.response.start"])
async def test_answers_over_tls_name_it(kind: str) -> None:
    message = {"type": kind, "status": 200, "headers": [(b"a", b"b")]}
    scheme = "wss" if kind.startswith("websocket") else "https"
    assert (await sent(scheme, message))["headers"] == [(b"a", b"b"), (b"alt-svc", VALUE)]


async def test_answers_without_tls_do_not() -> None:
    message = {"type": "http.response.start", "status": 200, "headers": []}
    assert await sent("http", message) == message


async def test_what_the_application_says_itself_stays() -> None:
    message = {"type": "http.response.start", "status": 200, "headers": [(b"alt-svc", b"clear")]}
    assert await sent("https", message) == message


async def test_bodies_pass() -> None:
    message = {"type": "http.response.body", "body": b"x"}
    assert await sent("https", message) == message
