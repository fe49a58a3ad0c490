"""Frames of a WebSocket client that are whole messages and in no way special, read in one go (RFC 6455, 5.2).

What is not certain here is `None`: a parser that knows all of the protocol has the word then. So nothing is taken here
that is refused there, or understood in another way. Knows neither servers nor applications.
"""

from __future__ import annotations

TEXT, BINARY = 0x81, 0x82  # the last frame of its message, without extensions
MASKED = 0x80  # a client must
KEY_BYTES = 4

_LENGTH_16, _LENGTH_64 = 126, 127
_LEAST_BYTES = 2 + KEY_BYTES


def read_messages(data: bytes) -> list[str | bytes] | None:
    """The messages that `data` is, no more and no less, each in one frame of at most 65,535 bytes."""
    messages: list[str | bytes] = []
    at, end = 0, len(data)
    while end - at >= _LEAST_BYTES:
        kind, length = data[at], data[at + 1] - MASKED
        at += 2
        if not 0 <= length < _LENGTH_64:
            return None
        if length == _LENGTH_16:
            length = int.from_bytes(data[at : at + 2], "big")
            at += 2
            if length < _LENGTH_16:
                return None  # a longer form than it takes
        start = at + KEY_BYTES
        at = start + length
        if at > end:
            return None
        message = _read(kind, _unmasked(data[start:at], data[start - KEY_BYTES : start]))
        if message is None:
            return None
        messages.append(message)
    return messages if at == end and messages else None


def _read(kind: int, payload: bytes) -> str | bytes | None:
    if kind == BINARY:
        return payload
    if kind != TEXT:
        return None
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return None


def _unmasked(payload: bytes, key: bytes) -> bytes:
    # As numbers, which takes one step of the processor for many bytes.
    size = len(payload)
    mask = (key * (size // KEY_BYTES + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(mask, "little")).to_bytes(size, "little")
