"""The frames are those of wsproto, which sends what has no short way."""

from __future__ import annotations

import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, TextMessage

from hubbub.composite.sockets.engine_packets import Encoded
from hubbub.composite.sockets.frames import HEAD_BYTES, KEPT_CHARS, Bundle, frame_of, frames_of

SIZES = [0, 1, 125, 126, KEPT_CHARS, KEPT_CHARS + 1, 65_535, 65_536]


@pytest.mark.parametrize("packet", [letter * size for letter in ("x", "ü", b"x") for size in SIZES])
def test_a_frame_is_what_wsproto_makes_of_it(packet: Encoded) -> None:
    message = TextMessage(packet) if isinstance(packet, str) else BytesMessage(packet)
    frame = frame_of(packet)
    assert frame == Connection(ConnectionType.SERVER).send(message)
    size = len(packet.encode() if isinstance(packet, str) else packet)
    assert len(frame) <= size + HEAD_BYTES


def test_the_frame_of_a_packet_that_goes_to_many_is_made_once() -> None:
    packet = '42["said",1]'
    assert frame_of(packet) is frame_of(packet)
    assert frame_of("b") != frame_of(b"b")


def test_the_frames_of_a_bundle_are_those_of_its_packets_and_made_once() -> None:
    bundle = Bundle(["a", "ü" * 200, b"c"])
    assert frames_of(bundle) == frame_of("a") + frame_of("ü" * 200) + frame_of(b"c")
    assert frames_of(bundle) is frames_of(bundle)
    assert frames_of("a") == frame_of("a")
    assert (len(bundle), bundle.size) == (3, 402)
