"""Engine.IO and Socket.IO as a client speaks them, whatever carries the packets: posts, and keeps what it hears.

https://socket.io/docs/v4/engine-io-protocol/ and https://socket.io/docs/v4/socket-io-protocol/
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import orjson

from benchmarks.load.chat import Room
from benchmarks.load.heard import Audience

_MESSAGE = b'42["message_posted"'
_READY = b'42["ready"'
_ACK, _PING, _PONG, _OPEN, _REFUSED = b"43", b"2", b"3", b"0", b"44"

_CLIENTS = itertools.count()

OnAck = Callable[[bytes], None]
OnMessage = Callable[[bytes], None]


class Packets:
    """One connection; whoever carries its packets sets `write`, and calls `take` and `lost`."""

    def __init__(self, audience: Audience | None, auth: dict[str, str]) -> None:
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.on_message: OnMessage | None = None
        self.write: Callable[[bytes], None]
        self._auth = auth
        self._audience = audience
        self._heard = audience.join() if audience else []
        self._known = audience.known if audience else {}
        self._acks: dict[bytes, OnAck] = {}
        self._numbers = itertools.count()
        self._name = next(_CLIENTS)

    def take(self, packet: bytes) -> None:
        """What the server sent; most of it is messages, so these come first."""
        if packet.startswith(_MESSAGE):
            self._heard.append(self._known.setdefault(packet, packet))
            if self._audience is not None:
                self._audience.took(len(self._heard))
            if self.on_message is not None:
                self.on_message(packet)
        elif packet.startswith(_ACK):
            number = packet[2 : packet.index(b"[")]
            self._acks.pop(number)(packet)
        elif packet == _PING:
            self.write(_PONG)
        elif packet.startswith(_OPEN):
            self.write(b"40" + orjson.dumps(self._auth))
        elif packet.startswith(_READY):
            self.ready.set_result(None)
        elif packet.startswith(_REFUSED):
            self.ready.set_exception(ConnectionRefusedError(packet.decode()))

    def post(self, room: Room, body: str, on_ack: OnAck) -> None:
        """Post a message; `on_ack` is given the packet that answers."""
        number = next(self._numbers)
        self._acks[b"%d" % number] = on_ack
        # As a browser's client does: the id is the client's, so that a repeat is known.
        command = {"room_id": room.id, "body": body, "client_id": f"{self._name}-{number}"}
        self.write(b"42%d" % number + orjson.dumps(["post_message", command]))

    def lost(self, reason: str) -> None:
        if not self.ready.done():
            self.ready.set_exception(ConnectionResetError(reason))
        elif self._audience is not None:
            self._audience.drop(reason)


def acknowledged(packet: bytes) -> dict[str, Any]:
    """The message in an acknowledgement.

    Raises:
        AssertionError: it tells of an error.
    """
    (answer,) = orjson.loads(packet[packet.index(b"[") :])
    assert answer["ok"], f"not acknowledged: {answer}"
    message: dict[str, Any] = answer["data"]
    return message
