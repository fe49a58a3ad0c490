"""A connection's bytes and h11's events, each wait within its bound. Knows no application."""

from __future__ import annotations

import asyncio
from typing import cast

import h11

from hubbub.composite.stateless.limits import (
    HEAD_BYTES,
    HEAD_SECONDS,
    KEEP_ALIVE_SECONDS,
    LINGER_SECONDS,
    READ_BYTES,
    TAKE_SECONDS,
)

BodyEvent = h11.Data | h11.EndOfMessage


class Gone(Exception):
    """The client has left, or takes nothing."""


class SlowHead(Exception):
    """A request's head has not come in time."""


class Wire:
    """One connection; requests follow each other, also where a client does not wait for the answer in between."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES)
        # Whether the client sends its body only when told to (RFC 9110, 10.1.1); h11 forgets that with the answer.
        self.waits_for_continue = False

    @property
    def answered(self) -> bool:
        """Whether an answer to this request has been begun."""
        return self._h11.our_state not in (h11.IDLE, h11.SEND_RESPONSE)

    @property
    def ended(self) -> bool:
        """Whether the client has said that nothing more comes."""
        return self._h11.trailing_data[1]

    @property
    def has_read_all(self) -> bool:
        """Whether the request was read to its end."""
        return self._h11.their_state not in (h11.SEND_BODY, h11.IDLE)

    async def head(self) -> h11.Request | None:
        """The next request; None when there is no more, or none for `KEEP_ALIVE_SECONDS`.

        Raises:
            SlowHead: it has begun, and does not end.
            h11.RemoteProtocolError: it is none.
        """
        if not self._h11.trailing_data[0]:
            try:
                async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                    await self._read()
            except TimeoutError:
                return None
        try:
            async with asyncio.timeout(HEAD_SECONDS):
                event = await self._event()
        except TimeoutError:
            raise SlowHead from None
        self.waits_for_continue = self._h11.they_are_waiting_for_100_continue
        return event if isinstance(event, h11.Request) else None

    async def body(self, seconds: float) -> BodyEvent:
        """The next piece of the request's body.

        Raises:
            TimeoutError: it does not come.
            h11.RemoteProtocolError: it is not what the head has announced, or breaks off.
        """
        async with asyncio.timeout(seconds):
            event = cast(BodyEvent, await self._event())
        self.waits_for_continue = False
        return event

    async def left(self) -> None:
        """Return when the client leaves; what it sends before is kept for the next request, and ends the watch.

        Raises:
            asyncio.CancelledError: nothing is lost by it.
        """
        await self._read()
        if not self.ended:
            await asyncio.Event().wait()

    async def write(self, event: h11.Event) -> None:
        """Send an event.

        Raises:
            Gone: nobody takes it.
            h11.LocalProtocolError: it does not come here.
        """
        data = self._h11.send(event)
        if isinstance(event, h11.InformationalResponse):
            self.waits_for_continue = False
        if not data:
            return
        self._writer.write(data)
        try:
            async with asyncio.timeout(TAKE_SECONDS):
                await self._writer.drain()
        except (OSError, TimeoutError) as error:
            self._writer.transport.abort()
            raise Gone from error

    def next_request(self) -> bool:
        """Get ready for another request; whether there can be one."""
        if self._h11.our_state is not h11.DONE or self._h11.their_state is not h11.DONE:
            return False
        self._h11.start_next_cycle()
        return True

    def abort(self) -> None:
        """Cut off, so that what was sent cannot be taken for all."""
        self._writer.transport.abort()

    async def close(self) -> None:
        """Close once what was sent is taken, or after `LINGER_SECONDS`.

        What still comes is read and dropped for so long: to close on it would reset the connection, and the client
        might lose the answer that says why (RFC 9112, 9.6).
        """
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                if not self._writer.transport.is_closing():
                    self._writer.write_eof()
                    while not self.ended and await self._reader.read(READ_BYTES):
                        continue
                self._writer.close()
                await self._writer.wait_closed()
        except (OSError, TimeoutError):
            return
        finally:
            self._writer.transport.abort()

    async def _event(self) -> h11.Event | type[h11.PAUSED]:
        while True:
            event = self._h11.next_event()
            if event is not h11.NEED_DATA:
                return cast(h11.Event, event)
            await self._read()

    async def _read(self) -> None:
        try:
            self._h11.receive_data(await self._reader.read(READ_BYTES))
        except OSError:
            self._h11.receive_data(b"")
