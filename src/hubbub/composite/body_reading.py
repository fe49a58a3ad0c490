"""Reading a request body to its end, within bounds of size and time; answers nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from enum import Enum, auto

from hubbub.composite.types import Receive

KIB = 1024
MIB = 1024 * KIB


class BodyEnd(Enum):
    """How the reading of a body ended."""

    COMPLETE = auto()  # read to its end and kept
    OVER = auto()  # read to its end, too large to be kept
    BUSY = auto()  # read to its end, and the server had no memory left for it
    ENDLESS = auto()  # given up: more than is kept and discarded
    SLOW = auto()  # given up: the time was over
    GONE = auto()  # the client went away


UNREAD = frozenset({BodyEnd.ENDLESS, BodyEnd.SLOW})  # the rest of the body is still on its way


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How much of a body is kept, how much more is read and thrown away, and how long all of it may take."""

    keep_bytes: int = 1 * MIB  # the largest JSON that the API takes is a tenth of it
    discard_bytes: int = 8 * MIB  # a photograph posted by mistake still gets its 413 on a connection that lives
    seconds: float = 20.0  # 1 MiB at 0.4 Mbit/s, a bad mobile connection


def always(_size: int) -> bool:
    """Keep any number of bytes."""
    return True


async def read_body(
    receive: Receive, limits: BodyLimits, hold: Callable[[int], bool] = always, *, is_there: bool = False
) -> tuple[BodyEnd, bytes]:
    """Read a body; the bytes are empty unless it is `COMPLETE`.

    `hold` is asked before each chunk of so many bytes is kept; once it says no, the rest is discarded. A body that
    `is_there` (`scopes.COMPLETE`) needs no watch over its time.
    """
    end = BodyEnd.COMPLETE
    kept = bytearray()  # not a list: a chunk of one byte would cost 41
    size = 0
    try:
        async with nullcontext() if is_there else asyncio.timeout(limits.seconds):
            while True:
                event = await receive()
                if event["type"] != "http.request":
                    return BodyEnd.GONE, b""
                chunk = event.get("body", b"")
                size += len(chunk)
                if size > limits.keep_bytes + limits.discard_bytes:
                    return BodyEnd.ENDLESS, b""
                if end is BodyEnd.COMPLETE and chunk:
                    if size > limits.keep_bytes:
                        end = BodyEnd.OVER
                    elif not hold(len(chunk)):
                        end = BodyEnd.BUSY
                    kept.extend(chunk)
                    if end is not BodyEnd.COMPLETE:
                        kept.clear()
                if not event.get("more_body", False):
                    return end, bytes(kept)
    except TimeoutError:
        return BodyEnd.SLOW, b""
