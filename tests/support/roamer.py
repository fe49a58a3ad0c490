"""A client that leaves by any way and comes back by any other, by its cursor, and repeats what got no answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.outages import Outages
from tests.support.people import Person
from tests.support.rest import API
from tests.support.server import Server
from tests.support.sockets import Refused
from tests.support.ways import Gone, Hearing, NativeHearing, SocketHearing, Way, connect

Json = dict[str, Any]
# What somebody may meet who asks for what is not theirs, or not there any more.
REFUSALS = frozenset({"forbidden", "not_found", "gone"})
# Seconds until the next try: whoever is refused must not keep the server from starting.
RETRY = 0.02


@dataclass(frozen=True)
class Request:
    """One command as both kinds of transport have it; without a `command` it is for REST only."""

    method: str
    path: str
    json: Json | None = None
    command: str = ""
    data: Json | None = None


@dataclass(frozen=True)
class Answer:
    """`sure` is a refusal that no try before it, whose answer was lost, can have made untrue."""

    done: bool
    sure: bool
    data: Any = None


class PatientTransport(httpx.AsyncHTTPTransport):
    """Asks again while the server is away or goes; all that is asked may be asked again."""

    def __init__(self, outages: Outages) -> None:
        super().__init__(verify=False)
        self._outages = outages

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        tries = 0
        while True:
            tries += 1
            await self._outages.up.wait()
            begin = time.monotonic()
            try:
                response = await super().handle_async_request(request)
                await response.aread()
            except httpx.TransportError as error:
                why = repr(error)
            else:
                if response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    response.extensions["tries"] = tries
                    return response
                why = response.text
            assert self._outages.excuse(begin), f"{request.method} {request.url.path}, without an outage: {why}"
            await asyncio.sleep(RETRY)


class Roamer:
    """One person's only client. Commands and comings may be under way at once; each kind has its order."""

    def __init__(self, server: Server, person: Person, outages: Outages, cursor: str) -> None:
        self.person = person
        self.connections = 0
        self.losses = 0
        self.repeats = 0
        self._server = server
        self._outages = outages
        self._cursor = cursor
        self._heard: list[Json] = []
        self._surprises: list[Json] = []
        self._way: Way | None = None
        self._hearing: Hearing | None = None
        self._stumbled: Hearing | None = None
        self._watching: asyncio.Task[None] | None = None
        self._fault: Exception | None = None
        self._coming = asyncio.Lock()
        self._asking = asyncio.Lock()

    @property
    def heard(self) -> Sequence[Json]:
        """All changes, over all connections, as often as they came."""
        return [*self._heard, *(self._hearing.changes if self._hearing else ())]

    @property
    def surprises(self) -> Sequence[Json]:
        """What a client who misses nothing never hears."""
        return [*self._surprises, *(self._hearing.surprises if self._hearing else ())]

    @property
    def is_there(self) -> bool:
        """Whether it is connected, or will be in a moment."""
        return self._way is not None

    def __str__(self) -> str:
        here = f"{'there' if self._hearing else 'on the way'} by {self._way}" if self._way else "away"
        return f"{here} after {self.connections} connections, {self.losses} of them lost"

    def stumble(self) -> None:
        """Lose the network for a moment, where that can be had."""
        if isinstance(self._hearing, SocketHearing):
            self._stumbled = self._hearing
            self._hearing.cut()

    async def come(self, way: Way) -> None:
        """Leave, and come back by this way."""
        async with self._coming:
            await self._leave(abruptly=False)
            self._way = way
            await self._connect(way)

    async def go(self, *, abruptly: bool) -> None:
        """Be away from now on."""
        async with self._coming:
            self._way = None
            await self._leave(abruptly=abruptly)

    def check(self) -> None:
        """Raise what went wrong while nobody looked."""
        if self._fault is not None:
            raise self._fault

    async def hear(self, cursor: str) -> None:
        """Wait until the change with this cursor has come, however often the connection is lost meanwhile.

        Raises:
            TimeoutError: it does not come.
        """
        while True:
            async with self._coming:
                hearing = self._hearing
            if hearing is None:
                return
            try:
                await hearing.until(lambda: any(each["cursor"] == cursor for each in self.heard), f"change {cursor}")
                return
            except Gone as gone:
                await self._come_back(hearing, gone)

    async def ask(self, request: Request, *, own: bool) -> Answer:
        """Have something done once, by the connection if it is one's `own` that is to be used and takes commands."""
        async with self._asking:
            tries = 0
            while True:
                tries += 1
                hearing = self._hearing
                if not own or not request.command or not isinstance(hearing, SocketHearing | NativeHearing):
                    return await self._ask_rest(request, tries)
                try:
                    data = await hearing.call(request.command, request.data or {})
                    return Answer(done=True, sure=True, data=data)
                except Refused as refused:
                    if refused.code not in REFUSALS:
                        raise
                    return Answer(done=False, sure=tries == 1)
                except Gone as gone:
                    self.repeats += 1
                    await self._come_back(hearing, gone)

    async def _ask_rest(self, request: Request, tries: int) -> Answer:
        response = await self.person.client.request(request.method, f"{API}{request.path}", json=request.json)
        tries += response.extensions["tries"] - 1
        self.repeats += tries - 1
        if response.is_success:
            return Answer(done=True, sure=True, data=response.json() if response.content else None)
        assert response.json()["code"] in REFUSALS, f"{request}: {response.text}"
        return Answer(done=False, sure=tries == 1)

    async def _watch(self, hearing: Hearing) -> None:
        try:
            await hearing.ended.wait()
            await self._come_back(hearing, Gone("the connection ended"))
        except Exception as error:
            self._fault = error

    async def _come_back(self, lost: Hearing, gone: Gone) -> None:
        async with self._coming:
            if self._hearing is not lost or self._way is None:
                return  # it left by itself, or is back already
            if lost is not self._stumbled and not self._outages.excuse(time.monotonic()):
                raise AssertionError(f"{self._way} was lost without an outage") from gone
            self.losses += 1
            await self._leave(abruptly=False)
            await self._connect(self._way)

    async def _connect(self, way: Way) -> None:
        while self._hearing is None:
            await self._outages.up.wait()
            begin = time.monotonic()
            try:
                self._hearing = await connect(self._server, self.person.token, way, self._cursor)
            except Gone as gone:
                if not self._outages.excuse(begin):
                    raise AssertionError(f"{way} could not connect, without an outage") from gone
                await asyncio.sleep(RETRY)
        self.connections += 1
        self._watching = asyncio.create_task(self._watch(self._hearing))

    async def _leave(self, *, abruptly: bool) -> None:
        hearing = self._hearing
        if hearing is None:
            return
        if self._watching is not None and self._watching is not asyncio.current_task():
            self._watching.cancel()
        await hearing.close(abruptly=abruptly)
        # Nothing more is heard of it from here on.
        self._hearing = None
        self._heard += hearing.changes
        self._surprises += hearing.surprises
        self._cursor = hearing.cursor
