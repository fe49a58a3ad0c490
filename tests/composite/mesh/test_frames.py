"""Frames: what goes in comes out, and what is no frame is said to be none."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from hubbub.composite.mesh.frames import BadFrame, Frame, encode_frame, read_frame, write_frame
from hubbub.composite.mesh.limits import FRAME_BYTES
from tests.support.deadline import DEADLINE

_heads = st.dictionaries(st.text(), st.none() | st.booleans() | st.text() | st.integers(-(2**53), 2**53))


async def read(data: bytes) -> list[Frame]:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    found = []
    while (frame := await read_frame(reader)) is not None:
        found.append(frame)
    return found


@given(st.lists(st.tuples(_heads, st.binary())))
def test_what_goes_in_comes_out(frames: list[tuple[dict[str, Any], bytes]]) -> None:
    assert asyncio.run(read(b"".join(encode_frame(*frame) for frame in frames))) == frames


async def test_one_that_is_cut_off_is_none() -> None:
    whole = encode_frame({"kind": "link"}, b"body")
    for length in range(len(whole)):
        assert await read(whole[:length]) == []


@pytest.mark.parametrize("head", [b"", b"{", b"[]", b'"text"', b"\xff"])
async def test_one_without_an_object_is_refused(head: bytes) -> None:
    with pytest.raises(BadFrame):
        await read(struct.pack(">II", len(head), 0) + head)


async def test_one_that_is_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(BadFrame, match=str(FRAME_BYTES + 1)):
        await read(struct.pack(">II", 1, FRAME_BYTES))


async def write_to_one_that_is_gone() -> None:
    near, far = socket.socketpair()
    _, writer = await asyncio.open_connection(sock=near)
    far.close()
    while True:  # until this side has noticed
        write_frame(writer, encode_frame({}))
        await asyncio.sleep(0)


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_who_is_gone_is_a_connection_that_was_reset(run: Callable[[Coroutine[Any, Any, None]], None]) -> None:
    with pytest.raises(ConnectionResetError, match="has ended"):
        run(asyncio.wait_for(write_to_one_that_is_gone(), DEADLINE))
