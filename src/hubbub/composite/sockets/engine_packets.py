"""Engine.IO packets as text and bytes, protocol version 4; pure. https://github.com/socketio/engine.io-protocol"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from typing import NamedTuple

PROTOCOL = "4"

OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP = "0123456"
PROBE = "probe"  # what the PING and PONG of an upgrade carry

SEPARATOR = "\x1e"
BINARY_PREFIX = "b"

Encoded = str | bytes  # one packet as it goes into a frame: text with its type first, or a binary message


class RefusedPacket(ValueError):
    """What came is not taken; its session is closed.

    RefusedPacket
     ├─ MalformedPacket
     │   └─ PacketTooLarge
     └─ TooManyPackets
    """

    close_code = 1000  # for a WebSocket (RFC 6455, 7.4.1)


class MalformedPacket(RefusedPacket):
    """It breaks the protocol."""


class PacketTooLarge(MalformedPacket):
    """It is larger than the client was told."""

    close_code = 1009


class TooManyPackets(RefusedPacket):
    """It came faster than the application handles what it is sent, and asks for no answer that could say so."""

    close_code = 1008


class EnginePacket(NamedTuple):
    """One packet: its type, a digit, and its payload, bytes only for a binary message."""

    kind: str
    data: Encoded


def decode_frame(frame: Encoded) -> EnginePacket:
    """The packet in one WebSocket frame.

    Binary data may come as base64 here, too: the official client's option `forceBase64`.

    Raises:
        MalformedPacket: the frame is empty or has no known type.
    """
    if isinstance(frame, bytes):
        return EnginePacket(MESSAGE, frame)
    if frame.startswith(BINARY_PREFIX):
        return EnginePacket(MESSAGE, _binary(frame[1:]))
    if not frame or not OPEN <= frame[0] <= NOOP:
        raise MalformedPacket("not an Engine.IO packet")
    return EnginePacket(frame[0], frame[1:])


def decode_payload(body: bytes) -> Iterator[EnginePacket]:
    """The packets in the body of a POST, as many as there are.

    Raises:
        MalformedPacket: at the first packet that is not one; those before it were yielded.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedPacket("a payload is UTF-8") from error
    for part in text.split(SEPARATOR):
        yield decode_frame(part)


def encode_payload(packets: Iterable[Encoded]) -> bytes:
    """The body of an answer to a poll."""
    return SEPARATOR.join(map(encode_text, packets)).encode("utf-8")


def encode_text(packet: Encoded) -> str:
    """A packet for where only text may go."""
    return packet if isinstance(packet, str) else BINARY_PREFIX + base64.b64encode(packet).decode("ascii")


def size_of(packet: Encoded) -> int:
    """Bytes of a packet in UTF-8."""
    if isinstance(packet, str) and not packet.isascii():  # isascii looks at one flag of the string
        return len(packet.encode("utf-8"))
    return len(packet)


def _binary(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedPacket("a binary packet in a payload is base64") from error
