"""Which applications are called twice."""

from __future__ import annotations

from typing import Any

import pytest

from hubbub.composite.stateless.single_callable import single_callable


async def once(scope: Any, receive: Any, send: Any) -> None:
    await send(scope)


class Object:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send(scope)


class Twice:
    def __init__(self, scope: Any) -> None:
        self.scope = scope

    async def __call__(self, receive: Any, send: Any) -> None:
        await send(self.scope)


def twice(scope: Any) -> Any:
    return Twice(scope)


def marked_once(scope: Any, receive: Any, send: Any) -> Any:
    return once(scope, receive, send)


marked_once._asgi_single = True  # type: ignore[attr-defined]


async def marked_twice(receive: Any, send: Any) -> None:
    await send("scope")


class MarkedTwice:
    _asgi_double = True

    def __call__(self, scope: Any) -> Any:
        return marked_twice


@pytest.mark.parametrize("application", [once, Object(), Twice, twice, marked_once, MarkedTwice()])
async def test_every_kind_is_called_as_asgi_3_has_it(application: Any) -> None:
    sent = []

    async def send(message: Any) -> None:
        sent.append(message)

    await single_callable(application)("scope", None, send)
    assert sent == ["scope"]
