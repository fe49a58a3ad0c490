"""Engine.IO packets as text and bytes, protocol version 4; pure. https://github.com/socketio/engine.io-protocol"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

PROTOCOL = "4"

OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP = "0123456"
PROBE = "probe"  # what the PING and PONG of an upgrade carry

SEPARATOR = "\x1e"
BINARY_PREFIX = "b"

Encoded = str | bytes  # one packet as it goes into a frame: text with its type first, or a binary message


class MalformedPacket(ValueError):
    """What came breaks the protocol; its session is closed."""


@dataclass(frozen=True, slots=True)
class EnginePacket:
    """One packet: its type, a digit, and its payload, bytes only for a binary message."""

    kind: str
    data: Encoded


def decode_frame(frame: Encoded) -> EnginePacket:
    """The packet in one WebSocket frame.

    Raises:
        MalformedPacket: the frame is empty or has no known type.
    """
    if isinstance(frame, bytes):
        return EnginePacket(MESSAGE, frame)
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
        yield decode_frame(_binary(part[1:]) if part.startswith(BINARY_PREFIX) else part)


def encode_payload(packets: Iterable[Encoded]) -> bytes:
    """The body of an answer to a poll."""
    return SEPARATOR.join(
        packet if isinstance(packet, str) else BINARY_PREFIX + base64.b64encode(packet).decode("ascii")
        for packet in packets
    ).encode("utf-8")


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
