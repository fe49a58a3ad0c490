"""Clients as people have them: each hears the log by one transport and comes back by its cursor; some of them write.

They go to the next address when a connection fails or gives no answer, and post again, by the same key, what was not
acknowledged. What they sent and saw goes into the history; how they fared on the way is only counted.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.chaos.history import History, Posting, Sight, Witness
from tests.cluster.listeners import LOST, Json, Listener
from tests.support.native import NativeClient
from tests.support.rest import API, rest_client
from tests.support.server import Server
from tests.support.sockets import Refused, SocketClient

PATIENCE = 5.0  # seconds for an answer, or for a connection to be ready; then the next address is tried
PAUSE = 0.2  # seconds before the next try, on average
# Both are doubled with each connection that did not come about, so often at the most: hundreds who come back at once
# to few hosts would otherwise give up, and begin anew, just before it is their turn.
DOUBLED = 3


class Unanswered(Exception):
    """Whether it was done is not known; the text says why."""


@dataclass(kw_only=True, eq=False)
class Participant(Listener):
    """One client; `addresses` are the servers that it knows, in its order, again and again."""

    room_id: str
    history: History
    witness: Witness
    addresses: Iterator[Server]
    chance: random.Random
    refusals: Counter[str]  # of all clients: {what was said in place of an acknowledgement: how often}
    _failures: int = 0  # connections that did not come about, since the last one that did, up to DOUBLED
    _connecting: asyncio.Timeout = field(default_factory=lambda: asyncio.timeout(None))

    async def run(self) -> None:
        """As a listener does, whom nobody signs out."""
        await super().run()
        raise AssertionError(f"{self.witness.name} was signed out: {self.lost[-1]}")

    async def live(self) -> None:
        """As a listener does, but without patience for a connection that does not come about."""
        async with asyncio.timeout(PATIENCE * 2**self._failures) as self._connecting:
            self._failures = min(self._failures + 1, DOUBLED)
            await super().live()

    async def rest(self) -> None:
        """Turn to the next address, after a moment."""
        self.server = next(self.addresses)
        await self._pause()

    async def write(self, pause: float, stop: asyncio.Event) -> None:
        """Post one message after the other, with so many seconds between two on average, until told to stop.

        Returns when the last one is acknowledged.
        """
        number = 0
        while not stop.is_set():
            await self.post(f"{self.witness.name}: {number}")
            number += 1
            await asyncio.sleep(self.chance.uniform(0.5, 1.5) * pause)

    async def post(self, key: str) -> None:
        """Post a message, as often as it takes."""
        posting = self.history.send(key, time.monotonic())
        while True:
            try:
                message = await self._try(posting)
            except Unanswered as why:
                self.refusals[str(why)] += 1
                posting.attempts += 1
                await self._pause()
            else:
                posting.acknowledged_at, posting.message_id = time.monotonic(), message["id"]
                return

    async def _try(self, posting: Posting) -> Json:
        try:
            async with asyncio.timeout(PATIENCE):
                if self.way in ("stream", "long poll"):
                    return await self._post_by_rest(posting.key)
                return await self._post_by_connection(posting.key)
        except Refused as refused:
            raise Unanswered(str(refused.code or refused.error["detail"])) from refused
        except LOST as error:
            raise Unanswered(type(error).__name__) from error

    async def _post_by_rest(self, key: str) -> Json:
        async with rest_client(next(self.addresses), http2=False, token=self.token) as client:
            message = {"body": key, "client_id": key}
            answer = await client.post(f"{API}/rooms/{self.room_id}/messages", json=message)
        if answer.status_code == httpx.codes.CREATED:
            return dict(answer.json())
        raise Refused.by_answer(answer.status_code, answer.content)

    async def _post_by_connection(self, key: str) -> Json:
        await self.there.wait()
        if not isinstance(self.client, SocketClient | NativeClient):
            raise Unanswered("the connection ended")
        message = {"room_id": self.room_id, "body": key, "client_id": key}
        return dict(await self.client.call("post_message", message))

    async def _pause(self) -> None:
        await asyncio.sleep(self.chance.uniform(0.5, 1.5) * PAUSE * 2**self._failures)

    def _begin(self) -> None:
        super()._begin()
        self._failures = 0
        if not self._connecting.expired():  # in the very moment: then this connection ends at the next await
            self._connecting.reschedule(None)

    async def _add(self, changes: list[Json]) -> None:
        now = time.monotonic()
        for change in changes:
            if change["type"] == "message_posted" and change["room_id"] == self.room_id:
                message = change["data"]
                self.witness.sights.append(Sight(message["body"], message["id"], now))
        if changes:
            self.cursor = changes[-1]["cursor"]


class Fleet:
    """All clients of a run; those that write, write by their own ways."""

    def __init__(self, participants: list[Participant], writers: int) -> None:
        self.participants = participants
        self._writers = participants[:writers]
        self._stop = asyncio.Event()
        self._hearing: list[asyncio.Task[None]] = []
        self._writing: list[asyncio.Task[None]] = []

    def hear(self) -> None:
        """Let all of them connect."""
        self._hearing = [asyncio.create_task(each.run()) for each in self.participants]

    def write(self, pause: float) -> None:
        """Let the writers begin."""
        self._writing = [asyncio.create_task(each.write(pause, self._stop)) for each in self._writers]

    async def during(self, work: Coroutine[Any, Any, None]) -> None:
        """Have something done while they are there; what ends any of them ends it, and is raised."""
        doing = asyncio.ensure_future(work)
        try:
            while not doing.done():
                going = {task for task in [*self._hearing, *self._writing] if not task.done()}
                await asyncio.wait({doing, *going}, return_when=asyncio.FIRST_COMPLETED)
                for task in [*self._hearing, *self._writing]:
                    if task.done():
                        task.result()
            doing.result()
        finally:
            doing.cancel()
            await asyncio.gather(doing, return_exceptions=True)

    async def finish_writing(self) -> None:
        """Let each writer have its last message acknowledged, and write no more."""
        self._stop.set()
        await asyncio.wait(self._writing)

    async def everybody_is_there(self) -> None:
        """Wait for those who are on their way."""
        await asyncio.gather(*(each.there.wait() for each in self.participants))

    async def leave(self) -> None:
        """End all of them, however far they are."""
        tasks = [*self._writing, *self._hearing]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
