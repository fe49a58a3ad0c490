"""The asynchronous fixtures of the ASGI level; each imports what it gives when a test asks for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest_asyncio

if TYPE_CHECKING:
    from hubbub.composite.types import AnyASGIApp
    from hubbub.testing.client import AsgiClient
    from hubbub.testing.clock import ManualClock

OpenClient = Callable[..., Awaitable["AsgiClient"]]


@pytest_asyncio.fixture
async def asgi_client(manual_clock: ManualClock) -> AsyncIterator[OpenClient]:
    """Makes clients of an application, which runs until the test is over.

    As in `client = await asgi_client(app)`, with the options of `AsgiClient`. The first client of an application
    starts its lifespan; further ones are other people at it. Delays of faults go by `manual_clock`.
    """
    from hubbub.testing.client import AsgiClient
    from hubbub.testing.lifespan import running

    started: list[tuple[AnyASGIApp, dict[str, Any]]] = []  # (application, state of its lifespan)
    async with AsyncExitStack() as stack:

        async def open_client(app: AnyASGIApp, **options: Any) -> AsgiClient:
            state = next((state for known, state in started if known is app), None)
            if state is None:
                state = await stack.enter_async_context(running(app))
                started.append((app, state))
            client = AsgiClient(app, **{"state": state, "later": manual_clock.later, **options})
            return await stack.enter_async_context(client)

        yield open_client
