"""What waits leaves together, whole and in order, and not while there is no room or somebody is on the long way."""

from __future__ import annotations

import asyncio

from hubbub.composite.sockets.departure import Departure
from hubbub.composite.sockets.engine_packets import Encoded
from hubbub.composite.sockets.frames import HEAD_BYTES, Bundle, frame_of
from hubbub.composite.sockets.outbox import Outbox


class Way:
    """A server with so much room, and one client's outbox."""

    def __init__(self, room: int) -> None:
        self.free = room
        self.written: list[bytes] = []
        self.woken = 0
        self.outbox = Outbox(max_packets=100, max_bytes=10_000)
        self.departure = Departure(self, self, self.wake)

    @property
    def waiting_packets(self) -> int:
        return len(self.outbox)

    def take_within(self, room: int) -> list[Encoded | Bundle]:
        return self.outbox.take_within(room)

    def room(self) -> int:
        return self.free

    def write(self, frames: bytes) -> None:
        self.written.append(frames)

    def wake(self) -> None:
        self.woken += 1

    def send(self, *packets: Encoded) -> None:
        for packet in packets:
            self.outbox.put(packet)
            self.departure.soon()


async def _turn() -> None:
    await asyncio.sleep(0)


async def test_all_of_one_turn_of_the_loop_is_one_write() -> None:
    way = Way(1_000)
    way.send("a", b"b", "ü")
    way.outbox.put_control("2")
    assert way.written == []
    await _turn()
    assert way.written == [b"".join(frame_of(packet) for packet in ("2", "a", b"b", "ü"))]
    assert (way.woken, len(way.outbox), way.outbox.bytes) == (0, 0, 0)
    way.send("c")
    await _turn()
    assert way.written[1:] == [frame_of("c")]


async def test_a_bundle_leaves_in_its_place() -> None:
    way = Way(1_000)
    way.send("a")
    way.outbox.put_all(Bundle(["b", b"c"]))
    way.send("d")
    await _turn()
    assert way.written == [b"".join(frame_of(packet) for packet in ("a", "b", b"c", "d"))]


async def test_what_does_not_fit_follows_when_there_is_room_again() -> None:
    way = Way(2 * HEAD_BYTES + 2)
    way.outbox.put_control("2")
    way.send("a", "ü")
    await _turn()
    assert (way.written, way.woken, len(way.outbox)) == ([frame_of("2") + frame_of("a")], 0, 1)
    await _turn()
    assert (way.written[1:], way.woken, len(way.outbox)) == ([frame_of("ü")], 0, 0)


async def test_what_finds_no_room_at_all_goes_the_long_way() -> None:
    way = Way(HEAD_BYTES + 1)
    way.send("ü", "a")
    await _turn()
    assert (way.written, way.woken, len(way.outbox)) == ([], 1, 2)
    await _turn()
    assert way.woken == 1


async def test_nothing_overtakes_the_long_way() -> None:
    way = Way(1_000)
    way.departure.held = True
    way.send("a")
    await _turn()
    assert (way.written, way.woken, len(way.outbox)) == ([], 0, 1)


async def test_nothing_is_written_for_an_outbox_that_was_emptied_meanwhile() -> None:
    way = Way(0)
    way.send("a")
    way.outbox.clear()
    await _turn()
    assert (way.written, way.woken) == ([], 0)


async def test_a_bundle_may_leave_at_once() -> None:
    bundle = Bundle(["a", b"b"])
    way = Way(len(bundle.frames))
    assert way.departure.now(bundle)
    assert way.written == [bundle.frames]
    way.free -= 1
    assert not way.departure.now(bundle)
    way.free += 1
    way.departure.held = True
    assert not way.departure.now(bundle)
    assert len(way.written) == 1
