"""Frames of a WebSocket server, one a message: the same bytes for all connections without extensions (RFC 6455)."""

from __future__ import annotations

import struct
from functools import cached_property, lru_cache

from hubbub.composite.sockets.engine_packets import Encoded, size_of

HEAD_BYTES = 10  # at the most: a server masks nothing

_TEXT, _BINARY = 0x81, 0x82  # the only frame of a message
_LENGTH_16, _LENGTH_64 = 126, 127

KEPT_FRAMES = 512  # two groups of the largest size that the store commits
KEPT_CHARS = 4_096  # of a packet; the frames of longer ones are made anew, which is one copy


class Bundle(tuple[Encoded, ...]):
    """Packets that go to many clients together: what they take is counted once, and their frames are made once."""

    @cached_property
    def size(self) -> int:
        """Bytes of the packets, as `size_of` counts."""
        return sum(map(size_of, self))

    @cached_property
    def frames(self) -> bytes:
        """Their frames, one after another."""
        return b"".join(map(_frame, self))


def frames_of(waiting: Encoded | Bundle) -> bytes:
    """What a packet is on the wire, or all of a bundle."""
    return waiting.frames if isinstance(waiting, Bundle) else frame_of(waiting)


def frame_of(packet: Encoded) -> bytes:
    """The frame of a packet; that of one which goes to many is made once."""
    return _kept_frame(packet) if len(packet) <= KEPT_CHARS else _frame(packet)


def _frame(packet: Encoded) -> bytes:
    is_text = isinstance(packet, str)
    payload = packet.encode("utf-8") if isinstance(packet, str) else packet
    first, length = _TEXT if is_text else _BINARY, len(payload)
    if length < _LENGTH_16:
        return struct.pack("!BB", first, length) + payload
    if length < 1 << 16:
        return struct.pack("!BBH", first, _LENGTH_16, length) + payload
    return struct.pack("!BBQ", first, _LENGTH_64, length) + payload


_kept_frame = lru_cache(KEPT_FRAMES)(_frame)
