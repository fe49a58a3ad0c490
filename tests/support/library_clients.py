"""The clients that python-socketio and python-engineio ship, for the length of a block."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import engineio
import socketio

from tests.support.deadline import DEADLINE
from tests.support.http_answers import HttpAnswers
from tests.support.leaving import end_tasks, leave
from tests.support.sockets import Refused


class _Told(socketio.AsyncClient):  # type: ignore[misc]  # socketio ships no types
    """Keeps why it was refused."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.refusal: object = None
        self.on("connect_error", self._keep)

    async def _keep(self, refusal: object = None) -> None:
        self.refusal = refusal


class _Simple(socketio.AsyncSimpleClient):  # type: ignore[misc]  # socketio ships no types
    client_class = _Told


@asynccontextmanager
async def library_http(headers: Mapping[str, str] | None = None) -> AsyncIterator[aiohttp.ClientSession]:
    """What either client is given as its `http_session`.

    The headers are sent with every request; those that `connect` is given go with the first one only.
    """
    answers = HttpAnswers()
    async with aiohttp.ClientSession(headers=headers, trace_configs=[answers.trace]) as http:
        try:
            yield http
        finally:
            answers.close()


@asynccontextmanager
async def socketio_client(
    url: str, *, headers: Mapping[str, str] | None = None, **options: Any
) -> AsyncIterator[socketio.AsyncSimpleClient]:
    """Connected by Socket.IO; `options` are those of its `connect`.

    Raises:
        Refused: with what the server said, or with code None and the words of the transport.
    """
    async with library_http(headers) as http:
        client = _Simple(http_session=http, reconnection=False)
        try:
            await client.connect(url, wait_timeout=DEADLINE, **options)
        except socketio.exceptions.ConnectionError as error:
            match client.client.refusal:
                case {"data": dict(said)}:
                    raise Refused(said) from error
                case said:
                    raise Refused({"code": None, "detail": str(said or error)}) from error
        try:
            yield client
        finally:
            await leave(client.client)
            await end_tasks(client.client.eio)


class EngineTalk:
    """A client of raw Engine.IO."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self.client = engineio.AsyncClient(http_session=http)
        self._heard: asyncio.Queue[Any] = asyncio.Queue()
        self.client.on("message", self._heard.put)

    async def say(self, text: str) -> None:
        await self.client.send(text)

    async def hear(self) -> Any:
        """The next message; raises TimeoutError when none comes."""
        return await asyncio.wait_for(self._heard.get(), DEADLINE)


@asynccontextmanager
async def engineio_client(url: str, **options: Any) -> AsyncIterator[EngineTalk]:
    """Connected by Engine.IO; `options` are those of its `connect`.

    Raises:
        engineio.exceptions.ConnectionError: it was refused.
    """
    async with library_http() as http:
        talk = EngineTalk(http)
        try:
            await talk.client.connect(url, **options)
            yield talk
        finally:
            await leave(talk.client)
            await end_tasks(talk.client)
