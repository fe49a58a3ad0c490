"""Whole frames beside wsproto: whatever is taken here, wsproto takes too, and reads the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Message, Ping, Pong, TextMessage

from hubbub.composite.whole_frames import read_messages

ANSWERED = b"\x81\x80abcd"  # an empty text, masked


def by_wsproto(data: bytes) -> list[str | bytes] | None:
    """The messages as wsproto reads them; None unless there are only such, each in one frame, and nothing is left."""
    server = Connection(ConnectionType.SERVER)
    server.receive_data(data)
    messages: list[str | bytes] = []
    for event in server.events():
        if not isinstance(event, Message) or not event.message_finished:
            return None
        messages.append(event.data if isinstance(event, TextMessage) else bytes(event.data))
    decoder = server._proto._frame_decoder
    left = len(decoder.buffer) or decoder.header is not None
    return None if left or server.state is not ConnectionState.OPEN or not messages else messages


def sent(*events: Event) -> bytes:
    client = Connection(ConnectionType.CLIENT)
    return b"".join(map(client.send, events))


@pytest.mark.parametrize("size", [0, 1, 3, 4, 5, 125, 126, 127, 65_535])
def test_a_message_is_read_as_wsproto_reads_it(size: int) -> None:
    text, data = TextMessage("x" * size), BytesMessage(bytes(range(256)) * (size // 256) + bytes(size % 256))
    assert read_messages(sent(text)) == [text.data] == by_wsproto(sent(text))
    assert read_messages(sent(data, text)) == [data.data, text.data] == by_wsproto(sent(data, text))


NOT_TAKEN = {
    "nothing": b"",
    "the first byte": ANSWERED[:1],
    "a frame without its key": ANSWERED[:2],
    "all but the last byte": sent(TextMessage("grüße"))[:-1],
    "one and a part of another": sent(TextMessage("one"), TextMessage("two"))[:-1],
    "one without a mask": b"\x81\x02ok" + bytes(4),
    "the beginning of a message": sent(TextMessage("one", message_finished=False)),
    "the rest of a message": b"\x80\x80abcd",
    "a ping": sent(Ping(b"there?")),
    "a pong": sent(Pong(b"here")),
    "a close": sent(CloseConnection(1000)),
    "one and a close": sent(TextMessage("one"), CloseConnection(1000)),
    "a bit of an extension": b"\xc1\x80abcd",
    "an unknown kind": b"\x83\x80abcd",
    "a length in a longer form": b"\x81\xfe\x00\x01abcd" + b"x",
    "a length of 64 bits": sent(BytesMessage(bytes(65_536))),
    "what is not UTF-8": b"\x81\x81" + bytes(4) + b"\xff",
    "half of a letter": b"\x81\x81" + bytes(4) + "ü".encode()[:1],
}


@pytest.mark.parametrize("name", NOT_TAKEN)
def test_everything_else_is_left_to_wsproto(name: str) -> None:
    assert read_messages(NOT_TAKEN[name]) is None


frames = st.builds(
    lambda kind, length, key, payload: bytes([kind, length]) + key + payload,
    st.sampled_from([0x81, 0x82, 0x80, 0x01, 0x88, 0x89, 0x8A, 0xC1, 0x83]) | st.integers(0, 255),
    st.integers(0x80, 0x85) | st.integers(0, 255),
    st.binary(min_size=4, max_size=6),
    st.text(max_size=5).map(str.encode) | st.binary(max_size=8),
)
messages = st.text(max_size=300).map(TextMessage) | st.binary(max_size=300).map(BytesMessage)


@given(st.lists(frames, max_size=3).map(b"".join) | st.binary(max_size=40))
def test_whatever_is_taken_wsproto_takes_and_reads_the_same(data: bytes) -> None:
    read = read_messages(data)
    assert read is None or read == by_wsproto(data)


@given(st.lists(messages, min_size=1, max_size=5))
def test_whatever_a_client_sends_whole_is_taken(events: list[Event]) -> None:
    assert read_messages(sent(*events)) == [event.data for event in events if isinstance(event, Message)]
