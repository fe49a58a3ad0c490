"""A client of Server-Sent Events that keeps what it hears, in order (WHATWG HTML, 9.2.6)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx

from hubbub.testing.event_stream import EventParser, ServerEvent
from tests.support.deadline import DEADLINE
from tests.support.rest import API
from tests.support.sockets import Refused

BESIDE_THE_LOG = frozenset({"ready", "resync", "server_restarting", "auth_expiring"})


class EventListener:
    """What has come on one stream so far."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.events: list[ServerEvent] = []
        self.parser = EventParser()
        self.ended = asyncio.Event()
        self._arrived = asyncio.Condition()

    @property
    def changes(self) -> list[ServerEvent]:
        return [event for event in self.events if event.name not in BESIDE_THE_LOG]

    @property
    def cursor(self) -> str | None:
        """The last event id."""
        return next((event.id for event in reversed(self.events) if event.id), None)

    def named(self, name: str) -> list[Any]:
        return [event.data for event in self.events if event.name == name]

    async def wait_until(self, holds: Callable[[], bool], what: str, deadline: float = DEADLINE) -> None:
        """Wait until something holds that changes only with what comes.

        Raises:
            TimeoutError: when it does not, naming what came.
        """
        try:
            async with asyncio.timeout(deadline), self._arrived:
                await self._arrived.wait_for(holds)
        except TimeoutError:
            heard = [event.name for event in self.events]
            raise TimeoutError(f"not within {deadline:g} s: {what}; heard {heard}") from None

    async def ready(self) -> EventListener:
        await self.wait_until(lambda: bool(self.named("ready")), "ready to come")
        return self

    async def end(self, deadline: float = DEADLINE) -> None:
        async with asyncio.timeout(deadline):
            await self.ended.wait()

    async def read(self) -> None:
        """Hear until the stream ends."""
        try:
            async for chunk in self.response.aiter_bytes():
                self.events += self.parser.feed(chunk)
                async with self._arrived:
                    self._arrived.notify_all()
        except httpx.HTTPError:
            pass  # cut off, which is an end as well
        finally:
            self.ended.set()
            async with self._arrived:
                self._arrived.notify_all()


@asynccontextmanager
async def listen(
    client: httpx.AsyncClient, *, since: str | None = None, last_event_id: str | None = None
) -> AsyncIterator[EventListener]:
    """A stream for the length of a block, heard from its beginning.

    Raises:
        Refused: with what the server said.
    """
    headers = {} if last_event_id is None else {"last-event-id": last_event_id}
    params = {} if since is None else {"since": since}
    request = client.build_request("GET", f"{API}/events", headers=headers, params=params, timeout=None)
    response = await client.send(request, stream=True)
    try:
        if response.status_code != httpx.codes.OK:
            raise Refused.by_answer(response.status_code, await response.aread())
        listener = EventListener(response)
        reading = asyncio.create_task(listener.read())
        try:
            yield listener
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
    finally:
        await response.aclose()
