"""How the reading of a body ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.composite.body_reading import BodyEnd, BodyLimits, read_body
from hubbub.composite.types import Message
from tests.support.asgi_calls import Call, body_events

LIMITS = BodyLimits(keep_bytes=10, discard_bytes=20, seconds=5.0)


@pytest.mark.parametrize(
    ("chunks", "end"),
    [
        ((), BodyEnd.COMPLETE),
        ((b"12345", b"67890"), BodyEnd.COMPLETE),
        ((b"12345", b"678901"), BodyEnd.OVER),
        ((b"x" * 30,), BodyEnd.OVER),
        ((b"x" * 10, b"x" * 21), BodyEnd.ENDLESS),
    ],
)
async def test_sizes(chunks: tuple[bytes, ...], end: BodyEnd) -> None:
    found, body = await read_body(Call(body_events(*chunks)).receive, LIMITS)
    assert found is end
    assert body == (b"".join(chunks) if end is BodyEnd.COMPLETE else b"")


async def test_a_client_that_stops_is_slow() -> None:
    events: list[Message] = [{"type": "http.request", "body": b"12", "more_body": True}]
    assert await read_body(Call(events).receive, BodyLimits(seconds=0.01)) == (BodyEnd.SLOW, b"")


async def test_a_client_that_leaves_is_gone() -> None:
    events: list[Message] = [
        {"type": "http.request", "body": b"12", "more_body": True},
        {"type": "http.disconnect"},
    ]
    assert await read_body(Call(events).receive, LIMITS) == (BodyEnd.GONE, b"")


async def test_what_may_not_be_held_is_read_and_dropped() -> None:
    asked: list[int] = []

    def hold(size: int) -> bool:
        asked.append(size)
        return len(asked) < 2

    call = Call(body_events(b"123", b"45", b"6"))
    assert await read_body(call.receive, LIMITS, hold) == (BodyEnd.BUSY, b"")
    assert asked == [3, 2]


@given(st.lists(st.binary(max_size=8), max_size=6))
async def test_chunks_do_not_matter(chunks: list[bytes]) -> None:
    whole = b"".join(chunks)
    end, body = await read_body(Call(body_events(*chunks)).receive, LIMITS)
    expected = BodyEnd.COMPLETE if len(whole) <= 10 else BodyEnd.OVER if len(whole) <= 30 else BodyEnd.ENDLESS
    assert (end, body) == (expected, whole if expected is BodyEnd.COMPLETE else b"")
