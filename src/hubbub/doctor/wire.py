"""A site as a client on the wire sees it: a connection for each request, and every answer in the pieces it came in.

Over HTTP/1.1, by h11: what a proxy does to an answer is hidden by libraries that put it together. Judges nothing.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import h11

Headers = Iterable[tuple[str, str]]

KIB = 1024
CONNECT_SECONDS = 10.0  # a person waits, and a site that takes longer is down for people
ANSWER_SECONDS = 15.0  # for the head of an answer, unless a check says otherwise
HEAD_BYTES = 64 * KIB  # what a proxy may add to an answer's head; more than any does
BODY_BYTES = 256 * KIB  # of an answer that is read whole; those that are asked for are far smaller
PIECE_BYTES = 64 * KIB
DEFAULT_PORTS = {"http": 80, "https": 443}


class WireError(Exception):
    """There was no answer, or none that is HTTP; the text says what happened."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where to ask. `tls` is None for plain HTTP."""

    scheme: str
    host: str
    port: int
    tls: ssl.SSLContext | None

    @classmethod
    def parse(cls, url: str, authority: Path | None = None) -> Site:
        """The site of a URL; `authority` is a PEM file of an authority to trust in place of the system's.

        Raises:
            ValueError: it is no http or https URL of a site, or the file holds no certificate.
        """
        parts = urlsplit(url)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.path.rstrip("/") or parts.query:
            raise ValueError(f"{url!r} is not the address of a site. Write it as in https://chat.example.org")
        tls = None
        if parts.scheme == "https":
            try:
                tls = ssl.create_default_context(cafile=authority)
            except OSError as error:
                raise ValueError(f"{authority} holds no certificate: {error}") from None
        return cls(parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme], tls)

    @property
    def authority(self) -> str:
        """What `Host` says: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """What pages of the site send as `Origin`."""
        return f"{self.scheme}://{self.authority}"

    @asynccontextmanager
    async def connect(self, protocol: str = "http/1.1") -> AsyncIterator[tuple[asyncio.StreamReader, Connection]]:
        """A connection for which `protocol` was offered besides HTTP/1.1 (RFC 7301).

        Raises:
            WireError: there is none.
        """
        if self.tls is not None:
            self.tls.set_alpn_protocols(list(dict.fromkeys([protocol, "http/1.1"])))
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(self.host, self.port, ssl=self.tls)
        except TimeoutError:
            raise WireError(f"no connection within {CONNECT_SECONDS:g} s") from None
        except OSError as error:  # of TLS as well
            raise WireError(str(error)) from error
        try:
            yield reader, Connection(writer)
        finally:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()


class Connection:
    """The writing side of a connection."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    @property
    def tls(self) -> ssl.SSLObject | None:
        """What was agreed on, and the other side's certificate."""
        found: ssl.SSLObject | None = self._writer.get_extra_info("ssl_object")
        return found

    async def write(self, data: bytes) -> None:
        """Send; a peer that answers without having read all of it has answered all the same."""
        with suppress(ConnectionError):
            self._writer.write(data)
            await self._writer.drain()


class Answer:
    """The head of an answer, and the pieces of its body as they come."""

    def __init__(self, head: h11.Response, reading: _Reading) -> None:
        self.status = head.status_code
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
        self._reading = reading

    async def piece(self) -> bytes:
        """What came next of the body; empty at its end.

        Raises:
            WireError: the connection ended before the body did.
        """
        event = await self._reading.event()
        return bytes(event.data) if isinstance(event, h11.Data) else b""

    async def body(self) -> bytes:
        """All of it.

        Raises:
            WireError: as `piece`, or it is larger than BODY_BYTES.
        """
        found = b""
        while piece := await self.piece():
            found += piece
            if len(found) > BODY_BYTES:
                raise WireError(f"an answer larger than {BODY_BYTES // KIB} KiB")
        return found


class _Reading:
    def __init__(self, reader: asyncio.StreamReader, protocol: h11.Connection) -> None:
        self._reader = reader
        self._protocol = protocol

    async def event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """The next event of the answer; never `NEED_DATA`."""
        try:
            while (event := self._protocol.next_event()) is h11.NEED_DATA:
                self._protocol.receive_data(await self._reader.read(PIECE_BYTES))
        except (OSError, h11.RemoteProtocolError) as error:
            raise WireError(f"the answer broke off: {error}") from error
        return event


@asynccontextmanager
async def ask(
    site: Site,
    path: str,
    *,
    method: str = "GET",
    headers: Headers = (),
    body: bytes = b"",
    seconds: float = ANSWER_SECONDS,
) -> AsyncIterator[Answer]:
    """Ask once; the connection ends with the block. `seconds` is how long the head of the answer may take.

    Raises:
        WireError: no connection, no answer in time, or no HTTP.
    """
    protocol = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_BYTES)
    always = [("Host", site.authority), ("Connection", "close"), ("Content-Length", str(len(body)))]
    request = h11.Request(method=method, target=path, headers=[*always, *headers])
    async with site.connect() as (reader, connection):
        reading = _Reading(reader, protocol)
        sent = protocol.send(request) or b""
        sent += (protocol.send(h11.Data(data=body)) or b"") + (protocol.send(h11.EndOfMessage()) or b"")
        try:
            async with asyncio.timeout(seconds):
                await connection.write(sent)
                while isinstance(event := await reading.event(), h11.InformationalResponse):
                    continue
        except TimeoutError:
            raise WireError(f"no answer within {seconds:g} s") from None
        if not isinstance(event, h11.Response):
            raise WireError("the connection was closed without an answer")
        yield Answer(event, reading)
