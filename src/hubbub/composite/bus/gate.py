"""Where other hosts hand over requests of sessions that live here: TCP, for whoever knows the token of this process.

What is handed over is not encrypted: hosts talk to each other as proxies do to them, in a network of their own.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import orjson

from hubbub.composite.bus.limits import CALL_SECONDS
from hubbub.composite.mesh.directory import Streams
from hubbub.composite.mesh.frames import encode_frame, read_frame, write_frame
from hubbub.composite.mesh.limits import BACKLOG, EXCHANGES, HELLO_SECONDS
from hubbub.composite.mesh.mesh import Carrier
from hubbub.composite.mesh.served import Served

log = logging.getLogger(__name__)

TOKEN_BYTES = 32
_TOKEN_CHARS = 2 * TOKEN_BYTES


class GateError(Exception):
    """Nobody can be let in; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Card:
    """How a process is reached; whoever has it is let in."""

    host: str
    port: int
    token: str

    def encode(self) -> str:
        """As text."""
        return orjson.dumps([self.host, self.port, self.token]).decode()

    @classmethod
    def decode(cls, text: str) -> Card | None:
        """`encode` undone; None for what is no card."""
        with suppress(ValueError):
            match orjson.loads(text):
                case [str(host), int(port), str(token)] if len(token) == _TOKEN_CHARS and token.isascii():
                    return cls(host, port, token)
        return None


class Gate:
    """Open from `open` to `close`; `carrier` serves what is handed over."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._token = secrets.token_hex(TOKEN_BYTES)
        self._server: asyncio.Server | None = None
        self._served = Served("host")

    async def open(self, host: str) -> Card:
        """Listen at an address of this machine, on any free port.

        Raises:
            GateError: it cannot be listened at.
        """
        try:
            self._server = await asyncio.start_server(self._accept, host, 0, backlog=BACKLOG)
        except OSError as error:
            raise GateError(f"Other hosts cannot be heard at {host}: {error}. Give an address of this one.") from None
        return Card(host, self._server.sockets[0].getsockname()[1], self._token)

    async def close(self) -> None:
        """What is being served has `CLOSE_SECONDS` to end."""
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._served.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._served.serve(self._serve(reader, writer), writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(HELLO_SECONDS):
            token = await reader.readexactly(_TOKEN_CHARS)  # before anything that is larger is read
            if not hmac.compare_digest(token, self._token.encode()) or len(self._served) > EXCHANGES:
                log.warning("a connection that is not of another host, or of one too many, is turned away")
                return
            hello = await read_frame(reader)
        if hello is not None:
            await self._carrier(hello, reader, writer)


async def call(card: Card, head: Mapping[str, object]) -> Streams:
    """A connection of its own to a process, for one exchange.

    Raises:
        OSError: it is gone, or cannot be reached in `CALL_SECONDS`.
    """
    async with asyncio.timeout(CALL_SECONDS):
        reader, writer = await asyncio.open_connection(card.host, card.port)
    writer.write(card.token.encode())
    write_frame(writer, encode_frame(head))
    return reader, writer
