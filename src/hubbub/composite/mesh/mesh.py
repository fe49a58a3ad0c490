"""The processes of one server, each connected to each: who is there, and a word to all of them.

Of each two the later one connects to the earlier. What is said may be lost with a connection: whoever listens
compares with the truth whenever somebody joins.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from hubbub.composite.mesh.directory import Directory, Streams, make_id
from hubbub.composite.mesh.frames import BadFrame, Frame, encode_frame, read_frame, write_frame
from hubbub.composite.mesh.limits import BACKLOG, EXCHANGES, HELLO_SECONDS, LINK_BYTES, SCAN_SECONDS
from hubbub.composite.mesh.served import Served

log = logging.getLogger(__name__)

LINK = "link"
VISIT = "visit"  # says something and goes
EXCHANGE = "exchange"
GOODBYE = encode_frame({"kind": "goodbye"})


class Listener(Protocol):
    """Who hears of the others. Nothing here may block."""

    def greeting(self) -> bytes:
        """What somebody who joins is told first: all that they would know had they always been here."""
        ...

    def joined(self, name: str) -> None:
        """Somebody is here."""
        ...

    def heard(self, name: str, body: bytes) -> None:
        """Somebody said something."""
        ...

    def left(self, name: str) -> None:
        """Somebody is gone."""
        ...


class Family(Protocol):
    """Processes that take each other's place; nothing here may block."""

    @property
    def card(self) -> Mapping[str, Any]:
        """What the others are told of this process, as JSON has it."""
        ...

    def welcome(self, name: str, card: Mapping[str, Any]) -> None:
        """Somebody is here; they may be of another family."""
        ...

    def farewell(self, name: str) -> None:
        """Somebody has said goodbye."""
        ...

    def mourn(self, name: str) -> None:
        """Somebody was killed; they need not have been of the family."""
        ...

    def tend(self) -> bool:
        """See whose place is to be taken; whether the card has changed by that."""
        ...

    def close(self) -> None:
        """This process ends."""
        ...


