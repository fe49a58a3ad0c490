"""What goes over a connection between two processes: frames of a JSON object and bytes. Knows no meaning of either.

A frame is two lengths (32 bits each, big-endian), the object as UTF-8, the bytes.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from hubbub.composite.mesh.limits import FRAME_BYTES

_LENGTHS = struct.Struct(">II")


class Frame(NamedTuple):
    """One frame; `body` is whatever `head` says it is."""

    head: dict[str, Any]
    body: bytes


class BadFrame(Exception):
    """What came is no frame of ours; the connection is of no more use."""


def encode_frame(head: Mapping[str, Any], body: bytes = b"") -> bytes:
    """The frame as it is written. Bytes are for `body`; everything in `head` must be what JSON has."""
    text = orjson.dumps(head)
    return b"%b%b%b" % (_LENGTHS.pack(len(text), len(body)), text, body)


def write_frame(writer: asyncio.StreamWriter, frame: bytes) -> None:
    """Send a frame, without waiting.

    Raises:
        ConnectionResetError: the connection has ended. asyncio says nothing then, and uvloop (0.21 to 0.23) raises a
            RuntimeError, also while whoever reads has yet to learn of the end.
    """
    if writer.transport.is_closing():
        raise ConnectionResetError("the connection to another worker has ended")
    writer.write(frame)


async def read_frame(reader: asyncio.StreamReader) -> Frame | None:
    """The next frame; `None` at the end of the connection, also where that comes in the middle of one.

    Raises:
        BadFrame: a length or an object that cannot be.
    """
    try:
        head_size, body_size = _LENGTHS.unpack(await reader.readexactly(_LENGTHS.size))
        if head_size + body_size > FRAME_BYTES:
            raise BadFrame(f"a frame of {head_size + body_size} bytes")
        text = await reader.readexactly(head_size)
        body = await reader.readexactly(body_size) if body_size else b""
    except (asyncio.IncompleteReadError, OSError):
        return None
    try:
        head = orjson.loads(text)
    except ValueError as error:
        raise BadFrame("a frame without an object") from error
    if not isinstance(head, dict):
        raise BadFrame("a frame without an object")
    return Frame(head, body)
