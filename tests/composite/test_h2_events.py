"""Requests and events, one by one."""

from __future__ import annotations

import pytest
from h2.events import (
    DataReceived,
    Event,
    PingReceived,
    PriorityUpdated,
    RemoteSettingsChanged,
    StreamEnded,
    StreamReset,
    WindowUpdated,
)

from hubbub.composite.h2_events import FRAME_COST, RESET_COST, cost_of, refusal_of

METHOD, PATH, PROTOCOL = b":method", b":path", b":protocol"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([(METHOD, b"GET"), (PATH, b"/")], None),
        ([(METHOD, b"GET"), (PATH, b"/%c3%a9")], None),
        ([(METHOD, b"CONNECT"), (PROTOCOL, b"websocket"), (PATH, b"/")], None),
        ([(METHOD, b"GET"), (PATH, b"/\xe9")], 400),
        ([(METHOD, b"G\xcbT"), (PATH, b"/")], 400),
        ([(METHOD, b"CONNECT"), (PROTOCOL, b"websocket"), (PATH, b"/\xe9")], 400),
        ([(METHOD, b"CONNECT")], 501),
        ([(METHOD, b"CONNECT"), (PATH, b"/")], 501),
        ([(METHOD, b"connect"), (PROTOCOL, b"websocket"), (PATH, b"/")], 501),
        ([(METHOD, b"CONNECT"), (PROTOCOL, b"connect-udp"), (PATH, b"/")], 501),
    ],
)
def test_what_cannot_be_read_is_refused(headers: list[tuple[bytes, bytes]], status: int | None) -> None:
    assert refusal_of(headers) == status


@pytest.mark.parametrize(
    ("event", "cost"),
    [
        (StreamReset(stream_id=1), RESET_COST),
        (DataReceived(stream_id=1, data=b""), FRAME_COST),
        (DataReceived(stream_id=1, data=b"x"), 0.0),
        (PingReceived(ping_data=bytes(8)), FRAME_COST),
        (PriorityUpdated(), FRAME_COST),
        (RemoteSettingsChanged(), FRAME_COST),
        (WindowUpdated(stream_id=1), 0.0),
        (StreamEnded(stream_id=1), 0.0),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Event) else None,
)
def test_what_makes_work_for_nothing_has_a_price(event: Event, cost: float) -> None:
    assert cost_of(event) == cost