FindFamily = Callable[[str], Family | None]
Carrier = Callable[[Frame, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(eq=False)
class _Peer:
    writer: asyncio.StreamWriter

    def send(self, frame: bytes) -> None:
        """Say something; it is lost on somebody who is gone, whose leaving is heard of in a moment."""
        with suppress(ConnectionResetError):
            write_frame(self.writer, frame)


class Mesh:
    """One a process. `id` is set from the beginning; the others are known from `open` to `close`."""

    def __init__(self, path: Path, find_family: FindFamily = lambda _: None) -> None:
        self.id = make_id()
        self._family = find_family(self.id)
        self._directory = Directory(path)
        self._peers: dict[str, _Peer] = {}
        self._listener: Listener | None = None
        self._carrier: Carrier | None = None
        self._server: asyncio.Server | None = None
        self._closing = False
        self._lost: set[str] = set()  # gone without a word: killed, or only their connection to us
        self._scanning: asyncio.Task[None] | None = None
        self._served = Served("worker")

    @property
    def names(self) -> list[str]:
        """Everybody who is here, this process included, the earliest first."""
        return sorted((self.id, *self._peers))

    @property
    def leads(self) -> bool:
        """Whether this is the process for what is to be done only once; for a moment none or two may be."""
        return self.names[0] == self.id

    async def open(self, listener: Listener, carrier: Carrier | None = None) -> None:
        """Join those who are here; `carrier` serves the exchanges that others hand over.

        Raises:
            MeshError: there is no folder to meet in.
        """
        self._listener, self._carrier = listener, carrier
        self._directory.open()
        listening: socket.socket | None = None
        try:
            listening = self._directory.listen(self.id)
            # asyncio listens anew, by itself for a hundred; further ones would be refused, not let wait (connect(2)).
            self._server = await asyncio.start_unix_server(self._accept, sock=listening, backlog=BACKLOG)
            await self._scan()
        except BaseException:
            if listening is not None:
                listening.close()
            self._directory.close()
            raise
        self._scanning = asyncio.create_task(self._scan_again_and_again(), name="look for other workers")

    async def close(self) -> None:
        """Say goodbye; exchanges of others have `CLOSE_SECONDS` to end."""
        if self._server is None:
            return
        self._closing = True
        if self._scanning is not None:
            self._scanning.cancel()
        if self._family is not None:
            self._family.close()
        self._server.close()
        self._directory.forget(self.id)
        for peer in self._peers.values():
            peer.send(GOODBYE)
            peer.writer.close()
        await self._served.close()
        self._directory.close()
        self._server = None

    def say(self, body: bytes) -> None:
        """Tell everybody; whoever does not listen is let go."""
        frame = encode_frame({}, body)
        for name, peer in list(self._peers.items()):
            if peer.writer.transport.get_write_buffer_size() > LINK_BYTES:
                log.warning("worker %s does not listen; it is let go", name)
                peer.writer.transport.abort()
            else:
                peer.send(frame)

    @property
    def alone(self) -> bool:
        """Whether nobody else is here."""
        return not self._peers

    def is_here(self, name: str) -> bool:
        """Whether another process is connected to us."""
        return name in self._peers

    def is_other(self, name: str) -> bool:
        """Whether it is the name of another process that is here, or was killed; it may not have joined us yet."""
        return name != self.id and (name in self._peers or self._directory.has(name))

    async def connect(self, name: str, head: dict[str, object]) -> Streams:
        """A connection of its own to somebody, for one exchange.

        Raises:
            OSError: they are gone.
        """
        reader, writer = await self._directory.connect(name)
        write_frame(writer, encode_frame({"kind": EXCHANGE, **head}))
        return reader, writer

    def _show_card(self, card: Mapping[str, Any]) -> None:
        for peer in self._peers.values():
            peer.send(encode_frame({"card": dict(card)}))

    # --- who is here ---

    async def _scan_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(SCAN_SECONDS)
            try:
                await self._scan()
                if self._family is not None and self._family.tend():
                    self._show_card(self._family.card)
            except Exception:
                log.exception("looking after the other workers failed; it is tried again")

    async def _scan(self) -> None:
        earlier = {name for name in self._directory.names() if name < self.id} - self._peers.keys()
        await asyncio.gather(
            *(self._dial(name) for name in earlier), *(self._look_for(name) for name in self._lost - earlier)
        )

    async def _dial(self, name: str) -> None:
        try:
            reader, writer = await self._directory.connect(name)
            write_frame(writer, encode_frame({"kind": LINK, "name": self.id}))
        except ConnectionRefusedError:
            self._bury(name)
            return
        except OSError as error:
            log.info("worker %s cannot be reached: %s", name, error)
            return
        self._join(name, reader, writer)

    async def _look_for(self, name: str) -> None:
        """See whether somebody who was lost was killed; otherwise they come back by themselves, sooner or later."""
        try:
            _, writer = await self._directory.connect(name)
        except (ConnectionRefusedError, FileNotFoundError):  # the latter when somebody else was quicker
            self._bury(name)
        except OSError as error:
            log.info("worker %s cannot be reached: %s", name, error)
        else:
            writer.close()

    def _bury(self, name: str) -> None:
        """Nobody listens under this name any more."""
        self._directory.forget(name)
        self._lost.discard(name)
        if self._family:
            self._family.mourn(name)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._served.serve(self._meet(reader, writer), writer)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(HELLO_SECONDS):
            hello = await read_frame(reader)
        if hello is not None:
            await self._serve(hello, reader, writer)

    async def _serve(self, hello: Frame, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        match hello.head:
            case {"kind": "link", "name": str(name)} if name not in self._peers and not self._closing:
                await self._listen(name, reader, self._enter(name, writer))
            case {"kind": "visit"} if self._listener is not None:
                self._listener.heard("", hello.body)
            case {"kind": "exchange"} if self._carrier is not None and len(self._served) < EXCHANGES:
                await self._carrier(hello, reader, writer)
            case head:
                log.warning("a connection of another worker is turned away: %s", head.get("kind"))

    def _join(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._listen(name, reader, self._enter(name, writer)), name=f"hear worker {name}")
        self._served.add(task)

    def _enter(self, name: str, writer: asyncio.StreamWriter) -> _Peer:
        peer = self._peers[name] = _Peer(writer)
        self._lost.discard(name)
        log.info("worker %s is here, %d in all", name, len(self._peers) + 1)
        if self._listener is not None:
            card = self._family.card if self._family else {}
            peer.send(encode_frame({"card": dict(card)}, self._listener.greeting()))
            self._listener.joined(name)
        return peer

    async def _listen(self, name: str, reader: asyncio.StreamReader, peer: _Peer) -> None:
        said_goodbye = False
        try:
            while (frame := await read_frame(reader)) is not None and not said_goodbye:
                said_goodbye = frame.head.get("kind") == "goodbye"
                if self._family and frame.head.get("card"):
                    self._family.welcome(name, frame.head["card"])
                if frame.body:
                    self._tell(name, frame.body)
        except BadFrame as error:
            log.warning("worker %s sends %s; it is let go", name, error)
        finally:
            self._leave(name, peer, said_goodbye=said_goodbye)

    def _leave(self, name: str, peer: _Peer, *, said_goodbye: bool) -> None:
        if self._peers.get(name) is peer:
            del self._peers[name]
        peer.writer.close()
        if not self._closing:  # and it is us who leave
            end = "has left" if said_goodbye else "is lost"
            log.info("worker %s %s, %d are here", name, end, len(self._peers) + 1)
        if not said_goodbye:
            self._lost.add(name)
        elif self._family:
            self._family.farewell(name)
        if self._listener is not None:
            self._listener.left(name)

    def _tell(self, name: str, body: bytes) -> None:
        try:
            if self._listener is not None:
                self._listener.heard(name, body)
        except Exception:
            log.exception("what worker %s said was not understood", name)


async def visit(path: Path, body: bytes) -> None:
    """Say something to everybody who meets in a folder, from a process that does not stay; nobody may be there."""
    directory = Directory(path)
    if not directory.exists:
        return
    directory.open()
    try:
        for name in directory.names():
            with suppress(OSError):
                _, writer = await directory.connect(name)
                write_frame(writer, encode_frame({"kind": VISIT}, body))
                await writer.drain()
                writer.close()
                await writer.wait_closed()
    finally:
        directory.close()
