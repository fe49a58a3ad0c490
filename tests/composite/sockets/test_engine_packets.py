from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.composite.sockets.engine_packets import (
    EnginePacket,
    MalformedPacket,
    decode_frame,
    decode_payload,
    encode_payload,
    encode_text,
    size_of,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1e"))


@given(st.lists(TEXT.map("4".__add__) | st.binary(), min_size=1))
def test_a_payload_is_read_as_it_was_written(packets: list[str | bytes]) -> None:
    read = list(decode_payload(encode_payload(packets)))
    assert read == [EnginePacket("4", packet[1:] if isinstance(packet, str) else packet) for packet in packets]


def test_the_example_of_the_protocol() -> None:
    packets = [EnginePacket("4", "hello"), EnginePacket("2", ""), EnginePacket("4", "world")]
    assert list(decode_payload(b"4hello\x1e2\x1e4world")) == packets
    assert encode_payload(["4hello", b"\x01\x02\x03\x04"]) == b"4hello\x1ebAQIDBA=="


@pytest.mark.parametrize("frame", ["", "abc", "7", "-", "\x00", "４"])
def test_a_frame_without_a_type_is_malformed(frame: str) -> None:
    with pytest.raises(MalformedPacket):
        decode_frame(frame)


@pytest.mark.parametrize("body", [b"", b"\xff", b"4a\x1e", b"\x1e4a", b"b!", b"bA", "bÄ".encode(), b"4a\x1eabc"])
def test_a_payload_with_anything_else_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedPacket):
        list(decode_payload(body))


def test_base64_is_binary_in_a_frame_too() -> None:
    assert decode_frame("bAQIDBA==") == EnginePacket("4", b"\x01\x02\x03\x04")
    assert (encode_text(b"\x01\x02\x03\x04"), encode_text("4a")) == ("bAQIDBA==", "4a")


def test_what_comes_before_the_fault_is_yielded() -> None:
    packets = decode_payload(b"4a\x1ex")
    assert next(packets) == EnginePacket("4", "a")
    with pytest.raises(MalformedPacket):
        next(packets)


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.binary())
def test_sizes_are_of_utf_8(packet: str | bytes) -> None:
    assert size_of(packet) == len(packet.encode() if isinstance(packet, str) else packet)
