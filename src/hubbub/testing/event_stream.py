"""Server-Sent Events as a browser reads them (WHATWG HTML, 9.2.6), from any `httpx` response."""

from __future__ import annotations

import asyncio
import codecs
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from hubbub.testing.deadlines import DEADLINE, within
from hubbub.testing.heard import Heard

MEDIA_TYPE = "text/event-stream"
_LINE_END = re.compile(r"\r\n|\n|\r(?!\Z)")  # a CR at the end may be half of a CRLF


@dataclass(frozen=True)
class ServerEvent:
    """One event; `id` is what the browser would send as `Last-Event-ID` now."""

    name: str
    text: str
    id: str

    @property
    def data(self) -> Any:
        """The text as JSON."""
        return json.loads(self.text)


class EventParser:
    """Takes bytes as they come and gives the events that are complete."""

    def __init__(self) -> None:
        self.last_id = ""
        self.retry_ms: int | None = None
        self.comments = 0
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._text = ""
        self._name = ""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """The events that end in this chunk."""
        *lines, self._text = _LINE_END.split(self._text + self._decoder.decode(chunk))
        return [event for line in lines if (event := self._line(line)) is not None]

    def _line(self, line: str) -> ServerEvent | None:
        if not line:
            return self._dispatch()
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "":
                self.comments += 1
            case "event":
                self._name = value
            case "data":
                self._data.append(value)
            case "id" if "\0" not in value:
                self.last_id = value
            case "retry" if value.isascii() and value.isdigit():
                self.retry_ms = int(value)
        return None

    def _dispatch(self) -> ServerEvent | None:
        name, self._name = self._name, ""
        data, self._data = self._data, []
        return ServerEvent(name or "message", "\n".join(data), self.last_id) if data else None


class NoEventStream(Exception):
    """The answer is none; `response` has been read."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(f"answered {response.status_code} {response.headers.get('content-type')}: {response.text}")
        self.response = response


class EventStream:
    """A stream that is read when the test asks for something; `heard` is everything so far."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.parser = EventParser()
        self._heard: Heard[ServerEvent] = Heard()
        self._chunks = response.aiter_bytes()
        self._reading: asyncio.Future[bytes | None] | None = None  # goes on when a test gives up waiting

    @property
    def heard(self) -> list[ServerEvent]:
        """Everything so far."""
        return self._heard.all

    @property
    def last_id(self) -> str:
        """What to come back with, as `Last-Event-ID`."""
        return self.parser.last_id

    async def __aiter__(self) -> AsyncIterator[ServerEvent]:
        while (event := await self._take(lambda _: True)) is not None:
            yield event

    async def event(
        self, name: str, where: Callable[[ServerEvent], bool] = lambda _: True, *, timeout: float = DEADLINE
    ) -> ServerEvent:
        """The oldest event of that name that was not asked for yet, whether it is here or still comes.

        Raises:
            TimeoutError: none came within so many seconds; the text says what did.
            EOFError: the stream ended without it.
        """
        taking = self._take(lambda event: event.name == name and where(event))
        event = await within(timeout, taking, lambda: f"event {name!r}; heard {self._names()}")
        if event is None:
            raise EOFError(f"the stream ended without an event {name!r}; heard {self._names()}")
        return event

    async def aclose(self) -> None:
        """Read no more."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading})

    async def _take(self, fits: Callable[[ServerEvent], bool]) -> ServerEvent | None:
        while (event := self._heard.take(fits)) is None:
            if self._reading is None:
                self._reading = asyncio.ensure_future(self._read())
            chunk = await asyncio.shield(self._reading)
            if chunk is None:
                return None
            self._reading = None
            for event in self.parser.feed(chunk):
                self._heard.add(event)
        return event

    async def _read(self) -> bytes | None:
        return await anext(self._chunks, None)

    def _names(self) -> list[str]:
        return [event.name for event in self.heard]
